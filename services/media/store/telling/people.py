"""What auth tells of people and roles, in Postgres. `requesters` forgets them with
who they were of."""

from kit.postgres import Database


class PostgresPeople:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_in(
        self, user_id: str, role: str, place: int, *, suspended: bool
    ) -> None:
        # Who is gone does not come back by an event that another replica is late with.
        await self._database.execute(
            """
            INSERT INTO people AS known (user_id, role, suspended, place)
            SELECT $1, $2, $3, $4
             WHERE NOT EXISTS (
                   SELECT FROM requesters WHERE user_id = $1 AND gone)
                ON CONFLICT (user_id) DO UPDATE
               SET role = excluded.role, suspended = excluded.suspended,
                   place = excluded.place
             WHERE known.place < excluded.place
            """,
            user_id,
            role,
            suspended,
            place,
        )

    async def role_grants(self, name: str, permissions: int, place: int) -> None:
        await self._database.execute(
            """
            INSERT INTO told_roles AS known (name, permissions, place)
            VALUES ($1, $2, $3)
                ON CONFLICT (name) DO UPDATE
               SET permissions = excluded.permissions, place = excluded.place
             WHERE known.place < excluded.place
            """,
            name,
            permissions,
            place,
        )

    async def role_ended(self, name: str, heir: str, place: int) -> None:
        async with self._database.transaction() as conn:
            await conn.execute(
                """
                UPDATE people
                   SET role = $2, place = $3
                 WHERE role = $1 AND place < $3
                """,
                name,
                heir,
                place,
            )
            # Its row stays, and grants nothing: what another replica is late with
            # would bring it back.
            await conn.execute(
                """
                UPDATE told_roles
                   SET permissions = 0, place = $2
                 WHERE name = $1 AND place < $2
                """,
                name,
                place,
            )
