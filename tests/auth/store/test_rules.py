"""What the database itself does not let happen."""

import asyncpg
import pytest

from kit.postgres import Database

USER = """
    INSERT INTO users (id, name, email, role, suspended, created_at)
    VALUES (gen_random_uuid(), $1, $2, $3, $4, now())
"""


@pytest.mark.parametrize(
    ("constraint", "row"),
    [
        ("users_one_owner", ("eve", None, "owner", False)),
        ("users_name_key", ("OLGA", None, "friend", False)),
        ("users_email_key", ("eve", "Olga@Example.org", "friend", False)),
        ("users_name_check", ("e@ve", None, "friend", False)),
        ("users_name_check", ("", None, "friend", False)),
        ("users_name_check", ("eve\n", None, "friend", False)),
        ("users_email_check", ("eve", "eve", "friend", False)),
        ("users_role_fkey", ("eve", None, "king", False)),
        ("users_owner_check", ("eve", None, "owner", True)),
    ],
)
async def test_users_are_as_they_must_be(
    database: Database, constraint: str, row: tuple[object, ...]
) -> None:
    await database.execute(USER, "olga", "olga@example.org", "owner", False)

    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        await database.execute(USER, *row)

    assert refused.value.constraint_name == constraint


async def test_an_invite_is_never_used_too_often(database: Database) -> None:
    await database.execute(USER, "olga", None, "owner", False)
    await database.execute(
        """
        INSERT INTO invites (id, code, role, max_uses, created_at, expires_at,
                             created_by)
        SELECT id, repeat('x', 24), 'friend', 1, now(), now() + interval '1 day', id
          FROM users
        """
    )

    with pytest.raises(asyncpg.CheckViolationError, match="invites_uses_check"):
        await database.execute("UPDATE invites SET uses = 2")
