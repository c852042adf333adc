"""What comes out is found out in the background, and read by day."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from grpc import StatusCode

from kit.postgres import Database
from services.media.clients.tmdb.provider import Tmdb
from services.media.domain.calendar.following import Told
from services.media.domain.importing import Entry
from services.media.domain.titles import Kind
from services.media.store.release_watches import PostgresWatches
from tests.clock import NOON, StoppedClock
from tests.media.discover.calendar_house import Wall, open_wall, told
from tests.media.discover.house import put_on_shelf
from tests.media.provider.house import (
    FIREFLY,
    MATRIX,
    NoBound,
    has_title,
    open_client,
    refusal,
)
from tests.simulators.tmdb.server import TMDB
from tests.simulators.tmdb.world import Episode, Season, Title

CINEMA, DIGITAL, EPISODE = 1, 2, 3
RESURRECTIONS = Title(
    624860,
    "The Matrix Resurrections",
    date="2026-12-16",
    digital="2026-12-24",
    certifications={"US": "R"},
    collection=2344,
)
WAITED_FOR = Title(9, "Everybody Waits", date="2026-12-01", popularity=500.0)


def goes_on(tmdb: TMDB) -> None:
    """Firefly is back: one episode was shown, and two are to come."""
    firefly = tmdb.world.titles["tv", 1437]
    firefly.status = "Returning Series"
    days = ("2026-11-20", "2026-11-27", "2026-12-04", None)
    episodes = [Episode(n, f"Part {n}", air_date=day) for n, day in enumerate(days, 1)]
    firefly.seasons.append(Season(2, "Season 2", episodes=episodes))
    firefly.next_episode = (2, 2)


async def request(database: Database, title_id: str, by: str = "id-of-Ada") -> None:
    await database.execute(
        """
        INSERT INTO requesters (user_id, name) VALUES ($1, 'Ada')
            ON CONFLICT DO NOTHING
        """,
        by,
    )
    await database.execute(
        """
        INSERT INTO requests (id, title_id, state, requested_by, seasons, created_at,
                              updated_at)
        VALUES ($2::uuid, $2::uuid, 'PENDING', $1, '{}', $3, $3)
        """,
        by,
        title_id,
        NOON,
    )


async def test_episodes_of_what_is_there_or_requested_come_by_day(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    await put_on_shelf(database, await has_title(database, FIREFLY), 2, 2)

    await wall.following.look()
    page = await wall.releases(since="2026-11-20")

    assert told(page) == [
        ("2026-11-20", "Firefly", EPISODE),
        ("2026-11-27", "Firefly", EPISODE),
        ("2026-12-04", "Firefly", EPISODE),
    ]
    first, second, third = page.releases
    assert (second.season_number, second.episode_number) == (2, 2)
    assert second.episode_name == "Part 2"
    assert [each.available for each in (first, second, third)] == [False, True, False]
    assert all(each.followed for each in page.releases)
    assert list(page.warnings) == []


async def test_films_of_a_row_and_those_that_everybody_waits_for_come_too(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    for title in (RESURRECTIONS, WAITED_FOR):
        tmdb.world.add(title)
    await put_on_shelf(database, await has_title(database, MATRIX))

    await wall.following.look()
    everything = await wall.releases()
    followed = await wall.releases(followed_only=True)

    ours = [
        ("2026-12-16", "The Matrix Resurrections", CINEMA),
        ("2026-12-24", "The Matrix Resurrections", DIGITAL),
    ]
    assert told(everything) == [("2026-12-01", "Everybody Waits", CINEMA), *ours]
    assert told(followed) == ours
    assert told(await wall.releases(kind=2)) == []
    assert told(await wall.releases(since="2026-12-17", kind=1)) == ours[1:]


async def test_a_requested_film_shows_who_asked(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    tmdb.world.add(WAITED_FOR)
    entry = Entry("test:9", Kind.MOVIE, "Everybody Waits", year=2026, tmdb_id=9)
    await request(database, await has_title(database, entry))

    await wall.following.look()
    (release,) = (await wall.releases(followed_only=True)).releases

    assert (release.title.presence.state, release.available) == (1, False)
    assert release.title.presence.requested_by_me


async def test_days_are_asked_for_again_when_due_and_not_before(
    wall: Wall, tmdb: TMDB, database: Database, clock: StoppedClock
) -> None:
    goes_on(tmdb)
    await put_on_shelf(database, await has_title(database, FIREFLY))
    await wall.following.look()
    asked = tmdb.asked("/3/tv")
    tmdb.world.titles["tv", 1437].seasons[-1].episodes[1].air_date = "2026-11-30"

    clock.advance(timedelta(hours=20))
    await wall.following.look()
    before = tmdb.asked("/3/tv")
    clock.advance(timedelta(days=1))
    await wall.following.look()

    assert before == asked
    assert [day for day, *_ in told(await wall.releases())] == [
        "2026-11-30",
        "2026-12-04",
    ]
    changed = await database.fetch(
        "SELECT episode FROM releases WHERE changed_at > $1 ORDER BY episode", NOON
    )
    assert [row["episode"] for row in changed] == [2]


async def test_what_nobody_cares_for_any_more_leaves_the_calendar(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    title_id = await has_title(database, FIREFLY)
    await request(database, title_id)
    await wall.following.look()
    before = told(await wall.releases())
    await database.execute("UPDATE requests SET state = 'CANCELED'")

    await wall.following.look()

    assert (len(before), told(await wall.releases())) == (2, [])


async def test_a_silent_tmdb_leaves_the_calendar_as_it_was(
    wall: Wall,
    tmdb: TMDB,
    media: tuple[Database, str],
    clock: StoppedClock,
) -> None:
    database = media[0]
    goes_on(tmdb)
    tmdb.world.add(RESURRECTIONS)
    await put_on_shelf(database, await has_title(database, FIREFLY))
    await wall.following.look()
    before = told(await wall.releases(followed_only=True))
    await put_on_shelf(database, await has_title(database, MATRIX))
    clock.advance(timedelta(days=3))
    tmdb.mood.status = 503

    await wall.following.look()
    meanwhile = told(await wall.releases(followed_only=True))
    tmdb.mood.status = 200
    clock.advance(timedelta(hours=1))
    # Of another process: this one leaves TMDB alone for half a minute.
    async with (
        open_client(tmdb, NoBound()) as client,
        open_wall(*media, client, clock) as other,
    ):
        await other.following.look()

    assert meanwhile == before
    after = told(await wall.releases(followed_only=True))
    assert {name for _, name, _ in after} == {"Firefly", "The Matrix Resurrections"}


async def test_of_two_processes_each_asks_for_its_own(
    database: Database, wall: Wall, media: tuple[Database, str], tmdb: TMDB
) -> None:
    for number in range(1, 21):
        entry = Entry(f"test:{number}", Kind.MOVIE, f"Film {number}", tmdb_id=number)
        tmdb.world.add(Title(number, f"Film {number}", date="2026-12-01"))
        await request(database, await has_title(database, entry))
    watches = PostgresWatches(database)
    await watches.enrol(NOON)

    claims = await asyncio.gather(
        *(watches.claim(NOON, NOON + timedelta(minutes=1)) for _ in range(25))
    )

    claimed = [each.title_id for each in claims if each]
    assert len(claimed) == len(set(claimed)) <= 20
    assert len(claimed) >= 10


async def test_processes_that_enrol_at_once_do_not_hinder_one_another(
    database: Database, wall: Wall
) -> None:
    watches = PostgresWatches(database)
    for number in range(1, 31):
        entry = Entry(f"test:{number}", Kind.MOVIE, f"Film {number}", tmdb_id=number)
        await request(database, await has_title(database, entry))

    await asyncio.gather(*(watches.enrol(NOON) for _ in range(6)))
    enrolled = await database.fetchval("SELECT count(*) FROM release_watches")
    await database.execute("UPDATE requests SET state = 'CANCELED'")
    await asyncio.gather(
        *(watches.enrol(NOON) for _ in range(6)),
        *(
            watches.expect(Kind.MOVIE, list(range(1, 31)), NOON, NOON, NOON)
            for _ in range(3)
        ),
    )
    await watches.enrol(NOON)

    assert enrolled == 30
    assert await database.fetchval("SELECT count(*) FROM release_watches") == 0


async def test_who_lost_the_lease_writes_nothing(
    database: Database, wall: Wall
) -> None:
    await request(database, await has_title(database, FIREFLY))
    watches = PostgresWatches(database)
    await watches.enrol(NOON)
    slow = await watches.claim(NOON, NOON + timedelta(minutes=1))
    later = NOON + timedelta(minutes=2)
    quick = await watches.claim(later, later + timedelta(minutes=1))
    assert slow
    assert quick

    await watches.keep(slow, Told(), later + timedelta(days=9), later)

    due = await database.fetchval("SELECT leased_until FROM release_watches")
    assert due == quick.leased_until


async def test_pages_of_the_calendar_follow_one_another(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    for title in (RESURRECTIONS, WAITED_FOR):
        tmdb.world.add(title)
    for entry in (MATRIX, FIREFLY):
        await put_on_shelf(database, await has_title(database, entry))
    await wall.following.look()
    whole = told(await wall.releases())

    seen: list[tuple[str, str, int]] = []
    token = ""
    while not seen or token:
        page = await wall.releases(page_size=1, page_token=token)
        token = page.next_page_token
        seen += told(page)

    assert seen == whole
    assert len(seen) == 5


@pytest.mark.parametrize(
    "asked",
    [
        {"since": ""},
        {"since": "20261121"},
        {"since": "2026-W47-6"},
        {"since": "2026-02-30"},
        {"until": "tomorrow"},
        {"until": "2026-11-20"},
        {"until": "2027-03-01"},
        {"kind": 9},
        {"page_size": 101},
        {"page_token": "x"},
    ],
)
async def test_what_is_no_span_is_refused(wall: Wall, asked: dict[str, Any]) -> None:
    code, _ = await refusal(wall.releases(**asked))

    assert code == StatusCode.INVALID_ARGUMENT


async def test_a_hundred_days_are_a_span(wall: Wall) -> None:
    assert told(await wall.releases("2026-11-21", "2027-02-28")) == []
    assert told(await wall.releases("0001-01-01", "0001-01-02")) == []
    assert told(await wall.releases("9999-12-30", "9999-12-31")) == []


async def test_without_a_provider_the_calendar_says_so(
    media: tuple[Database, str], clock: StoppedClock, client: Tmdb
) -> None:
    async with open_wall(*media, None, clock) as wall:
        await wall.following.run()
        page = await wall.releases()

    assert told(page) == []
    assert "an admin sets a key" in page.warnings[0]
