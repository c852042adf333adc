"""A server that is down has deleted nothing: what is available stays so."""

from collections.abc import AsyncIterator

import pytest

from kit.postgres import Database
from services.media.app.servers import CLIENTS
from services.media.domain.origins import ServerKind
from services.media.domain.requests.errors import AlreadyAvailable
from services.media.domain.requests.states import State
from services.media.domain.serving import NewServer
from tests.media.requests.house import ADA, BOB, OWNER, Desk
from tests.media.servers.house import ServersHouse
from tests.media.shelf.house import NEVER, a_caller
from tests.simulators.plex.moods import Mood
from tests.simulators.plex.server import Plex


@pytest.fixture
async def plex() -> AsyncIterator[Plex]:
    server = Plex()
    await server.start()
    films = server.shelf.add_section("movie", "Movies")
    server.shelf.add_film(films, "The Matrix", 1999)
    server.shelf.fill(films, 30)
    yield server
    await server.stop()


@pytest.fixture
async def house(media: tuple[Database, str], plex: Plex) -> ServersHouse:
    house = ServersHouse(media[0], clients=CLIENTS)
    new = NewServer(ServerKind.PLEX, plex.url, plex.token)
    await house.serving.add_server(new, a_caller(), NEVER)
    return house


@pytest.mark.parametrize(
    "mood",
    [
        None,
        Mood(status=503),
        Mood(status=404),
        Mood(only="/library/sections/1/all", is_empty=True),
        Mood(only="/library/sections", is_empty=True),
        Mood(only="/library/sections/1/all", hangs_up=True),
        Mood(only="/library/sections/1/all", halves=True),
    ],
    ids=["gone", "503", "404", "empty", "no libraries", "hangs up", "half"],
)
async def test_a_plex_that_is_down_makes_nothing_be_asked_for_again(
    house: ServersHouse, plex: Plex, mood: Mood | None
) -> None:
    desk = Desk(house.database, house.clock)
    matrix = await house.title("The Matrix", 1999)
    request = await desk.ask(matrix, by=ADA)
    await desk.deciding.approve(request.id, by=OWNER)
    await house.sync()
    assert (await desk.seeing.find(request.id, by=ADA)).state is State.AVAILABLE

    if mood is None:
        await plex.stop()
    else:
        plex.mood = mood
    for _ in range(3):
        await house.sync()

    assert (await desk.seeing.find(request.id, by=ADA)).state is State.AVAILABLE
    with pytest.raises(AlreadyAvailable):
        await desk.ask(matrix, by=BOB)
    orders = "SELECT count(request_id) FROM orders WHERE state <> 'ENDED'"
    assert await house.database.fetchval(orders) == 0
