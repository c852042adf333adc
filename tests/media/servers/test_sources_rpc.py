"""Media servers as sources, at the door."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from medianest.media.v1 import libraries_pb2
from services.media.domain.origins import ServerKind
from services.media.rpc.sources import KIND_OF_SERVER
from tests.media.servers.house import ServersHouse
from tests.media.shelf.door import OWNER, Visitor, door_of
from tests.simulators.shelf.server import Mood, ShelfServer

Source = libraries_pb2.Source


@pytest.fixture
async def owner(house: ServersHouse) -> AsyncIterator[Visitor]:
    async with door_of(house, house.serving) as channel:
        yield Visitor(channel, OWNER)


@pytest.fixture
def films(shelf: ShelfServer) -> ShelfServer:
    shelf.library("1", "Movies")
    shelf.library("2", "Shows", "series")
    shelf.put_films("1", 10)
    shelf.put_films("2", 10)
    return shelf


async def add(owner: Visitor, shelf: ShelfServer, **fields: object) -> Source:
    given = {
        "kind": Source.JELLYFIN,
        "address": f" {shelf.url}/ ",
        "token": shelf.token,
        **fields,
    }
    added = await owner.call("CreateSource", **given)
    assert isinstance(added, Source)
    return added


async def test_a_server_is_tried_added_read_and_listed_without_its_token(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    tried = await owner.call(
        "TestSource", kind=Source.JELLYFIN, address=films.url, token=films.token
    )
    added = await add(owner, films, library_keys=["1"], priority=7)
    await house.sync()
    [listed] = (await owner.call("ListSources")).sources  # type: ignore[attr-defined]

    assert [each.name for each in tried.libraries] == ["Movies", "Shows"]  # type: ignore[attr-defined]
    assert added.state == Source.SCANNING
    assert (listed.name, listed.kind, listed.path) == ("Attic", Source.JELLYFIN, "")
    assert (listed.address, listed.priority) == (films.url, 7)
    assert (listed.server_name, listed.server_version) == ("Attic", "1.2.3")
    assert (listed.state, listed.version) == (Source.READY, 1)
    assert (listed.read_count, listed.total_count) == (10, 10)
    assert list(listed.library_keys) == ["1"]
    assert await house.counts() == {"Movies": 10}
    assert films.token not in str([tried, added, listed])


async def test_the_token_is_kept_sealed_and_told_to_nobody(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    await add(owner, films)
    await house.sync()

    [row] = await house.database.fetch("SELECT token_sealed FROM sources")
    told = await house.database.fetch("SELECT data FROM outbox")

    assert films.token.encode() not in row["token_sealed"]
    assert films.token not in json.dumps([each["data"] for each in told])


WRONG: list[tuple[str, object, str]] = [
    ("address", "", "address begins with http"),
    ("address", "plex.lan:32400", "address begins with http"),
    ("address", "ftp://plex.lan", "address begins with http"),
    ("address", "http://", "address begins with http"),
    ("address", "http://[::1", "address is a URL"),
    ("address", "http://h:99999", "address is a URL"),
    ("address", "http://me:secret@plex.lan", "address ends with"),
    ("address", "http://plex.lan/?X-Plex-Token=secret", "address ends with"),
    ("address", "http://plex.lan\nx", "address has at most"),
    ("address", "http://" + "x" * 500, "address has at most"),
    ("address", "http://a..b", "address has what is no name"),
    ("address", "http://" + "x" * 64, "address has what is no name"),
    ("address", "http://xn--ü", "address has what is no name"),
    ("token", "", "token has 1 to 500"),
    ("token", "x" * 501, "token has 1 to 500"),
    ("token", "two words", "token is one word"),
    ("token", "new\r\nHeader: line", "token is one word"),
    ("token", "wrong", "The shelf does not know this token."),
    ("kind", Source.PLEX, "MediaNest cannot read Plex here."),
    ("kind", 99, "kind is one of"),
    ("library_keys", ["1", "9"], "library_keys names some of the server's"),
    ("library_keys", ["1"] * 101, "library_keys names some of the server's"),
    ("priority", 1001, "priority is from"),
    ("name", "x" * 101, "name has 1 to 100"),
    ("path", "/media", "A source of this kind has address, not path."),
]


async def test_what_is_wrong_with_a_server_is_said_with_its_field(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    given = {"kind": Source.JELLYFIN, "address": films.url, "token": films.token}

    for field, value, what in WRONG:
        code, _, message = await owner.refused(
            "CreateSource", **{**given, field: value}
        )
        assert (code, what in message) == ("INVALID_ARGUMENT", True), (field, value)
        assert "secret" not in message
    assert await house.database.fetchval("SELECT count(id) FROM sources") == 0


@pytest.mark.parametrize("method", ["CreateSource", "TestSource"])
async def test_a_server_that_cannot_be_read_is_not_added(
    owner: Visitor, films: ShelfServer, method: str
) -> None:
    fields = {"kind": Source.JELLYFIN, "address": films.url, "token": films.token}
    refusals = []
    for mood in (Mood(status=503), Mood(hangs_up=True)):
        films.mood = mood
        refusals.append(await owner.refused(method, **fields))
    await films.stop()
    refusals.append(await owner.refused(method, **fields))

    codes = {(code, reason) for code, reason, _ in refusals}
    assert codes == {("INVALID_ARGUMENT", "server_away")}
    assert "503" in refusals[0][2]
    assert "does not answer" in refusals[2][2]


async def test_a_folder_has_no_address(owner: Visitor) -> None:
    code, _, message = await owner.refused(
        "CreateSource", path="/media", address="http://plex.lan"
    )

    assert code == "INVALID_ARGUMENT"
    assert message == "A source of this kind has path, not address."


async def test_one_server_is_one_source_wherever_it_is(
    owner: Visitor, films: ShelfServer
) -> None:
    await add(owner, films)

    for address in (films.url, films.url.replace("127.0.0.1", "localhost")):
        code, reason, _ = await owner.refused(
            "CreateSource", kind=Source.JELLYFIN, address=address, token=films.token
        )
        assert (code, reason) == ("ALREADY_EXISTS", "source_exists")


async def test_a_server_that_is_added_many_times_at_once_is_one_source(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    sources = await asyncio.gather(*(add(owner, films, key="again") for _ in range(5)))

    assert len({source.id for source in sources}) == 1
    assert await house.database.fetchval("SELECT count(id) FROM sources") == 1


def a_change(source: Source, **fields: object) -> dict[str, object]:
    return {
        "source_id": source.id,
        "change": libraries_pb2.SourceChange(**fields),  # type: ignore[arg-type]
        "update_mask": {"paths": list(fields)},
    }


async def test_a_token_is_replaced_after_it_was_tried(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)
    films.token = "another-token"
    code, _, message = await owner.refused(
        "UpdateSource", **a_change(source, token="wrong")
    )

    changed = await owner.call("UpdateSource", **a_change(source, token=films.token))
    after = await house.sync()

    assert (code, message) == (
        "INVALID_ARGUMENT",
        "The shelf does not know this token.",
    )
    assert changed.version == 2  # type: ignore[attr-defined]
    assert after.state.name == "READY"


async def test_libraries_that_are_not_wanted_any_more_are_forgotten_at_once(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)
    await house.sync()

    await owner.call("UpdateSource", **a_change(source, library_keys=["2"]))
    at_once = await house.counts()
    await house.sync()
    only = await house.counts()
    await owner.call("UpdateSource", **a_change(source, library_keys=[]))
    await house.sync()

    assert at_once == only == {"Shows": 10}
    assert await house.counts() == {"Movies": 10, "Shows": 10}


async def test_another_address_takes_the_token_again(
    owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)
    moved = films.url.replace("127.0.0.1", "localhost")
    films.asked.clear()

    code, _, message = await owner.refused(
        "UpdateSource", **a_change(source, address=moved)
    )
    asked = list(films.asked)
    told = await owner.call(
        "UpdateSource", **a_change(source, address=moved, token=films.token)
    )

    assert (code, message) == (
        "INVALID_ARGUMENT",
        "Another address takes the token again.",
    )
    assert asked == []
    assert told.address == moved  # type: ignore[attr-defined]


async def test_a_source_does_not_become_another_server(
    owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)
    films.machine_id = "machine-2"

    code, _, message = await owner.refused(
        "UpdateSource", **a_change(source, token=films.token)
    )

    assert code == "INVALID_ARGUMENT"
    assert message.startswith("Another server is there: Attic.")


async def test_a_change_is_made_to_the_version_that_was_seen(
    owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)

    await owner.call("UpdateSource", if_version=1, **a_change(source, priority=5))
    refusals = [
        await owner.refused(
            "UpdateSource", if_version=1, **a_change(source, priority=6)
        ),
        await owner.refused("ScanSource", source_id=source.id, if_version=1),
        await owner.refused("DeleteSource", source_id=source.id, if_version=1),
        await owner.refused(
            "ConfirmRemoval", source_id=source.id, missing_count=1, if_version=1
        ),
    ]

    assert {each[:2] for each in refusals} == {("ABORTED", "version_changed")}
    [listed] = (await owner.call("ListSources")).sources  # type: ignore[attr-defined]
    assert (listed.priority, listed.version) == (5, 2)


async def test_only_what_can_be_changed_is(owner: Visitor, films: ShelfServer) -> None:
    source = await add(owner, films)

    for paths in ([], ["kind"], ["id"], ["name", "state"], ["x" * 999]):
        code, _, message = await owner.refused(
            "UpdateSource", source_id=source.id, update_mask={"paths": paths}
        )
        assert code == "INVALID_ARGUMENT"
        assert message.startswith("update_mask names one or more of address,")


async def test_a_source_that_is_not_there_is_neither_changed_nor_confirmed(
    owner: Visitor,
) -> None:
    change = libraries_pb2.SourceChange(name="Name")
    mask = {"paths": ["name"]}

    for bad in ("", "x", "'; --", str(UUID(int=7)), "0" * 10_000):
        refusals = [
            await owner.refused(
                "UpdateSource", source_id=bad, change=change, update_mask=mask
            ),
            await owner.refused("ConfirmRemoval", source_id=bad, missing_count=3),
        ]
        assert {each[:2] for each in refusals} == {("NOT_FOUND", "source_missing")}


async def test_an_admin_is_asked_and_says_that_it_is_gone(
    house: ServersHouse, owner: Visitor, films: ShelfServer
) -> None:
    source = await add(owner, films)
    await house.sync()
    films.take_films("1", 8)
    await house.sync()
    [held] = (await owner.call("ListSources")).sources  # type: ignore[attr-defined]

    code, reason, _ = await owner.refused(
        "ConfirmRemoval", source_id=source.id, missing_count=7
    )
    await owner.call("ConfirmRemoval", source_id=source.id, missing_count=8)
    await house.sync()

    assert (held.state, held.missing_count) == (Source.HELD, 8)
    assert (code, reason) == ("FAILED_PRECONDITION", "missing_count_changed")
    assert await house.counts() == {"Movies": 2, "Shows": 10}


def test_each_kind_of_server_has_its_word_on_the_wire() -> None:
    assert set(KIND_OF_SERVER) == set(ServerKind)
    assert sorted([0, *KIND_OF_SERVER.values()]) == sorted(Source.Kind.values())
