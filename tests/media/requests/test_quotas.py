"""Nobody gets more than their quotas, however they ask."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from grpc import aio

from kit.caller import Caller, Fact
from kit.postgres import Database
from medianest.media.v1 import requests_pb2 as wire
from services.media.domain.requests.asking import Another, Thing
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.errors import (
    AnotherNotAllowed,
    ChoicesNotAllowed,
    QuotaUsedUp,
    RatingTooHigh,
    RequestNotAllowed,
)
from services.media.domain.requests.limits import Counted, Limits, Quota, Requester
from services.media.domain.requests.permissions import (
    MANAGE_REQUESTS,
    MANAGE_USERS,
    REQUEST,
)
from services.media.domain.requests.ratings import age_of
from services.media.domain.requests.sizing import GB, AskedTitle, Sizing
from services.media.domain.requests.states import State
from services.media.domain.requests.wanted import Wanted
from services.media.domain.titles import Kind
from services.media.store.request_limits import PostgresLimits
from services.media.store.telling.people import PostgresPeople
from tests.media.requests.conftest import Visit
from tests.media.requests.house import ADA, BOB, NOON, OWNER, Desk, Shelf, a_caller

MANAGER = a_caller("Mo", REQUEST, MANAGE_REQUESTS)


def limited(facts: Mapping[str, Fact], name: str = "Ada") -> Caller:
    return replace(a_caller(name, REQUEST), facts=facts)


async def test_of_fifty_at_once_a_quota_of_five_makes_five(
    visit: Visit, shelf: Shelf, database: Database
) -> None:
    ada = visit(limited({"movieQuota": [5, 7]}))

    async def ask(title: UUID) -> str:
        request = wire.CreateMediaRequestRequest(title_id=str(title))
        while True:
            try:
                await ada.call("CreateMediaRequest", request)
            except aio.AioRpcError as exc:
                reason = str(dict(exc.trailing_metadata() or ())["reason"])
                if reason != "database_away":
                    return reason
            else:
                return "made"

    told = Counter(await asyncio.gather(*map(ask, await shelf.titles(50))))

    assert told == {"made": 5, "quota_used_up": 45}
    assert await database.fetchval("SELECT count(id) FROM requests") == 5


async def test_a_quota_says_when_there_is_room_again(desk: Desk, shelf: Shelf) -> None:
    ada = limited({"movieQuota": [2, 7]})
    one, two, three = await shelf.titles(3)
    first = await desk.ask(one, by=ada)
    await desk.ask(two, by=ada)

    with pytest.raises(QuotaUsedUp) as refusal:
        await desk.ask(three, by=ada)

    wait = refusal.value.retry_after
    assert wait is not None
    assert timedelta(days=6, hours=23) < wait <= timedelta(days=7)
    await desk.deciding.cancel(first.id, by=ada)
    assert (await desk.ask(three, by=ada)).state is State.PENDING


async def test_seasons_count_and_episodes_count_as_theirs(
    desk: Desk, shelf: Shelf
) -> None:
    ada = limited({"seriesQuota": [3, 7]})
    series, other = (
        await shelf.title(kind="series"),
        await shelf.title(kind="series"),
    )
    await desk.ask(series, 1, 2, by=ada)

    with pytest.raises(QuotaUsedUp):
        await desk.ask(other, 1, 2, by=ada)
    assert (await desk.ask(other, 1, by=ada)).seasons == [1]


async def test_what_is_set_here_is_the_nearest_that_is_said(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    limits = PostgresLimits(database)
    await limits.set("default", Limits(open_at_once=1, movies=Quota(9)), 0, NOON)
    await limits.set("user:" + BOB.user_id, Limits(open_at_once=0), 0, NOON)
    one, two = await shelf.titles(2)

    await desk.ask(one, by=ADA)
    with pytest.raises(QuotaUsedUp, match="at a time"):
        await desk.ask(two, by=ADA)
    for title in (two, await shelf.title()):
        await desk.ask(title, by=BOB)

    bobs = await limits.standing(Requester.of(BOB), NOON + timedelta(minutes=1))
    assert bobs.open_requests == 2
    assert (bobs.uses[Counted.MOVIES].used, bobs.uses[Counted.MOVIES].remaining) == (
        2,
        7,
    )


async def test_a_size_is_a_quota_too(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    await PostgresLimits(database).set("default", Limits(size_gb=Quota(10, 7)), 0, NOON)

    await desk.ask(await shelf.title(), by=ADA)
    with pytest.raises(QuotaUsedUp, match="GB"):
        await desk.ask(await shelf.title(), by=ADA)


async def test_who_manages_users_has_no_limits(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    await PostgresLimits(database).set("default", Limits(open_at_once=1), 0, NOON)
    manager = a_caller("Mia", REQUEST, MANAGE_USERS)

    for title in await shelf.titles(3):
        await desk.ask(title, by=manager)


async def test_the_quotas_of_whom_it_is_for_hold(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    ada = limited({"movieQuota": [1, 7]})
    one, two = await shelf.titles(2)
    await desk.ask(one, by=ada)
    for_ada = Thing(two, for_another=Another(ada.user_id, "Someone"))

    with pytest.raises(QuotaUsedUp):
        await desk.want(for_ada, by=MANAGER)
    with pytest.raises(AnotherNotAllowed):
        await desk.want(for_ada, by=BOB)
    people = PostgresPeople(database)
    await people.is_in("id-of-Zoe", "friend", 7, suspended=False)
    made = await desk.want(
        Thing(two, for_another=Another("id-of-Zoe", "Zoe")), by=MANAGER
    )

    assert (made.requested_by, made.requested_by_name) == ("id-of-Zoe", "Zoe")
    assert made.asked_by == MANAGER.user_id


async def test_the_limits_of_their_role_hold_for_who_never_was_here(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    limits = PostgresLimits(database)
    await limits.set("role:friend", Limits(movies=Quota(1, 7)), 0, NOON)
    await PostgresPeople(database).is_in("id-of-Nia", "friend", 7, suspended=False)
    nia = Another("id-of-Nia", "Nia")
    one, two, three = await shelf.titles(3)

    await desk.want(Thing(one, for_another=nia), by=MANAGER)

    for title in (two, three):
        with pytest.raises(QuotaUsedUp):
            await desk.want(Thing(title, for_another=nia), by=MANAGER)
    standing = await limits.standing(Requester("id-of-Nia", ""), NOON)
    assert standing.limits.movies == Quota(1, 7)


async def test_a_role_that_was_changed_since_holds(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    await PostgresLimits(database).set(
        "role:friend", Limits(movies=Quota(1, 7)), 0, NOON
    )
    one, two = await shelf.titles(2)
    await desk.ask(one, by=ADA)
    await PostgresPeople(database).is_in(ADA.user_id, "friend", 7, suspended=False)

    with pytest.raises(QuotaUsedUp):
        await desk.want(Thing(two, for_another=Another(ADA.user_id, "")), by=MANAGER)


async def test_a_title_above_the_rating_limit_is_refused(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    matrix = await shelf.title()
    await database.execute("UPDATE titles SET tmdb_id = 603 WHERE id = $1", matrix)
    await database.execute(
        """
        INSERT INTO provider_answers (key, told_at, fresh_until, asked_until, value)
        VALUES ('tmdb:movie:603', $1, $1, $1, '{"certifications": {"US": "R"}}')
        """,
        NOON,
    )

    with pytest.raises(RatingTooHigh):
        await desk.ask(matrix, by=limited({"maxRatingAge": 16}))
    assert (await desk.ask(matrix, by=limited({"maxRatingAge": 17}))).title


async def test_who_may_not_choose_does_not(desk: Desk, shelf: Shelf) -> None:
    thing = Thing(await shelf.title(), choices=Choices(profile_id=4))

    with pytest.raises(ChoicesNotAllowed):
        await desk.want(thing, by=ADA)
    assert (await desk.want(thing, by=OWNER)).choices == Choices(profile_id=4)


async def test_4k_needs_its_permission(desk: Desk, shelf: Shelf) -> None:
    with pytest.raises(RequestNotAllowed, match="4K"):
        await desk.want(Thing(await shelf.title(), Wanted(is_4k=True)), by=ADA)


@pytest.mark.parametrize(
    ("said", "age"),
    [
        ({"US": "PG-13", "DE": "16"}, 13),
        ({"DE": "16", "FR": "12"}, 16),
        ({"US": "NR", "GB": "12A"}, 12),
        ({"US": ""}, None),
        ({}, None),
        ({"US": "TV-MA"}, 17),
    ],
)
def test_countries_say_for_which_age(said: dict[str, str], age: int | None) -> None:
    assert age_of(said) == age


def test_a_size_is_a_running_time_and_a_quality() -> None:
    film = AskedTitle(Kind.MOVIE, runtime_minutes=120)
    series = AskedTitle(Kind.SERIES, runtime_minutes=30, episodes={1: 10, 2: 6})

    assert Sizing().estimate(film, Wanted()) == 8 * GB
    assert Sizing().estimate(film, Wanted(is_4k=True)) == 24 * GB
    assert Sizing().estimate(series, Wanted(seasons=(2,))) == 12 * GB
    assert Sizing().estimate(series, Wanted()) == 32 * GB
