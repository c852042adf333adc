"""Identities and what waits for them are found by an index, however many there are."""

from datetime import timedelta
from uuid import UUID

import pytest

from kit.sealing import Seal
from services.auth.domain.attempts import ASK_EVERY
from services.auth.domain.errors import AttemptMissing
from services.auth.store.attempts import PostgresAttempts
from services.auth.store.held_tokens import PostgresHeldTokens
from services.auth.store.identities import PostgresIdentities
from tests.auth.house import SEALING_KEYS
from tests.clock import NOON
from tests.conftest import MakeDatabase
from tests.plans import ExplainingDatabase, make_crowd

FILL = (
    """
    INSERT INTO users (id, name, role, created_at)
    SELECT lpad(to_hex(n), 32, '0')::uuid, concat('user', n), 'friend', $1
      FROM generate_series(1, $2::int) AS n
    """,
    """
    INSERT INTO identities (id, user_id, provider, subject, name, avatar_url,
                            token_sealed, check_at, linked_at)
    SELECT id, id, 'plex', id::text, name, '', 'shut',
           $1::timestamptz + interval '1 day', $1
      FROM users
     LIMIT $2
    """,
    """
    INSERT INTO identity_attempts (id, provider, verifier_sha256, reference_sealed,
                                   expires_at)
    SELECT id, 'plex', sha256(id::text::bytea), 'shut',
           $1::timestamptz + interval '1 day'
      FROM users
     LIMIT $2 / 5
    """,
    """
    INSERT INTO identity_revocations (identity_id, provider, token_sealed, due_at,
                                      give_up_at)
    SELECT id, 'plex', 'shut', $1::timestamptz + interval '1 day',
           $1::timestamptz + interval '7 days'
      FROM users
     LIMIT $2 / 5
    """,
)


@pytest.fixture
async def crowd(make_database: MakeDatabase) -> ExplainingDatabase:
    return await make_crowd(make_database, "auth", FILL)


async def test_signing_in_and_looking_for_what_is_due_read_no_table_to_its_end(
    crowd: ExplainingDatabase,
) -> None:
    seal = Seal(SEALING_KEYS)
    identities = PostgresIdentities(crowd, seal)
    attempts = PostgresAttempts(crowd, seal)
    held = PostgresHeldTokens(crowd, seal)
    someone = UUID(int=77)

    user = await identities.find_user("plex", str(someone))
    own = await identities.page(someone, None, 21)
    with pytest.raises(AttemptMissing):
        await attempts.take_turn(someone, b"x" * 32, None, NOON, ASK_EVERY)
    checks = await held.take_checks(NOON, NOON + timedelta(hours=1), 50)
    told = await held.take_revocations(NOON, NOON + timedelta(hours=1), 50)

    assert user is not None
    assert user.id == someone
    assert len(own) == 1
    assert checks == told == []
    assert len(crowd.plans) == 6
    assert [plan for plan in crowd.plans if "Seq Scan" in plan] == []
