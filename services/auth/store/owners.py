"""The one owner, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit import outbox
from kit.errors import VersionChanged
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry
from services.auth.domain.errors import (
    EmailTaken,
    NameTaken,
    NotYours,
    OwnerMissing,
    OwnerUnfit,
    SetupDone,
)
from services.auth.domain.sessions import SignedIn
from services.auth.domain.users import User
from services.auth.store import events
from services.auth.store.audit import record
from services.auth.store.session_rows import end_sessions, insert_session
from services.auth.store.users import find_user, insert_user


class PostgresOwners:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def exists(self) -> bool:
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'owner')"
            )
        )

    async def find(self) -> User:
        async with self._database.connection() as conn:
            owner = await conn.fetchval("SELECT id FROM users WHERE role = 'owner'")
            if owner is None:
                raise OwnerMissing
            return await find_user(conn, owner)

    async def found(self, signed_in: SignedIn, password_hash: str) -> None:
        try:
            async with self._database.transaction() as conn:
                await insert_user(conn, signed_in.session.user, password_hash)
                await insert_session(conn, signed_in.session, signed_in.digest)
                session = signed_in.session
                await record(
                    conn,
                    Entry(
                        Action.HOUSE_SET_UP,
                        session.created_at,
                        session.actor,
                        f"user:{session.user.id}",
                    ),
                )
        # Of two at once the index of the one owner lets one through. Two with the
        # same name meet there first: in an empty house that is the owner's.
        except (asyncpg.UniqueViolationError, NameTaken, EmailTaken) as exc:
            raise SetupDone("This house has its owner.") from exc

    async def hand_over(
        self, owner: UUID, heir: UUID, if_version: int, now: datetime, by: Actor
    ) -> User:
        async with self._database.transaction() as conn:
            # First, because there are never two; of two at once the second finds that
            # its owner is none any more.
            before = await conn.fetchval(
                """
                UPDATE users
                   SET role = 'admin', version = version + 1
                 WHERE id = $1 AND role = 'owner'
                RETURNING id
                """,
                owner,
            )
            if before is None:
                raise NotYours("You are not the owner any more.")
            is_done = await conn.fetchval(
                """
                UPDATE users
                   SET role = 'owner', version = version + 1
                 WHERE id = $1
                   AND NOT suspended
                   AND kind = 'person'
                   AND $2 IN (0, version)
                RETURNING id
                """,
                heir,
                if_version,
            )
            after = await find_user(conn, heir)
            if is_done is None:
                raise _why_not(after, if_version)
            await end_sessions(conn, heir, now)
            demoted = await find_user(conn, owner)
            await outbox.write(
                conn,
                events.user_changed(demoted, now),
                events.user_changed(after, now),
            )
            owners = {"owner": str(owner)}, {"owner": str(heir)}
            await record(
                conn, Entry(Action.HOUSE_HANDED_OVER, now, by, "house", *owners)
            )
            return after


def _why_not(heir: User, if_version: int) -> Exception:
    if if_version not in {0, heir.version}:
        return VersionChanged()
    return OwnerUnfit(f"{heir.name} cannot be the owner: suspended, or a program.")
