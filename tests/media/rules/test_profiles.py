"""The short list of profiles: who keeps it, and who may choose what of it."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from kit.clock import SystemClock
from kit.postgres import Database
from medianest.media.v1 import choices_pb2, request_profiles_pb2, titles_pb2
from medianest.media.v1 import request_profiles_pb2 as wire
from services.media.domain.request_profiles import (
    RequestProfileInvalid,
    RequestProfileMissing,
    RequestProfileNotAllowed,
    ShortList,
)
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind
from services.media.store.request_profiles import PostgresProfiles
from tests.media.requests.house import ADA, BOB, MANAGER, Shelf
from tests.media.rules.house import KEEPER, Visit, Visitor

FRIEND = replace(ADA, role="friend")
CALLS = {
    "CreateRequestProfile": wire.CreateRequestProfileRequest(),
    "UpdateRequestProfile": wire.UpdateRequestProfileRequest(),
    "DeleteRequestProfile": wire.DeleteRequestProfileRequest(),
    "ListRequestProfiles": wire.ListRequestProfilesRequest(),
}


def creating(**fields: Any) -> wire.CreateRequestProfileRequest:
    profile = wire.RequestProfile(
        **{"name": "German 1080p", "kind": titles_pb2.MOVIE, **fields}
    )
    return wire.CreateRequestProfileRequest(profile=profile)


async def make(keeper: Visitor, name: str, **fields: Any) -> wire.RequestProfile:
    made: wire.RequestProfile = await keeper.call(
        "CreateRequestProfile", creating(name=name, **fields)
    )
    return made


async def listed(
    visitor: Visitor, kind: titles_pb2.Kind.ValueType = titles_pb2.Kind.KIND_ANY
) -> list[wire.RequestProfile]:
    found: list[wire.RequestProfile] = []
    token = ""
    while True:
        page = await visitor.call(
            "ListRequestProfiles",
            wire.ListRequestProfilesRequest(page_size=2, page_token=token, kind=kind),
        )
        found += page.profiles
        token = page.next_page_token
        if not token:
            return found


async def test_people_see_what_they_may_choose_by_rank_and_name(
    keeper: Visitor, visit: Visit
) -> None:
    choices = choices_pb2.Choices(profile_id=4, folder="/secret/place")
    await make(keeper, "zebra", choices=choices)
    await make(keeper, "Apple", choices=choices)
    await make(keeper, "Best", rank=1, roles=["friend"])
    await make(keeper, "Ada's", rank=2, user_ids=[ADA.user_id], roles=["kid"])
    await make(keeper, "First", kind=titles_pb2.SERIES)

    everything = await listed(keeper)
    friends = await listed(visit(FRIEND))
    bobs = await listed(visit(BOB), titles_pb2.MOVIE)

    names = ["Apple", "First", "zebra", "Best", "Ada's"]
    assert [each.name for each in everything] == names
    assert [each.name for each in friends] == names
    assert [each.name for each in bobs] == ["Apple", "zebra"]
    assert everything[0].choices == choices
    assert everything[4].user_ids == [ADA.user_id]
    assert not any(
        each.HasField("choices") or each.roles or each.user_ids for each in friends
    )


async def test_what_the_mask_names_is_changed(keeper: Visitor) -> None:
    made = await make(
        keeper, "One", choices=choices_pb2.Choices(profile_id=4, folder="/a")
    )
    request = wire.UpdateRequestProfileRequest(
        profile=wire.RequestProfile(
            id=made.id,
            name="ignored",
            rank=7,
            choices=choices_pb2.Choices(folder="/b"),
        ),
        if_version=1,
    )
    request.update_mask.paths.extend(["rank", "choices.folder"])

    changed = await keeper.call("UpdateRequestProfile", request)

    assert (changed.name, changed.rank, changed.version) == ("One", 7, 2)
    assert changed.choices == choices_pb2.Choices(profile_id=4, folder="/b")
    refused = await keeper.refused("UpdateRequestProfile", request)
    assert refused == "ABORTED version_changed"
    for path in ("created_at", "id", "choices.x", "", "version"):
        request.update_mask.paths[:] = [path]
        assert await keeper.refused("UpdateRequestProfile", request) == (
            "INVALID_ARGUMENT invalid"
        )
    delete = wire.DeleteRequestProfileRequest(profile_id=made.id, if_version=1)
    assert await keeper.refused("DeleteRequestProfile", delete) == (
        "ABORTED version_changed"
    )
    delete.if_version = 2
    await keeper.call("DeleteRequestProfile", delete)
    assert await listed(keeper) == []


async def test_many_who_change_it_at_once_are_all_heard(keeper: Visitor) -> None:
    made = await make(keeper, "One")

    def change(path: str, **fields: Any) -> Any:
        request = wire.UpdateRequestProfileRequest(
            profile=wire.RequestProfile(id=made.id, **fields)
        )
        request.update_mask.paths.append(path)
        return keeper.call("UpdateRequestProfile", request)

    await asyncio.gather(
        change("name", name="Two"),
        change("rank", rank=3),
        change("roles", roles=["friend"]),
        change("choices.folder", choices=choices_pb2.Choices(folder="/b")),
    )

    [seen] = await listed(keeper)
    assert (seen.name, seen.rank, seen.version) == ("Two", 3, 5)
    assert (list(seen.roles), seen.choices.folder) == (["friend"], "/b")


async def test_there_are_a_hundred_also_at_once(
    keeper: Visitor, database: Database
) -> None:
    results = await asyncio.gather(
        *(
            keeper.call("CreateRequestProfile", creating(name=f"Profile {number}"))
            for number in range(110)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, wire.RequestProfile) for each in results) == 100
    assert await database.fetchval("SELECT count(id) FROM request_profiles") == 100
    assert await keeper.refused("CreateRequestProfile", creating()) == (
        "FAILED_PRECONDITION too_many_request_profiles"
    )


async def test_a_name_is_had_once_for_each_kind(keeper: Visitor) -> None:
    await make(keeper, "German 1080p", kind=titles_pb2.SERIES)
    first = await keeper.call("CreateRequestProfile", creating(), key="k")

    assert await keeper.call("CreateRequestProfile", creating(), key="k") == first
    assert await keeper.refused(
        "CreateRequestProfile", creating(name="GERMAN 1080P ")
    ) == ("ALREADY_EXISTS request_profile_exists")


@pytest.mark.parametrize("method", CALLS)
async def test_who_keeps_no_settings_keeps_no_list(visit: Visit, method: str) -> None:
    service = request_profiles_pb2.DESCRIPTOR.services_by_name["RequestProfilesService"]
    assert set(CALLS) == set(service.methods_by_name)

    assert (await visit(None).refused(method, CALLS[method])).startswith(
        "UNAUTHENTICATED"
    )
    if method != "ListRequestProfiles":
        for who in (ADA, MANAGER):
            assert (await visit(who).refused(method, CALLS[method])).startswith(
                "PERMISSION_DENIED"
            )


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\0"},
        {"rank": -1},
        {"rank": 1001},
        {"roles": [""]},
        {"roles": ["r" * 33]},
        {"roles": [str(number) for number in range(51)]},
        {"user_ids": ["\0"]},
        {"user_ids": ["u" * 101]},
        {"choices": choices_pb2.Choices(profile_id=-1)},
        {"choices": choices_pb2.Choices(tags=["\0"])},
    ],
)
async def test_a_profile_that_cannot_be_is_refused(
    keeper: Visitor, fields: dict[str, Any]
) -> None:
    assert await keeper.refused("CreateRequestProfile", creating(**fields)) == (
        "INVALID_ARGUMENT request_profile_invalid"
    )


async def test_what_is_of_another_type_is_refused(keeper: Visitor) -> None:
    for kind in (0, 9, -1):
        assert await keeper.refused("CreateRequestProfile", creating(kind=kind)) == (
            "INVALID_ARGUMENT invalid"
        )
    wrong = creating(choices=choices_pb2.Choices(fulfiller_id="x"))
    assert await keeper.refused("CreateRequestProfile", wrong) == (
        "INVALID_ARGUMENT invalid"
    )
    for text in ("", "x", "\0", str(uuid4())):
        request = wire.DeleteRequestProfileRequest(profile_id=text)
        assert await keeper.refused("DeleteRequestProfile", request) == (
            "NOT_FOUND request_profile_missing"
        )
    for page in (
        wire.ListRequestProfilesRequest(page_size=101),
        wire.ListRequestProfilesRequest(kind=9),  # type: ignore[arg-type]
        wire.ListRequestProfilesRequest(page_token="x"),
    ):
        assert (await keeper.refused("ListRequestProfiles", page)).startswith(
            "INVALID_ARGUMENT"
        )


async def test_a_profile_chooses_for_those_it_is_for(
    keeper: Visitor, database: Database
) -> None:
    short_list = ShortList(PostgresProfiles(database), SystemClock())
    made = await make(
        keeper, "A", roles=["friend"], choices=choices_pb2.Choices(folder="/a")
    )
    profile_id = UUID(made.id)

    for who in (FRIEND, KEEPER):
        chosen = await short_list.choices(profile_id, Kind.MOVIE, who)
        assert chosen == Choices(folder="/a")
    with pytest.raises(RequestProfileNotAllowed):
        await short_list.choices(profile_id, Kind.MOVIE, BOB)
    with pytest.raises(RequestProfileInvalid):
        await short_list.choices(profile_id, Kind.SERIES, FRIEND)
    with pytest.raises(RequestProfileMissing):
        await short_list.choices(uuid4(), Kind.MOVIE, FRIEND)


async def test_a_profile_chooses_only_who_gets_its_kind(
    keeper: Visitor, shelf: Shelf
) -> None:
    sonarr = await shelf.fulfiller("sonarr")
    for chosen in (uuid4(), sonarr):
        asked = creating(choices=choices_pb2.Choices(fulfiller_id=str(chosen)))
        assert await keeper.refused("CreateRequestProfile", asked) == (
            "INVALID_ARGUMENT fulfiller_unfit"
        )
