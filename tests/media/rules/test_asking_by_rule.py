"""Asking in a house that has rules and a short list, through the doors of all."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from kit.postgres import Database
from medianest.media.v1 import choices_pb2, request_profiles_pb2, requests_pb2
from medianest.media.v1 import rules_pb2 as wire
from services.media.domain.requests.permissions import (
    MANAGE_USERS,
    REQUEST,
    REQUEST_ADVANCED,
)
from services.media.store.telling.people import PostgresPeople
from tests.media.requests.house import ADA, BOB, MANAGER, Shelf, a_caller
from tests.media.rules.house import Visit, Visitor

FRIEND = replace(ADA, role="friend")
CHOOSER = a_caller("Chooser", 5, REQUEST_ADVANCED)
Request = requests_pb2.MediaRequest


def asking(title_id: object, **fields: Any) -> requests_pb2.CreateMediaRequestRequest:
    return requests_pb2.CreateMediaRequestRequest(title_id=str(title_id), **fields)


async def ask(visitor: Visitor, title_id: object, **fields: Any) -> Request:
    made: Request = await visitor.call("CreateMediaRequest", asking(title_id, **fields))
    return made


async def as_managed(visit: Visit, made: Request) -> Request:
    """As those see it who may see how it is to be fulfilled."""
    seen: Request = await visit(MANAGER).call(
        "GetMediaRequest", requests_pb2.GetMediaRequestRequest(request_id=made.id)
    )
    return seen


async def rules_in_history(visit: Visit, made: Request) -> Sequence[str]:
    told = await visit(MANAGER).call(
        "ListRequestHistory", requests_pb2.ListRequestHistoryRequest(request_id=made.id)
    )
    found: Sequence[str] = told.steps[0].rule_ids
    return list(found)


async def test_a_rule_approves_and_history_tells_which(
    keeper: Visitor, visit: Visit, shelf: Shelf
) -> None:
    first, second = await shelf.titles(2)
    before = await ask(visit(FRIEND), first)

    rule = await keeper.make(
        "Friends", conditions=wire.RequestRuleConditions(roles=["friend"])
    )
    friends = await ask(visit(FRIEND), second)
    third = await shelf.title("Third")
    bobs = await ask(visit(BOB), third)

    assert before.state == bobs.state == Request.PENDING
    assert friends.state == Request.APPROVED
    assert await rules_in_history(visit, friends) == [rule.id]
    assert await rules_in_history(visit, bobs) == []


async def test_a_rule_chooses_what_nobody_else_chose(
    keeper: Visitor, visit: Visit, shelf: Shelf
) -> None:
    films = await shelf.titles(2)
    await keeper.make(
        "Horror",
        conditions=wire.RequestRuleConditions(genres_any=["Horror"]),
        choices=choices_pb2.Choices(folder="/horror"),
    )
    drama = await keeper.make(
        "Drama",
        conditions=wire.RequestRuleConditions(genres_any=["Drama"]),
        choices=choices_pb2.Choices(folder="/drama", tags=["drama"]),
    )
    await keeper.make("All", choices=choices_pb2.Choices(folder="/all", profile_id=9))

    plain = await ask(visit(ADA), films[0])
    chosen = await ask(
        visit(CHOOSER), films[1], choices=choices_pb2.Choices(folder="/mine")
    )

    assert (await as_managed(visit, plain)).choices == choices_pb2.Choices(
        folder="/drama", tags=["drama"]
    )
    assert (await as_managed(visit, chosen)).choices == choices_pb2.Choices(
        folder="/mine", tags=["drama"]
    )
    assert await rules_in_history(visit, plain) == [drama.id]


async def test_size_is_what_asking_estimates(
    keeper: Visitor, visit: Visit, shelf: Shelf
) -> None:
    film, other = await shelf.titles(2)
    small = await keeper.make(
        "Small", conditions=wire.RequestRuleConditions(size_to_gb=10)
    )

    told = await keeper.call(
        "ExplainRequestRules", wire.ExplainRequestRulesRequest(title_id=str(film))
    )
    in_4k = await keeper.call(
        "ExplainRequestRules",
        wire.ExplainRequestRulesRequest(title_id=str(film), is_4k=True),
    )
    made = await ask(visit(ADA), other)

    # 110 minutes, where nobody knows better.
    assert round(told.size_gb, 1) == 7.3
    assert (told.approved_by, in_4k.approved_by) == (small.id, "")
    assert in_4k.sayings[0].why == "Its estimated size is 22 GB."
    assert made.state == Request.APPROVED


async def test_a_profile_of_the_short_list_needs_no_permission_to_choose(
    keeper: Visitor, visit: Visit, shelf: Shelf
) -> None:
    films = await shelf.titles(3)

    async def profile(name: str, **fields: Any) -> str:
        made = await keeper.call(
            "CreateRequestProfile",
            request_profiles_pb2.CreateRequestProfileRequest(
                profile=request_profiles_pb2.RequestProfile(
                    name=name, **{"kind": "MOVIE", **fields}
                )
            ),
        )
        return str(made.id)

    german = await profile(
        "German 1080p",
        roles=["friend"],
        choices=choices_pb2.Choices(profile_id=4, folder="/de"),
    )
    series = await profile("German 1080p", kind="SERIES")
    await keeper.make(
        "All", choices=choices_pb2.Choices(folder="/all", tags=["everything"])
    )

    made = await ask(visit(FRIEND), films[0], request_profile_id=german)
    bob = visit(BOB)

    assert (await as_managed(visit, made)).choices == choices_pb2.Choices(
        profile_id=4, folder="/de", tags=["everything"]
    )
    assert await bob.refused(
        "CreateMediaRequest", asking(films[1], request_profile_id=german)
    ) == ("PERMISSION_DENIED request_profile_not_allowed")
    assert await bob.refused(
        "CreateMediaRequest", asking(films[1], request_profile_id=str(uuid4()))
    ) == ("NOT_FOUND request_profile_missing")
    assert await bob.refused(
        "CreateMediaRequest", asking(films[1], request_profile_id=series)
    ) == ("INVALID_ARGUMENT request_profile_invalid")
    for text in ("x", "\0", "{" + german + "}"):
        assert await bob.refused(
            "CreateMediaRequest", asking(films[1], request_profile_id=text)
        ) == ("INVALID_ARGUMENT invalid")
    in_words = requests_pb2.CreateMediaRequestRequest(
        words="A book", request_profile_id=german
    )
    assert await visit(FRIEND).refused("CreateMediaRequest", in_words) == (
        "INVALID_ARGUMENT invalid"
    )
    await keeper.call(
        "DeleteRequestProfile",
        request_profiles_pb2.DeleteRequestProfileRequest(profile_id=german),
    )
    assert (await as_managed(visit, made)).choices.folder == "/de"


async def test_a_rule_goes_by_the_role_of_who_it_is_asked_for(
    keeper: Visitor, visit: Visit, shelf: Shelf, database: Database
) -> None:
    first, second = await shelf.titles(2)
    rule = await keeper.make(
        "Friends", conditions=wire.RequestRuleConditions(roles=["friend"])
    )
    boss = replace(MANAGER, role="boss", permissions=1 << MANAGE_USERS | 1 << REQUEST)
    friend = requests_pb2.Requester(user_id=FRIEND.user_id, name=FRIEND.name)
    people = PostgresPeople(database)
    await people.is_in(FRIEND.user_id, "viewer", 7, suspended=False)
    before = await ask(visit(boss), first, requested_for=friend)
    await people.is_in(FRIEND.user_id, "friend", 8, suspended=False)

    after = await ask(visit(boss), second, requested_for=friend)

    assert (before.state, after.state) == (Request.PENDING, Request.APPROVED)
    assert await rules_in_history(visit, after) == [rule.id]
