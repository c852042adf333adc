"""When sessions were last used is written down, but never waited for."""

from datetime import timedelta
from uuid import UUID

import pytest

from kit.postgres import Database
from services.auth.domain.applicants import Applicant
from services.auth.domain.sessions import Device, Lifetime, Session, open_session
from services.auth.store.owners import PostgresOwners
from services.auth.store.roles import PostgresRoles
from services.auth.store.sessions import PostgresSessions
from services.auth.store.sightings import BatchedSightings
from tests.clock import NOON

LATER = NOON + timedelta(minutes=6)
LIFETIME = Lifetime(timedelta(days=30), timedelta(days=90))


@pytest.fixture
async def session(database: Database) -> Session:
    role = await PostgresRoles(database).find("owner")
    owner = Applicant("olga", "", "").as_user(UUID(int=1), role, NOON, None)
    signed_in = open_session(owner, Device("", ""), NOON, LIFETIME)
    await PostgresOwners(database).found(signed_in, "$argon2id$")
    return signed_in.session


async def test_many_uses_are_written_at_once_and_the_latest_counts(
    database: Database, session: Session
) -> None:
    sessions = PostgresSessions(database)
    sightings = BatchedSightings(sessions)
    sightings.note(UUID(session.id), LATER)
    sightings.note(UUID(session.id), LATER + timedelta(minutes=5))
    sightings.note(UUID(int=404), LATER)

    await sightings.write()
    BatchedSightings(sessions).note(UUID(session.id), LATER)

    seen = (await sessions.find(UUID(session.id))).last_seen_at
    assert seen == LATER + timedelta(minutes=5)


async def test_an_earlier_use_told_later_undoes_nothing(
    database: Database, session: Session
) -> None:
    sessions = PostgresSessions(database)

    await sessions.see({UUID(session.id): LATER})
    await sessions.see({UUID(session.id): NOON})

    assert (await sessions.find(UUID(session.id))).last_seen_at == LATER


async def test_a_session_that_is_being_ended_is_not_waited_for(
    database: Database, session: Session
) -> None:
    sessions = PostgresSessions(database)
    async with database.transaction() as conn:
        await conn.execute("SELECT id FROM sessions FOR UPDATE")

        await sessions.see({UUID(session.id): LATER})

    assert (await sessions.find(UUID(session.id))).last_seen_at == NOON
