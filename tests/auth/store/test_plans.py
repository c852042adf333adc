"""What is asked often is found by an index, however many rows there are."""

import hashlib
from datetime import timedelta
from uuid import UUID

import pytest

from kit.sealing import Seal
from services.auth.store.audit import PAGE
from services.auth.store.invites import PostgresInvites
from services.auth.store.keys import PostgresKeys
from services.auth.store.passwords import PostgresPasswords, PostgresResets
from services.auth.store.second_factors import PostgresFactors
from services.auth.store.sessions import PostgresSessions
from services.auth.store.users import PostgresUsers
from tests.clock import NOON
from tests.conftest import MakeDatabase
from tests.plans import MANY, ExplainingDatabase, make_crowd

FILL = (
    """
    INSERT INTO users (id, name, email, role, created_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, name, name || '@example.org', 'friend', $1
      FROM generate_series(1, $2::int) AS n,
           concat('user', lpad(n::text, 6, '0')) AS name
    """,
    """
    INSERT INTO sessions (id, user_id, token_sha256, created_at, last_seen_at,
                          expires_at, user_agent, address)
    SELECT id, id, sha256(id::text::bytea), $1, $1, '2100-01-01', '', ''
      FROM users
     LIMIT $2
    """,
    """
    INSERT INTO passwords (user_id, hash, set_at)
    SELECT id, '$argon2id$', $1 FROM users LIMIT $2 / 5
    """,
    """
    INSERT INTO api_keys (id, user_id, name, prefix, secret_sha256, scope, created_at)
    SELECT id, id, 'key', 'mn_abcd', sha256(id::text::bytea), 0, $1
      FROM users
     LIMIT $2 / 5
    """,
    """
    INSERT INTO second_factors (user_id, sealed_secret, offered_at, confirmed_at)
    SELECT id, 'sealed', $1, $1::timestamptz FROM users LIMIT $2 / 5
    """,
    """
    INSERT INTO recovery_codes (user_id, code_sha256)
    SELECT id, sha256(id::text::bytea)
      FROM users
     WHERE created_at = $1
     LIMIT $2 / 5
    """,
    """
    INSERT INTO password_resets (user_id, token_sha256, created_at, expires_at,
                                 created_by)
    SELECT id, sha256(id::text::bytea), $1, '2100-01-01', lpad('0', 32, '0')::uuid
      FROM users
     LIMIT $2 / 5
    """,
    """
    INSERT INTO invites (id, code, role, max_uses, created_at, expires_at, created_by)
    SELECT id, repeat(id::text, 2), 'friend', 1, $1, '2100-01-01', id
      FROM users
     LIMIT $2 / 5
    """,
)


@pytest.fixture
async def crowd(make_database: MakeDatabase) -> ExplainingDatabase:
    return await make_crowd(make_database, "auth", FILL)


async def test_no_hot_path_reads_a_table_from_end_to_end(
    crowd: ExplainingDatabase,
) -> None:
    sessions, users = PostgresSessions(crowd), PostgresUsers(crowd)
    keys, invites = PostgresKeys(crowd), PostgresInvites(crowd)
    factors = PostgresFactors(crowd, Seal("k1:" + "a5" * 32))
    passwords, resets = PostgresPasswords(crowd), PostgresResets(crowd)
    someone = UUID(int=77)
    digest = hashlib.sha256(str(someone).encode()).digest()

    page = await users.page(None, 21)
    named_so = await users.search("user000077", None, 21)
    also_so = await users.search("@example", None, 21)
    beginning = await users.search("us", None, 21)
    nobody = [await users.search(each, None, 21) for each in ("zz", "zzz", "%_\\")]
    brought_in = await users.invitees(someone, None, 21)
    behind = await users.page(page[-1].id, 21)
    named = await sessions.find_account("USER000077")
    addressed = await sessions.find_account("User000077@Example.org")
    own = await sessions.list_live(someone, NOON, timedelta(days=30), None, 21)
    holder = await sessions.of_session(digest)
    key_holder = await sessions.of_key(digest)
    await sessions.find(someone)
    await sessions.find_key(someone)
    await sessions.see({someone: NOON})
    await keys.page(someone, None, 21)
    await invites.page(None, 21)
    await invites.find(str(someone) * 2)
    await factors.find(someone)
    await passwords.account_of(someone)
    await resets.find(digest, NOON)

    assert [user.id for user in page] == [UUID(int=MANY - n) for n in range(21)]
    assert behind[0].id == UUID(int=MANY - 21)
    assert [user.id for user in named_so] == [someone]
    assert also_so == beginning == page
    assert nobody == [[], [], []]
    assert brought_in == []
    assert named is not None
    assert named == addressed
    assert len(own) == 1
    assert holder is not None
    assert key_holder is not None
    assert holder.user_id == key_holder.user_id == someone
    assert len(crowd.plans) == 24
    assert [plan for plan in crowd.plans if reads_all(plan)] == []


def reads_all(plan: str) -> bool:
    """Roles are few, and the rule is one row: they are read as they lie."""
    for few in ("roles", "second_factor_rule"):
        plan = plan.replace(f"Seq Scan on {few}", "")
    return "Seq Scan" in plan


async def test_the_audit_log_is_searched_by_its_indexes(
    make_database: MakeDatabase,
) -> None:
    crowd = await make_crowd(
        make_database,
        "auth",
        (
            """
            INSERT INTO audit (id, at, action, actor_id, session_id, address, target,
                               before, after)
            SELECT lpad(to_hex(n), 32, '0')::uuid,
                   $1::timestamptz - make_interval(secs => n),
                   'session.started', lpad(to_hex(n % 1000), 32, '0')::uuid, '', '',
                   concat('user:', n % 1000), '{}', '{}'
              FROM generate_series(1, $2::int) AS n
            """,
        ),
    )
    explain = "EXPLAIN " + PAGE
    someone = UUID(int=77)
    nothing = (None, "", "", None, None, None, None, 21)

    for arguments in (
        nothing,
        (someone, *nothing[1:]),
        (None, "key.created", *nothing[2:]),
        (None, "", "user:77", *nothing[3:]),
        (None, "", "", NOON - timedelta(hours=1), NOON, *nothing[5:]),
        (someone, "", "", None, None, NOON - timedelta(days=1), someone, 21),
    ):
        async with crowd.transaction() as conn:
            await conn.execute("SET LOCAL plan_cache_mode = force_custom_plan")
            rows = await conn.fetch(explain, *arguments)
        plan = "\n".join(row["QUERY PLAN"] for row in rows)
        # Months that are empty yet are read as they are.
        scans = [line for line in plan.splitlines() if "Seq Scan on audit" in line]
        assert [line for line in scans if "rows=1 " not in line] == [], plan
