"""A series is there when all is there that has been on the air."""

from uuid import UUID

from kit.postgres import Database
from services.media.store.arrivals import arrive
from tests.clock import NOON
from tests.media.discover.calendar_house import Wall
from tests.media.discover.house import put_on_shelf
from tests.media.discover.test_calendar import goes_on, request
from tests.media.provider.house import FIREFLY, has_title
from tests.simulators.tmdb.server import TMDB


async def put(database: Database, title_id: str, season: int, episode: int) -> None:
    """As a scan does it."""
    await put_on_shelf(database, title_id, season, episode)
    async with database.transaction() as conn:
        await arrive(conn, [UUID(title_id)], NOON)


async def state(database: Database) -> str:
    return str(await database.fetchval("SELECT state FROM requests"))


async def test_an_episode_is_not_the_series(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    firefly = await has_title(database, FIREFLY)
    await request(database, firefly)
    await wall.following.look()

    await put(database, firefly, 1, 1)
    partly = await state(database)
    await put(database, firefly, 1, 2)

    assert partly == "PENDING"
    assert await state(database) == "AVAILABLE"


async def test_of_a_season_that_goes_on_what_was_shown_is_enough(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    firefly = await has_title(database, FIREFLY)
    await request(database, firefly)
    await wall.following.look()

    for episode in (1, 2):
        await put(database, firefly, 1, episode)
    without_the_second = await state(database)
    await put(database, firefly, 2, 1)

    assert without_the_second == "PENDING"
    assert await state(database) == "AVAILABLE"


async def test_a_named_season_waits_for_all_of_its_episodes(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    firefly = await has_title(database, FIREFLY)
    await request(database, firefly)
    await database.execute("UPDATE requests SET seasons = '{1}'")
    await wall.following.look()

    await put(database, firefly, 1, 2)
    await put(database, firefly, 2, 1)
    partly = await state(database)
    await put(database, firefly, 1, 1)

    assert partly == "PENDING"
    assert await state(database) == "AVAILABLE"


async def test_what_is_there_is_available_once_it_is_known_to_be_all(
    wall: Wall, tmdb: TMDB, database: Database
) -> None:
    goes_on(tmdb)
    firefly = await has_title(database, FIREFLY)
    await request(database, firefly)
    await wall.following.look()
    for season, episode in ((1, 1), (1, 2)):
        await put(database, firefly, season, episode)
    before = await state(database)

    tmdb.world.titles["tv", 1437].seasons.pop()
    tmdb.world.titles["tv", 1437].status = "Canceled"
    tmdb.world.titles["tv", 1437].next_episode = None
    await database.execute("UPDATE release_watches SET due_at = '-infinity'")
    await database.execute("DELETE FROM provider_answers")
    await wall.following.look()

    assert before == "PENDING"
    assert await state(database) == "AVAILABLE"


async def test_where_nobody_tells_an_episode_is_enough(database: Database) -> None:
    firefly = await has_title(database, FIREFLY)
    await request(database, firefly)

    await put(database, firefly, 1, 1)

    assert await state(database) == "AVAILABLE"
