"""Two at once, or one cut off: an account, a session each, and nothing half done."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from grpc import aio

from medianest.auth.v1 import identities_pb2, invites_pb2
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import House, reason
from tests.auth.plex import PlexHouse, open_plex_house
from tests.clock import StoppedClock
from tests.waiting import eventually

Outcome = identities_pb2.CompleteSignInResponse | str


@pytest.fixture
async def other(
    plex: PlexHouse, passwords: Argon2Passwords, clock: StoppedClock
) -> AsyncIterator[PlexHouse]:
    """A second replica, on the same database and plex.tv."""
    house: House = plex.house
    async with open_plex_house(
        house.database, house.feed, passwords, clock, plex.plextv
    ) as opened:
        yield opened


async def outcome(
    plex: PlexHouse, attempt: identities_pb2.Attempt, invite: str = ""
) -> Outcome:
    try:
        return await plex.complete_now(attempt, invite)
    except aio.AioRpcError as error:
        return dict(error.trailing_metadata() or ()).get("reason", "")


async def test_of_two_replicas_with_one_attempt_one_makes_a_session(
    plex: PlexHouse, other: PlexHouse
) -> None:
    for _ in range(5):
        attempt = await plex.begin()
        plex.plextv.approve(attempt.code, plex.ada)
        plex.house.clock.advance(timedelta(seconds=2))

        told = await asyncio.gather(
            *(outcome(each, attempt) for each in (plex, other) * 5)
        )

        tokens = [each.token for each in told if not isinstance(each, str)]
        assert sum(map(bool, tokens)) == 1
        assert {each for each in told if isinstance(each, str)} <= {"attempt_spent"}
    assert await plex.count("users") == await plex.count("identities") == 1
    assert await plex.count("sessions") == 5


async def test_two_who_both_have_their_turn_make_one_session(
    plex: PlexHouse, other: PlexHouse
) -> None:
    """The first is slow: meanwhile a second has passed, and the other has its turn."""
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)
    plex.plextv.mood.only, plex.plextv.mood.delay_s = "/api/v2/user", 0.3

    plex.house.clock.advance(timedelta(seconds=2))
    first = asyncio.create_task(outcome(plex, attempt))
    await eventually(lambda: plex.plextv.asked("GET", "/api/v2/user") == 1)
    plex.house.clock.advance(timedelta(seconds=2))
    told = [await outcome(other, attempt), await first]

    assert Counter(isinstance(each, str) for each in told) == {True: 1, False: 1}
    assert "attempt_spent" in told
    assert await plex.count("users") == await plex.count("sessions") == 1


async def test_two_new_devices_of_one_person_make_one_account(
    plex: PlexHouse, other: PlexHouse
) -> None:
    for number in range(5):
        account = plex.plextv.add_account(f"friend{number}")
        plex.plextv.servers[0].shared_with.add(account.id)
        attempts = [await plex.begin() for _ in range(4)]
        for attempt in attempts:
            plex.plextv.approve(attempt.code, account)
        plex.house.clock.advance(timedelta(seconds=2))

        told = await asyncio.gather(
            *(
                outcome(each, attempt)
                for each, attempt in zip((plex, other) * 2, attempts, strict=True)
            )
        )

        assert not [each for each in told if isinstance(each, str)]
        signed_in = [each for each in told if not isinstance(each, str)]
        assert len({each.session.user.id for each in signed_in}) == 1
        assert len({each.token for each in signed_in}) == 4
        assert await plex.count("users") == number + 1
        assert await plex.count("sessions") == 4 * (number + 1)


async def test_of_two_people_with_the_last_use_of_an_invite_one_gets_in(
    plex: PlexHouse, other: PlexHouse
) -> None:
    owner = await plex.house.owner()
    invite = await plex.house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(role="friend"), metadata=owner.metadata
    )
    mallory = plex.plextv.add_account("mallory")
    attempts = [await plex.begin(), await plex.begin()]
    plex.plextv.approve(attempts[0].code, plex.eve)
    plex.plextv.approve(attempts[1].code, mallory)
    plex.house.clock.advance(timedelta(seconds=2))

    told = await asyncio.gather(
        outcome(plex, attempts[0], invite.code),
        outcome(other, attempts[1], invite.code),
    )

    assert [each for each in told if isinstance(each, str)] == ["invite_spent"]
    assert await plex.count("users") == 2
    assert await plex.count("identities") == 1


async def test_one_account_linked_by_two_users_at_once_is_one_s(
    plex: PlexHouse, other: PlexHouse
) -> None:
    owner = await plex.house.owner()
    friend = await plex.house.member(owner, "fred")
    people = (owner, friend)
    attempts = [await plex.begin_link(person) for person in people]
    for attempt in attempts:
        plex.plextv.approve(attempt.code, plex.eve)
    plex.house.clock.advance(timedelta(seconds=2))

    told = await asyncio.gather(
        *(
            house.complete_link(attempt, person)
            for house, attempt, person in zip(
                (plex, other), attempts, people, strict=True
            )
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, aio.AioRpcError) for each in told) == 1
    assert await plex.count("identities") == 1


@pytest.mark.parametrize("at", ["/api/v2/pins/", "/api/v2/user", "/api/v2/resources"])
async def test_what_is_cut_off_on_the_way_is_done_whole_by_another(
    plex: PlexHouse, other: PlexHouse, at: str
) -> None:
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)
    plex.plextv.mood.only, plex.plextv.mood.delay_s = at, 30
    plex.house.clock.advance(timedelta(seconds=2))
    cut_off = asyncio.create_task(outcome(plex, attempt))
    await eventually(lambda: plex.plextv.asked("GET", at) == 1)

    cut_off.cancel()
    with suppress(asyncio.CancelledError):
        await cut_off
    plex.plextv.mood.delay_s = 0
    assert await plex.count("users") == 0

    ada = await other.entered(await other.complete(attempt))

    assert ada.user.name == "ada"
    assert await plex.count("users") == await plex.count("sessions") == 1
    assert await reason(plex.complete(attempt)) == "attempt_spent"
