"""Radarrs and Sonarrs are set up at the door: one default of each kind, keys sealed."""

import asyncio
import json
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from grpc import aio

from kit.caller import OPERATOR_SESSION
from kit.clock import SystemClock
from kit.sealing import Seal
from medianest.media.v1 import fulfillers_pb2
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerMissing,
)
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.operator import Operator, Sealing
from services.media.domain.requests.choices import Choices
from services.media.rpc.fulfiller_wire import KIND_TO_WIRE
from services.media.store.fulfillers import PostgresFulfillers
from services.media.store.server_sources import PostgresServerSources
from tests.media.arr.clients import MATRIX
from tests.media.arr.house import (
    CHOOSER,
    FRIEND,
    FulfillersHouse,
    Visitor,
    fields_of,
    update_of,
)
from tests.media.shelf.door import SEALING_KEYS
from tests.media.shelf.house import a_caller
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr

Kind = fulfillers_pb2.Fulfiller
AN_ID = "01996f9e-8c1f-7a30-b5c7-3f1f6f3c9d11"
SYSTEM = SystemClock()
NEW = "new:" + "a5" * 32


def test_each_kind_has_its_word_on_the_wire() -> None:
    assert set(KIND_TO_WIRE) == set(FulfillerKind)
    assert sorted([0, *KIND_TO_WIRE.values()]) == sorted(Kind.Kind.values())


async def test_one_is_added_shown_changed_and_removed(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(
        radarr, defaults={"profile_id": 4, "folder": " /movies ", "tags": ["A", "a"]}
    )
    changed = await owner.update(
        added, 1, name=" New  name ", anime_defaults={"profile_id": 5}, is_anime=True
    )
    got = await owner.call("GetFulfiller", fulfiller_id=added.id)
    listed = await owner.call("ListFulfillers")
    await owner.call("DeleteFulfiller", fulfiller_id=added.id, if_version=2)

    assert (added.name, added.kind, added.address) == (
        "Radarr",
        Kind.RADARR,
        radarr.url,
    )
    assert (added.is_default, added.is_enabled, added.version) == (True, True, 1)
    assert (added.defaults.folder, list(added.defaults.tags)) == ("/movies", ["a"])
    assert (changed.name, changed.is_anime, changed.version) == ("New name", True, 2)
    assert changed.anime_defaults.profile_id == 5
    assert got == changed
    assert list(listed.fulfillers) == [changed]
    assert radarr.asked == []
    assert (await owner.refused("GetFulfiller", fulfiller_id=added.id))[:2] == (
        "NOT_FOUND",
        "fulfiller_missing",
    )


async def test_a_key_is_kept_sealed_and_told_to_nobody(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    told = [added, await owner.call("ListFulfillers")]
    told.append(await owner.call("GetFulfillerChoices"))

    [row] = await house.database.fetch("SELECT key_sealed FROM fulfillers")
    events = await house.database.fetch("SELECT type, data FROM outbox")

    assert radarr.key.encode() not in row["key_sealed"]
    assert radarr.key not in str(told)
    assert radarr.key not in json.dumps([each["data"] for each in events])
    assert [each["type"] for each in events] == ["fulfiller.added"]


async def test_a_key_is_sealed_anew_with_the_present_key(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    house.seal = Seal(f"{NEW},{SEALING_KEYS}")
    before = await house.setups.sealing()
    await house.setups.reseal()
    after = await house.setups.sealing()

    assert (before, after) == (Sealing(1, "new"), Sealing(0, "new"))
    sources = PostgresServerSources(house.database, Seal("3rd:" + "c7" * 32), SYSTEM)
    both = Operator(sources, replace_seal(house, "3rd:" + "c7" * 32))
    operator = replace(a_caller(), session_id=OPERATOR_SESSION)
    assert await both.sealing(operator) == Sealing(1, "3rd")
    house.seal = Seal(NEW)
    assert (await house.setups.read(UUID(added.id)))[1] == radarr.key
    house.seal = Seal("lost:" + "b6" * 32)
    with pytest.raises(FulfillerKeyRefused, match="Enter it again"):
        await house.appointed.of(UUID(added.id))


def replace_seal(house: FulfillersHouse, keys: str) -> PostgresFulfillers:
    return PostgresFulfillers(house.database, Seal(keys), SYSTEM)


async def test_adding_again_with_the_same_key_adds_nothing(
    owner: Visitor, radarr: Radarr
) -> None:
    fields = fields_of(radarr)
    one, two = [await owner.call("CreateFulfiller", "once", **fields) for _ in range(2)]
    await owner.call("DeleteFulfiller", fulfiller_id=one.id)

    assert one == two
    refusal = aio.AioRpcError
    with pytest.raises(refusal, match="has been removed since"):
        await owner.call("CreateFulfiller", "once", **fields)


async def test_there_is_one_default_of_each_kind_and_one_for_4k(
    owner: Visitor, radarr: Radarr, sonarr: Sonarr
) -> None:
    first = await owner.add(radarr)
    second = await owner.add(radarr, name="Second")
    for_4k = await owner.add(radarr, name="4K", is_4k=True)
    of_series = await owner.add(sonarr)
    defaults = (first.is_default, second.is_default, for_4k.is_default)
    assert (*defaults, of_series.is_default) == (True, False, True, True)

    await owner.update(second, is_default=True)
    assert await flags(owner) == {"Second", "4K", "Sonarr"}
    third = await owner.add(radarr, name="Third", is_default=True)
    assert await flags(owner) == {"Third", "4K", "Sonarr"}
    assert (
        await owner.refused("UpdateFulfiller", **update_of(third, is_default=False))
    )[:2] == ("FAILED_PRECONDITION", "default_needed")
    await owner.call("DeleteFulfiller", fulfiller_id=third.id)
    assert await flags(owner) == {"Radarr", "4K", "Sonarr"}


async def test_who_is_no_longer_the_default_is_told_of_as_well(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    first = await owner.add(radarr)
    second = await owner.add(radarr, is_default=True)
    await owner.call("DeleteFulfiller", fulfiller_id=second.id)

    rows = await house.database.fetch("SELECT type, key FROM outbox ORDER BY id")

    assert [(each["type"], each["key"]) for each in rows] == [
        ("fulfiller.added", first.id),
        ("fulfiller.changed", first.id),
        ("fulfiller.added", second.id),
        ("fulfiller.removed", second.id),
        ("fulfiller.changed", first.id),
    ]


async def flags(owner: Visitor, name: str = "is_default") -> set[str]:
    listed = await owner.call("ListFulfillers")
    return {each.name for each in listed.fulfillers if getattr(each, name)}


async def test_there_is_one_default_whoever_makes_one_at_the_same_time(
    owner: Visitor, radarr: Radarr
) -> None:
    await asyncio.gather(
        *(owner.add(radarr, name=f"{each}", is_default=True) for each in range(10))
    )
    added = (await owner.call("ListFulfillers")).fulfillers
    await asyncio.gather(
        *(owner.update(each, is_anime=True) for each in added),
        *(owner.update(each, is_default=True) for each in added),
        return_exceptions=True,
    )

    assert len(await flags(owner)) == 1
    assert len(await flags(owner, "is_anime")) == 1


async def test_who_gets_what_nobody_chose_for(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr, sonarr: Sonarr
) -> None:
    plain = await owner.add(radarr, anime_defaults={"folder": "/anime"})
    anime = await owner.add(radarr, name="Anime", is_anime=True)

    async def who(kind: FulfillerKind, *, is_4k: bool, is_anime: bool) -> str | None:
        found = await house.appointed.default(kind, is_4k=is_4k, is_anime=is_anime)
        return found and found.name

    of_films = FulfillerKind.RADARR
    assert await who(of_films, is_4k=False, is_anime=False) == "Radarr"
    assert await who(of_films, is_4k=False, is_anime=True) == "Anime"
    assert await who(of_films, is_4k=True, is_anime=False) is None
    assert await who(FulfillerKind.SONARR, is_4k=False, is_anime=False) is None
    await owner.update(anime, is_enabled=False)
    assert await who(of_films, is_4k=False, is_anime=True) == "Radarr"
    with pytest.raises(FulfillerMissing, match="switched off"):
        await house.appointed.of(UUID(anime.id))
    with pytest.raises(FulfillerMissing):
        await house.appointed.of(uuid4())
    await owner.update(plain, is_enabled=False)
    assert await who(of_films, is_4k=False, is_anime=False) is None


async def test_what_was_chosen_is_completed_and_can_be_ordered(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr, anime_defaults={"folder": "/anime", "tags": ["x"]})
    known = await house.appointed.of(UUID(added.id))

    one = Choices(profile_id=5)
    assert known.choices(one, is_anime=False) == Choices(known.id, 5, "/movies")
    assert known.choices(one, is_anime=True) == Choices(known.id, 5, "/anime", ("x",))
    assert (known.address, known.kind) == (radarr.url, FulfillerKind.RADARR)
    assert [each.id for each in await house.appointed.all()] == [known.id]
    assert await known.fulfiller.find(MATRIX) is None


WRONG = [
    ("name", "", "name has"),
    ("name", "x" * 101, "name has"),
    ("name", "a\0b", "name has"),
    ("kind", 0, "kind is one of"),
    ("kind", 99, "kind is one of"),
    ("address", "", "address begins with http"),
    ("address", "ftp://radarr.lan", "address begins with http"),
    ("address", "http://me:secret@radarr.lan", "address ends with"),
    ("address", "http://radarr.lan/?apikey=secret", "address ends with"),
    ("address", "http://radarr.lan\nx", "address has at most"),
    ("address", "http://" + "x" * 500, "address has at most"),
    ("address", "http://a..b", "address has what is no name"),
    ("address", "http://" + "x" * 64, "address has what is no name"),
    ("address", "http://xn--ü", "address has what is no name"),
    ("address", "http://169.254.169.254", "address is not one of this link"),
    ("address", "http://[fe80::1]:7878", "address is not one of this link"),
    ("address", "http://[::ffff:169.254.169.254]", "address is not one of this link"),
    ("api_key", "", "api_key has 1 to 500"),
    ("api_key", "x" * 501, "api_key has 1 to 500"),
    ("api_key", "new\r\nHeader: line", "api_key is one word"),
    ("defaults", {}, "defaults have a profile_id and a folder"),
    ("defaults", {"profile_id": 4}, "defaults have a profile_id and a folder"),
    ("defaults", {"profile_id": -1, "folder": "/m"}, "defaults.profile_id is"),
    ("defaults", {"profile_id": 4, "folder": "x" * 1001}, "defaults.folder has"),
    ("defaults", {"profile_id": 4, "folder": "/\0"}, "defaults.folder has"),
    ("anime_defaults", {"tags": ["x"] * 2 + [""]}, "anime_defaults.tags are"),
    ("anime_defaults", {"tags": ["x" * 51]}, "anime_defaults.tags are"),
    ("anime_defaults", {"tags": [str(n) for n in range(21)]}, "anime_defaults.tags"),
]


@pytest.mark.parametrize(("field", "value", "message"), WRONG)
async def test_what_is_wrong_is_said_with_its_field(
    owner: Visitor, radarr: Radarr, field: str, value: object, message: str
) -> None:
    code, _, said = await owner.refused(
        "CreateFulfiller", **fields_of(radarr, **{field: value})
    )

    assert code == "INVALID_ARGUMENT"
    assert said.startswith(message)
    added = await owner.add(radarr)
    if field != "kind":
        update = update_of(added, **{field: value})
        assert (await owner.refused("UpdateFulfiller", **update))[2].startswith(message)


@pytest.mark.parametrize("host", ["a..b", "x" * 64, "xn--ü"])
async def test_what_is_no_host_is_refused_and_one_that_was_kept_is_away(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr, host: str
) -> None:
    tried = {"kind": Kind.RADARR, "address": f"http://{host}", "api_key": radarr.key}
    refusal = await owner.refused("TestFulfiller", **tried)
    added = await owner.add(radarr)
    await house.database.execute("UPDATE fulfillers SET address = $1", f"http://{host}")

    listed = await owner.call("GetFulfillerChoices")
    kept = await owner.refused("TestFulfiller", fulfiller_id=added.id)

    assert refusal[0] == "INVALID_ARGUMENT"
    assert refusal[2].startswith("address has what is no name")
    assert listed.choices[0].warning
    assert kept[0] in {"UNAVAILABLE", "INVALID_ARGUMENT", "FAILED_PRECONDITION"}


async def test_another_address_takes_the_key_again(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    elsewhere = {"address": "http://elsewhere.lan:7878"}

    refusal = await owner.refused("UpdateFulfiller", **update_of(added, **elsewhere))
    changed = await owner.update(added, **elsewhere, api_key="another")

    assert refusal[2] == "Another address takes the API key again."
    assert changed.address == "http://elsewhere.lan:7878"


@pytest.mark.parametrize(
    "id_", ["", "1", "null", "../../etc", "é" * 5000, "'; DROP TABLE fulfillers; --"]
)
async def test_an_id_that_is_none_is_missing(owner: Visitor, id_: str) -> None:
    for method in ("GetFulfiller", "DeleteFulfiller", "GetFulfillerOptions"):
        assert (await owner.refused(method, fulfiller_id=id_))[1] == "fulfiller_missing"
    update = {"fulfiller_id": id_, "update_mask": {"paths": ["name"]}}
    assert (await owner.refused("UpdateFulfiller", **update))[1] == "fulfiller_missing"


async def test_versions_masks_and_page_tokens_are_held_to(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr)
    for method in ("UpdateFulfiller", "DeleteFulfiller"):
        fields = update_of(added, 9, name="x")
        if method == "DeleteFulfiller":
            fields = {"fulfiller_id": added.id, "if_version": 9}
        assert (await owner.refused(method, **fields))[:2] == (
            "ABORTED",
            "version_changed",
        )
    for paths in ([], ["id"], ["name", "kind"], ["is_4k"]):
        update = {"fulfiller_id": added.id, "update_mask": {"paths": paths}}
        said = (await owner.refused("UpdateFulfiller", **update))[2]
        assert said.startswith("update_mask names")
    refusal = await owner.refused("ListFulfillers", page_token="made up")
    assert refusal[1] == "page_token_invalid"
    assert (await owner.refused("ListFulfillers", page_size=101))[1] == "invalid"


async def test_lists_come_in_pages_and_end(
    house: FulfillersHouse, owner: Visitor, radarr: Radarr
) -> None:
    for number in range(5):
        await owner.add(radarr, name=f"{number}")
    names, token = [], ""
    for _ in range(3):
        page = await owner.call("ListFulfillers", page_size=2, page_token=token)
        names += [each.name for each in page.fulfillers]
        token = page.next_page_token

    assert (names, token) == (["0", "1", "2", "3", "4"], "")
    await house.database.execute(
        """
        INSERT INTO fulfillers
        SELECT gen_random_uuid(), name, kind, address, key_sealed, is_4k, false, false,
               is_enabled, profile_id, folder, tags, 0, '', '{}', created_at
          FROM fulfillers, generate_series(1, 95)
         WHERE name = '0'
        """
    )
    refusal = await owner.refused("CreateFulfiller", **fields_of(radarr))
    assert refusal[:2] == ("FAILED_PRECONDITION", "fulfillers_full")


async def test_only_those_who_may_enter(door: aio.Channel, radarr: Radarr) -> None:
    methods = {
        "CreateFulfiller": fields_of(radarr),
        "GetFulfiller": {"fulfiller_id": AN_ID},
        "ListFulfillers": {},
        "UpdateFulfiller": {"fulfiller_id": AN_ID},
        "DeleteFulfiller": {"fulfiller_id": AN_ID},
        "TestFulfiller": {"fulfiller_id": AN_ID},
        "GetFulfillerOptions": {"fulfiller_id": AN_ID},
    }
    for caller, code in (
        (None, "UNAUTHENTICATED"),
        (FRIEND, "PERMISSION_DENIED"),
        (CHOOSER, "PERMISSION_DENIED"),
    ):
        for method, fields in methods.items():
            visitor = Visitor(door, caller)
            assert (await visitor.refused(method, **fields))[0] == code
    assert (await Visitor(door, FRIEND).refused("GetFulfillerChoices"))[0] == (
        "PERMISSION_DENIED"
    )
    assert (await Visitor(door, None).refused("GetFulfillerChoices"))[0] == (
        "UNAUTHENTICATED"
    )
