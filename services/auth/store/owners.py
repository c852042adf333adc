"""The one owner, in Postgres."""

import asyncpg

from kit.postgres import Database
from services.auth.domain.audit import Action, Entry
from services.auth.domain.errors import EmailTaken, NameTaken, SetupDone
from services.auth.domain.sessions import SignedIn
from services.auth.store.audit import record
from services.auth.store.users import insert_session, insert_user


class PostgresOwners:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def exists(self) -> bool:
        return bool(
            await self._database.fetchval(
                "SELECT EXISTS (SELECT 1 FROM users WHERE role = 'owner')"
            )
        )

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
