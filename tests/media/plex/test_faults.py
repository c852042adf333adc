"""Whatever a Plex server does: it is refused by name, or away; never is what it has
taken for less."""

import json
import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from kit.http import UpstreamAway, open_upstream
from services.media.clients.plex import Plex as Client
from services.media.clients.plex import open_plex
from services.media.domain.servers import ServerLibrary, ServerRefused
from tests.data import RECORDED
from tests.media.plex.tls import self_signed
from tests.simulators.plex.moods import Mood
from tests.simulators.plex.server import Plex
from tests.simulators.plex.shelf import Section

MOVIES = ServerLibrary("1", "Movies", "movie")
LIST = "/library/sections/1/all"
ALONE = "/library/metadata/"
FILM = {
    "ratingKey": "7",
    "type": "movie",
    "title": "Alien",
    "Media": [{"id": 8, "Part": [{"id": 9, "file": "/alien.mkv"}]}],
}

BROKEN: dict[str, dict[str, Any]] = {
    "hangs up": {"hangs_up": True},
    "is cut": {"is_cut": True},
    "fails": {"status": 500},
    "sends elsewhere": {"status": 302},
    "says nothing": {"body": b""},
    "speaks XML": {"body": b"<MediaContainer/>"},
}

Ask = Callable[[Client], Awaitable[Any]]


async def read(client: Client) -> list[Any]:
    return [item async for page in client.items(MOVIES, None) for item in page.items]


ASKED: dict[str, Ask] = {
    "identify": lambda client: client.identify(),
    "libraries": lambda client: client.libraries(),
    "items": read,
    "playing": lambda client: client.playing(),
}


@pytest.fixture(autouse=True)
def filled(plex: Plex, films: Section) -> None:
    plex.shelf.fill(films, 450)
    plex.play(next(iter(plex.shelf.items.values())), "ada")


def page(*entries: Any, **more: Any) -> bytes:
    held = {"size": len(entries), "totalSize": len(entries), "offset": 0}
    return json.dumps({"MediaContainer": held | {"Metadata": entries} | more}).encode()


@pytest.mark.parametrize("asked", ASKED)
async def test_a_token_that_does_not_count_is_named(plex: Plex, asked: str) -> None:
    async with open_plex(plex.url, "token-of-nobody") as client:
        with pytest.raises(ServerRefused, match="token") as refused:
            await ASKED[asked](client)

    assert refused.value.field == "token"
    assert "token-of-nobody" not in "".join(traceback.format_exception(refused.value))


async def test_a_token_of_who_does_not_own_the_server_is_named(
    plex: Plex, client: Client
) -> None:
    plex.mood = Mood(only="/status", status=403)

    with pytest.raises(ServerRefused, match="owns the server"):
        await client.playing()


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        (Mood(body=b"<html>nginx</html>", content_type="text/html"), "No Plex"),
        (Mood(body=b'{"ServerName": "jellyfin"}'), "No Plex"),
        (Mood(body=b'{"MediaContainer": []}'), "No Plex"),
        (Mood(body=b'{"MediaContainer": {"size": 0}}'), "No Plex"),
        (Mood(body=b"[]"), "No Plex"),
        (Mood(status=404), "No Plex"),
        (Mood(status=401), "No Plex"),
        (Mood(body=b'{"MediaContainer": {"machineIdentifier": "x"}}'), "too old"),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.status}",
)
async def test_what_is_no_plex_is_named(
    plex: Plex, client: Client, mood: Mood, said: str
) -> None:
    plex.mood = mood

    with pytest.raises(ServerRefused, match=said) as refused:
        await client.identify()

    assert refused.value.field == "address"


@pytest.mark.parametrize("version", ["1.19.5.3112-b23ab3896", "0.9.11.4", "x", ""])
async def test_a_server_that_is_too_old_is_named(
    plex: Plex, client: Client, version: str
) -> None:
    plex.version = version

    with pytest.raises(ServerRefused, match="too old"):
        await client.identify()


async def test_a_server_of_long_ago_is_too_old(plex: Plex, client: Client) -> None:
    recorded = RECORDED / "node-plex-api" / "root.json"
    if not recorded.exists():
        pytest.skip("no recorded answers here")
    plex.mood = Mood(body=recorded.read_bytes())

    with pytest.raises(ServerRefused, match=r"too old: it has version 0\.9\.11"):
        await client.identify()


async def test_a_certificate_that_is_not_valid_is_named(plex: Plex) -> None:
    await plex.stop()
    plex.tls = self_signed()
    await plex.start()

    async with open_plex(f"https://127.0.0.1:{plex.port}", plex.token) as client:
        with pytest.raises(ServerRefused, match="certificate") as refused:
            await client.identify()

    assert refused.value.field == "address"


async def test_https_to_who_does_not_speak_it_is_away(plex: Plex) -> None:
    async with open_plex(f"https://127.0.0.1:{plex.port}", plex.token) as client:
        with pytest.raises(UpstreamAway, match="does not answer"):
            await client.identify()


async def test_who_is_silent_or_gone_is_away_with_what_to_do(plex: Plex) -> None:
    plex.mood = Mood(is_silent=True)
    patience = timedelta(seconds=0.2)
    async with open_upstream("Plex", plex.url, timeout=patience) as upstream:
        with pytest.raises(UpstreamAway, match=r"in time\. Is the server on"):
            await Client(upstream).identify()

    await plex.stop()
    async with open_plex(plex.url, plex.token) as client:
        with pytest.raises(UpstreamAway, match=r"does not answer\. Is the server on"):
            await client.identify()


async def test_two_servers_behind_one_address_are_none(
    plex: Plex, client: Client
) -> None:
    other = b'{"MediaContainer": {"machineIdentifier": "other", "version": "1.41.3"}}'
    plex.mood = Mood(only="/identity", body=other)

    with pytest.raises(UpstreamAway, match="Two servers"):
        await client.identify()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("mood", BROKEN)
async def test_half_an_answer_is_none(
    plex: Plex, client: Client, asked: str, mood: str
) -> None:
    plex.mood = Mood(**BROKEN[mood])

    with pytest.raises(UpstreamAway):
        await ASKED[asked](client)


@pytest.mark.parametrize("asked", ["libraries", "items", "playing"])
async def test_fewer_than_it_says_are_not_all(
    plex: Plex, client: Client, asked: str
) -> None:
    plex.mood = Mood(halves=True)

    with pytest.raises(UpstreamAway, match="lists others"):
        await ASKED[asked](client)


async def test_who_wants_to_be_asked_less_says_when_again(
    plex: Plex, client: Client
) -> None:
    plex.mood = Mood(only=LIST, spares=1, status=429, retry_after="7")

    with pytest.raises(UpstreamAway) as away:
        await read(client)

    assert away.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize("only", [LIST, ALONE])
@pytest.mark.parametrize("fault", ["hangs_up", "is_cut", "halves"])
async def test_a_later_page_that_fails_ends_the_reading(
    plex: Plex, client: Client, only: str, fault: str
) -> None:
    plex.mood = Mood(only=only, spares=2, **{fault: True})
    pages: list[Any] = []

    async def read_on() -> None:
        async for each in client.items(MOVIES, None):
            pages.append(each)  # noqa: PERF401 - to see how far it came

    with pytest.raises(UpstreamAway):
        await read_on()

    assert sum(len(each.items) for each in pages) < 450


async def test_a_page_that_is_empty_before_the_end_ends_the_reading(
    plex: Plex, client: Client
) -> None:
    plex.mood = Mood(only=LIST, body=page(totalSize=450))

    with pytest.raises(UpstreamAway, match="before its end"):
        await read(client)


async def test_a_library_that_is_gone_is_not_an_empty_one(
    plex: Plex, client: Client
) -> None:
    gone = ServerLibrary("9", "Gone", "movie")

    with pytest.raises(UpstreamAway, match="404"):
        [page async for page in client.items(gone, None)]


async def test_a_library_that_is_empty_says_so_itself(
    plex: Plex, client: Client
) -> None:
    plex.mood = Mood(is_empty=True)

    pages = [page async for page in client.items(MOVIES, None)]

    assert [(list(page.items), page.total) for page in pages] == [([], 0)]


@pytest.mark.parametrize(
    "body",
    [
        page(FILM, totalSize=0),
        page(FILM, totalSize=-1),
        page(FILM, totalSize="1"),
        page(FILM, totalSize=None),
        page(FILM, offset=200),
        page(FILM, offset=None),
        page(FILM, size=2),
        page(FILM, size=True),
        page(FILM, FILM),
        page(*({**FILM, "ratingKey": str(number)} for number in range(201))),
        page(FILM, None),
        page("Alien"),
        page({**FILM, "ratingKey": None}),
        page({**FILM, "ratingKey": ""}),
        page({**FILM, "ratingKey": "../../status"}),
        page({**FILM, "ratingKey": "7" * 65}),
        page({**FILM, "ratingKey": True}),
        page({**FILM, "Media": [{"Part": [{"id": 9}]}]}),
        page({**FILM, "Media": [{"id": 8, "Part": [{"file": "/alien.mkv"}]}]}),
        json.dumps({"MediaContainer": {"size": 0, "Metadata": {}}}).encode(),
        b"null",
        b"7",
        b'{"MediaContainer": null}',
    ],
    ids=lambda body: f"{len(body)} bytes",
)
async def test_a_page_that_contradicts_itself_is_none(
    plex: Plex, client: Client, body: bytes
) -> None:
    plex.mood = Mood(only=LIST, body=body)

    with pytest.raises(UpstreamAway):
        await read(client)


async def test_a_library_that_never_stands_still_is_not_read(
    plex: Plex, films: Section, client: Client
) -> None:
    def turn_over(path: str) -> None:
        plex.shelf.items.clear()
        plex.shelf.fill(films, 450)

    plex.after_each = turn_over

    with pytest.raises(UpstreamAway):
        await read(client)


async def test_a_server_that_does_not_page_is_not_read_for_ever(
    plex: Plex, client: Client
) -> None:
    entries = [{**FILM, "ratingKey": str(number)} for number in range(200)]
    endless = page(*entries, totalSize=10**12)
    said = json.loads(endless)
    del said["MediaContainer"]["offset"]
    plex.mood = Mood(only=LIST, body=json.dumps(said).encode())

    with pytest.raises(UpstreamAway, match="faster than it can be read"):
        await read(client)


async def test_details_that_make_no_sense_are_left_out_and_the_item_stays(
    plex: Plex, client: Client
) -> None:
    odd = {
        **FILM,
        "year": "MMXX",
        "addedAt": 18_446_744_073_709_551_615,
        "updatedAt": -5,
        "title": "Ali\x00en",
        "Guid": [7, {"id": 7}, {"id": "tmdb://99999999999"}, {"id": "imdb://nm0001"}],
        "thumb": "http://10.0.0.1/latest?X-Plex-Token=secret",
        "Media": [
            None,
            {
                "id": "8",
                "width": "wide",
                "bitrate": 1e300,
                "audioChannels": [6],
                "Part": {"id": 9, "size": "12", "duration": True, "file": 7},
            },
        ],
    }
    plex.mood = Mood(only=LIST, body=page(odd))

    (item,) = await read(client)

    assert item.key == "7:8:9"
    assert (item.name.name, item.name.year, item.name.tmdb_id) == ("Alien", 0, 0)
    assert (item.path, item.size_bytes, item.poster) == ("", 12, "")
    assert (item.media.width, item.media.bitrate_kbps) == (0, 0)
    assert item.added_at.year == item.changed_at.year == 1970


async def test_a_file_s_name_that_is_no_utf_8_hides_no_other(
    plex: Plex, client: Client
) -> None:
    body = page(FILM, {**FILM, "ratingKey": "8", "title": "Amelie"})
    plex.mood = Mood(only=LIST, body=body.replace(b"Ame", b"Am\xe9"))

    items = await read(client)

    assert [item.name.name for item in items] == ["Alien", "Am\ufffdlie"]


@pytest.mark.parametrize(
    "thumb",
    [
        "http://169.254.169.254/latest",
        "//evil.example/x.png",
        "/library/../../etc/passwd",
        "file:///etc/passwd",
        7,
    ],
    ids=str,
)
async def test_a_picture_elsewhere_is_none(
    plex: Plex, client: Client, thumb: object
) -> None:
    plex.mood = Mood(only=LIST, body=page({**FILM, "thumb": thumb}))

    (item,) = await read(client)

    assert item.poster == ""


async def test_a_picture_s_path_holds_no_token(plex: Plex, client: Client) -> None:
    thumb = "/library/metadata/7/thumb/1?X-Plex-Token=secret"
    plex.mood = Mood(only=LIST, body=page({**FILM, "thumb": thumb}))

    (item,) = await read(client)

    assert item.poster == "/library/metadata/7/thumb/1"


@pytest.mark.parametrize(
    "session",
    [
        {"title": "News at ten", "live": 1},
        {"ratingKey": "/livetv/sessions/5", "Media": [{"id": "a b", "Part": [{}]}]},
        {"ratingKey": "7", "title": "Alien"},
        {"ratingKey": "7", "duration": 0, "viewOffset": 5},
        {"ratingKey": "7", "duration": 5, "viewOffset": 500},
        {"ratingKey": "7", "User": "ada", "Player": None, "Media": [{"id": 8}]},
    ],
    ids=str,
)
async def test_a_session_that_is_odd_is_told_and_hides_no_other(
    plex: Plex, client: Client, session: Any
) -> None:
    other = FILM | {"duration": 100, "viewOffset": 25}
    plex.mood = Mood(only="/status", body=page(session, other))

    odd, playing = await client.playing()

    assert odd.item_key == ""
    assert 0 <= odd.progress <= 1
    assert (playing.item_key, playing.progress) == ("7:8:9", 0.25)
