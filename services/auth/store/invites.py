"""Invites, in Postgres."""

from datetime import datetime
from uuid import UUID

import asyncpg

from kit import idempotency, outbox
from kit.caller import Once
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry, Values
from services.auth.domain.errors import InviteMissing, RoleMissing, SessionUnknown
from services.auth.domain.invites import Invite
from services.auth.domain.roles import may_give
from services.auth.domain.sessions import SignedIn
from services.auth.store import events
from services.auth.store.audit import record
from services.auth.store.session_rows import insert_session
from services.auth.store.users import insert_user


class PostgresInvites:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, invite: Invite, once: Once, by: Actor) -> Invite:
        async with self._database.transaction() as conn:
            claimed = await idempotency.claim(
                conn, str(invite.created_by), once, str(invite.id)
            )
            if claimed != str(invite.id):
                return await _find_by_id(conn, UUID(claimed))
            try:
                await conn.execute(
                    """
                    INSERT INTO invites (id, code, role, max_uses, uses, created_at,
                                         expires_at, created_by, library_ids)
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """,
                    invite.id,
                    invite.code,
                    invite.role,
                    invite.max_uses,
                    invite.uses,
                    invite.created_at,
                    invite.expires_at,
                    invite.created_by,
                    invite.library_ids,
                )
            except asyncpg.ForeignKeyViolationError as exc:
                if exc.constraint_name == "invites_role_fkey":
                    raise RoleMissing from exc
                raise SessionUnknown from exc
            await outbox.write(conn, events.invite_created(invite))
            await record(
                conn,
                Entry(
                    Action.INVITE_CREATED,
                    invite.created_at,
                    by,
                    f"invite:{invite.id}",
                    after={
                        "role": invite.role,
                        "maxUses": invite.max_uses,
                        "expiresAt": invite.expires_at.isoformat(),
                    },
                ),
            )
            return invite

    async def page(self, after: UUID | None, limit: int) -> list[Invite]:
        rows = await self._database.fetch(
            """
            SELECT id, code, role, max_uses, uses, invites.created_at, expires_at,
                   created_by, library_ids, permissions AS granted
              FROM invites
              JOIN roles ON roles.name = role
             WHERE id < coalesce($1, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)
             ORDER BY id DESC
             LIMIT $2
            """,
            after,
            limit,
        )
        return [invite_of(row) for row in rows]

    async def find(self, code: str) -> Invite:
        row = await self._database.fetchrow(
            """
            SELECT id, code, role, max_uses, uses, invites.created_at, expires_at,
                   created_by, library_ids, permissions AS granted
              FROM invites
              JOIN roles ON roles.name = role
             WHERE code = $1
            """,
            code,
        )
        if row is None:
            raise InviteMissing
        return invite_of(row)

    async def redeem(
        self, invite: Invite, signed_in: SignedIn, password_hash: str
    ) -> None:
        user = signed_in.session.user
        async with self._database.transaction() as conn:
            await use_invite(conn, invite, user.created_at)
            await insert_user(conn, user, password_hash)
            await insert_session(conn, signed_in.session, signed_in.digest)
            await outbox.write(
                conn, events.invite_redeemed(invite, user.id, user.created_at)
            )
            await record(
                conn,
                Entry(
                    Action.INVITE_REDEEMED,
                    user.created_at,
                    signed_in.session.actor,
                    f"invite:{invite.id}",
                    after={"role": user.role, "invitedBy": str(invite.created_by)},
                ),
            )

    async def remove(self, code: str, now: datetime, by: Actor) -> None:
        async with self._database.transaction() as conn:
            row = await conn.fetchrow(
                """
                DELETE FROM invites
                 WHERE code = $1
                RETURNING id, code, role, max_uses, uses, created_at, expires_at,
                          created_by, library_ids, 0 AS granted
                """,
                code,
            )
            if row is None:
                raise InviteMissing
            invite = invite_of(row)
            await outbox.write(conn, events.invite_removed(invite, now))
            target = f"invite:{invite.id}"
            before: Values = {"role": invite.role, "uses": invite.uses}
            await record(conn, Entry(Action.INVITE_REMOVED, now, by, target, before))


async def use_invite(
    conn: "asyncpg.Connection[asyncpg.Record]", invite: Invite, now: datetime
) -> None:
    """Use the invite once, in the transaction of whoever joins. Raises InviteMissing,
    InviteSpent and InviteExpired."""
    await _ensure_given(conn, invite)
    # Of two taking the last use at once, one finds no use left here.
    used = await conn.fetchval(
        """
        UPDATE invites
           SET uses = uses + 1
         WHERE id = $1 AND uses < max_uses AND expires_at > $2
        RETURNING id
        """,
        invite.id,
        now,
    )
    if used is None:
        (await _find_by_id(conn, invite.id)).ensure_open(now)
        raise InviteMissing


async def _ensure_given(
    conn: "asyncpg.Connection[asyncpg.Record]", invite: Invite
) -> None:
    """Raises InviteMissing unless the invite's maker may give its role, which stays so
    until the end of the transaction."""
    row = await conn.fetchrow(
        """
        SELECT theirs.permissions AS giver, given.permissions AS granted
          FROM users
          JOIN roles AS theirs ON theirs.name = users.role
          JOIN roles AS given ON given.name = $2
         WHERE users.id = $1 AND NOT suspended
           FOR SHARE
        """,
        invite.created_by,
        invite.role,
    )
    if row is None or not may_give(row["granted"], row["giver"]):
        raise InviteMissing


async def _find_by_id(
    conn: "asyncpg.Connection[asyncpg.Record]", invite_id: UUID
) -> Invite:
    row = await conn.fetchrow(
        """
        SELECT id, code, role, max_uses, uses, invites.created_at, expires_at,
               created_by, library_ids, permissions AS granted
          FROM invites
          JOIN roles ON roles.name = role
         WHERE id = $1
        """,
        invite_id,
    )
    if row is None:
        raise InviteMissing
    return invite_of(row)


def invite_of(row: asyncpg.Record) -> Invite:
    fields = dict(row)
    return Invite(library_ids=tuple(fields.pop("library_ids")), **fields)
