"""Roles, in Postgres."""

from datetime import datetime

import asyncpg

from kit import outbox
from kit.errors import VersionChanged
from kit.postgres import Database
from services.auth.domain.audit import Action, Actor, Entry, Values, differing
from services.auth.domain.errors import (
    RoleChanged,
    RoleExists,
    RoleInUse,
    RoleMissing,
    TooManyRoles,
)
from services.auth.domain.permissions import listed
from services.auth.domain.roles import Role, grows
from services.auth.store import events
from services.auth.store.audit import record
from services.auth.store.rows import limits, quota, shown


class PostgresRoles:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, name: str) -> Role:
        row = await self._database.fetchrow(
            """
            SELECT name, permissions, movie_limit, movie_days, series_limit,
                   series_days, created_at, version
              FROM roles
             WHERE name = $1
            """,
            name,
        )
        if row is None:
            raise RoleMissing
        return _role(row)

    async def page(self, after: str, limit: int) -> list[Role]:
        rows = await self._database.fetch(
            """
            SELECT name, permissions, movie_limit, movie_days, series_limit,
                   series_days, created_at, version
              FROM roles
             WHERE name > $1
             ORDER BY name
             LIMIT $2
            """,
            after,
            limit,
        )
        return [_role(row) for row in rows]

    async def add(self, role: Role, most: int, by: Actor) -> None:
        async with self._database.transaction() as conn:
            # The lock makes those who count take turns.
            await conn.execute("SELECT name FROM roles WHERE name = 'owner' FOR UPDATE")
            if await conn.fetchval("SELECT count(name) FROM roles") >= most:
                raise TooManyRoles(f"There are {most} roles. Delete one first.")
            try:
                await conn.execute(
                    """
                    INSERT INTO roles (name, permissions, movie_limit, movie_days,
                                       series_limit, series_days, created_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)
                    """,
                    role.name,
                    role.granted,
                    *limits(role.movie_quota, role.series_quota),
                    role.created_at,
                )
            except asyncpg.UniqueViolationError as exc:
                raise RoleExists from exc
            await outbox.write(conn, events.role_created(role))
            target, made = f"role:{role.name}", _values(role)
            await record(
                conn,
                Entry(Action.ROLE_CREATED, role.created_at, by, target, after=made),
            )

    async def change(
        self, before: Role, after: Role, if_version: int, now: datetime, by: Actor
    ) -> Role:
        async with self._database.transaction() as conn:
            # What was decided was decided on `before`, which so must still be.
            row = await conn.fetchrow(
                """
                UPDATE roles
                   SET permissions = $3, movie_limit = $4, movie_days = $5,
                       series_limit = $6, series_days = $7, version = version + 1
                 WHERE name = $1 AND version = $2 AND $8 IN (0, version)
                RETURNING name, permissions, movie_limit, movie_days, series_limit,
                          series_days, created_at, version
                """,
                after.name,
                before.version,
                after.granted,
                *limits(after.movie_quota, after.series_quota),
                if_version,
            )
            if row is None:
                raise VersionChanged if if_version else RoleChanged
            if grows(before.granted, after.granted):
                await _end_sessions_of_role(conn, after.name)
            changed = _role(row)
            await outbox.write(conn, events.role_changed(changed, now))
            differences = differing(_values(before), _values(changed))
            target = f"role:{after.name}"
            await record(
                conn, Entry(Action.ROLE_CHANGED, now, by, target, *differences)
            )
            return changed

    async def remove(
        self, role: Role, heir: Role | None, now: datetime, by: Actor
    ) -> None:
        async with self._database.transaction() as conn:
            still = await conn.fetchval(
                "SELECT name FROM roles WHERE name = $1 AND version = $2 FOR UPDATE",
                role.name,
                role.version,
            )
            if still is None:
                raise RoleChanged
            if heir is not None:
                await _hand_down(conn, role, heir)
            else:
                # One that is over keeps no role.
                await conn.execute(
                    """
                    DELETE FROM invites
                     WHERE role = $1 AND (uses = max_uses OR expires_at <= $2)
                    """,
                    role.name,
                    now,
                )
            try:
                await conn.execute("DELETE FROM roles WHERE name = $1", role.name)
            except asyncpg.ForeignKeyViolationError as exc:
                raise RoleInUse(
                    f"Somebody is {role.name}, or invited to it: name a replacement."
                ) from exc
            await outbox.write(conn, events.role_removed(role, heir, now))
            left: Values = {"replacement": heir.name} if heir else {}
            target = f"role:{role.name}"
            await record(
                conn, Entry(Action.ROLE_REMOVED, now, by, target, _values(role), left)
            )


async def _hand_down(
    conn: "asyncpg.Connection[asyncpg.Record]", role: Role, heir: Role
) -> None:
    still = await conn.fetchval(
        "SELECT name FROM roles WHERE name = $1 AND permissions = $2 FOR SHARE",
        heir.name,
        heir.granted,
    )
    if still is None:
        raise RoleChanged
    if grows(role.granted, heir.granted):
        await _end_sessions_of_role(conn, role.name)
    await conn.execute(
        "UPDATE users SET role = $2, version = version + 1 WHERE role = $1",
        role.name,
        heir.name,
    )
    await conn.execute(
        "UPDATE invites SET role = $2 WHERE role = $1", role.name, heir.name
    )


async def _end_sessions_of_role(
    conn: "asyncpg.Connection[asyncpg.Record]", name: str
) -> None:
    """Without an event for each: role.changed makes gateways look at everybody anew."""
    await conn.execute(
        """
        DELETE FROM sessions
         USING users
         WHERE users.id = sessions.user_id AND users.role = $1
        """,
        name,
    )


def _values(role: Role) -> Values:
    return {
        "permissions": [each.name for each in listed(role.granted)],
        "movieQuota": shown(role.movie_quota),
        "seriesQuota": shown(role.series_quota),
    }


def _role(row: asyncpg.Record) -> Role:
    return Role(
        name=row["name"],
        granted=row["permissions"],
        movie_quota=quota(row["movie_limit"], row["movie_days"]),
        series_quota=quota(row["series_limit"], row["series_days"]),
        created_at=row["created_at"],
        version=row["version"],
    )
