"""What comes through the door of the rules, and what does not."""

from uuid import uuid4

import pytest

from medianest.media.v1 import choices_pb2, rules_pb2
from medianest.media.v1 import rules_pb2 as wire
from tests.media.requests.house import ADA, MANAGER, OWNER, Shelf
from tests.media.rules.house import Visit, Visitor

NOBODYS = "00000000-0000-7000-8000-000000000000"
CALLS = {
    "CreateRequestRule": wire.CreateRequestRuleRequest(
        rule=wire.RequestRule(name="Rule", approves=True)
    ),
    "GetRequestRule": wire.GetRequestRuleRequest(rule_id=str(uuid4())),
    "ListRequestRules": wire.ListRequestRulesRequest(),
    "UpdateRequestRule": wire.UpdateRequestRuleRequest(),
    "MoveRequestRule": wire.MoveRequestRuleRequest(rule_id=str(uuid4()), position=1),
    "DeleteRequestRule": wire.DeleteRequestRuleRequest(rule_id=str(uuid4())),
    "ExplainRequestRules": wire.ExplainRequestRulesRequest(title_id=str(uuid4())),
}


def creating(**fields: object) -> wire.CreateRequestRuleRequest:
    rule = wire.RequestRule(**{"name": "Rule", "approves": True, **fields})  # type: ignore[arg-type]
    return wire.CreateRequestRuleRequest(rule=rule)


@pytest.mark.parametrize("method", CALLS)
async def test_only_who_manages_settings_has_to_do_with_rules(
    visit: Visit, method: str
) -> None:
    service = rules_pb2.DESCRIPTOR.services_by_name["RequestRulesService"]
    assert set(CALLS) == set(service.methods_by_name)

    refused = [
        await visit(who).refused(method, CALLS[method]) for who in (None, ADA, MANAGER)
    ]

    assert refused[0].startswith("UNAUTHENTICATED")
    assert {each.split()[0] for each in refused[1:]} == {"PERMISSION_DENIED"}
    assert await visit(OWNER).names() == []


@pytest.mark.parametrize("text", ["", "x", "a\0b", "é" * 10_000, NOBODYS])
async def test_an_id_of_no_rule_finds_none(keeper: Visitor, text: str) -> None:
    change = wire.UpdateRequestRuleRequest(rule=wire.RequestRule(id=text))
    change.update_mask.paths.append("enabled")
    requests = {
        "GetRequestRule": wire.GetRequestRuleRequest(rule_id=text),
        "DeleteRequestRule": wire.DeleteRequestRuleRequest(rule_id=text),
        "MoveRequestRule": wire.MoveRequestRuleRequest(rule_id=text, position=1),
        "UpdateRequestRule": change,
    }

    for method, request in requests.items():
        assert await keeper.refused(method, request) == (
            "NOT_FOUND request_rule_missing"
        )


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 101},
        {"name": "a\0b"},
        {"approves": False},
        {"choices": choices_pb2.Choices(profile_id=-1)},
        {"choices": choices_pb2.Choices(folder="/" * 1001)},
        {"choices": choices_pb2.Choices(folder="/a\0")},
        {"choices": choices_pb2.Choices(tags=["t"] * 21)},
        {"choices": choices_pb2.Choices(tags=["t" * 51])},
        {"choices": choices_pb2.Choices(tags=[""])},
        {"conditions": wire.RequestRuleConditions(user_ids=["a\0"])},
        {"conditions": wire.RequestRuleConditions(year_from=-(2**31))},
        {"conditions": wire.RequestRuleConditions(rating_from=float("nan"))},
        {"conditions": wire.RequestRuleConditions(languages=["en'; --"])},
    ],
)
async def test_a_rule_that_cannot_be_is_refused(
    keeper: Visitor, fields: dict[str, object]
) -> None:
    assert await keeper.refused("CreateRequestRule", creating(**fields)) == (
        "INVALID_ARGUMENT request_rule_invalid"
    )
    assert await keeper.names() == []


async def test_what_is_of_another_type_is_refused(keeper: Visitor) -> None:
    for fulfiller in ("x", "{0190f6a2-5c5e-7c7e-8d7a-0c5a3b1f2e4d}", "\0"):
        choices = choices_pb2.Choices(fulfiller_id=fulfiller)
        assert await keeper.refused("CreateRequestRule", creating(choices=choices)) == (
            "INVALID_ARGUMENT invalid"
        )
    for kind in (0, 7, -1):
        conditions = wire.RequestRuleConditions(kinds=[kind])  # type: ignore[list-item]
        request = creating(conditions=conditions)
        assert await keeper.refused("CreateRequestRule", request) == (
            "INVALID_ARGUMENT invalid"
        )
    assert await keeper.refused("CreateRequestRule", creating(), key="k" * 256) == (
        "INVALID_ARGUMENT invalid"
    )


async def test_a_name_is_had_by_one(keeper: Visitor) -> None:
    await keeper.make("Kids")
    other = await keeper.make("Other")

    taken = "ALREADY_EXISTS request_rule_exists"
    assert await keeper.refused("CreateRequestRule", creating(name=" kIDS ")) == taken
    change = wire.UpdateRequestRuleRequest(
        rule=wire.RequestRule(id=other.id, name="KIDS")
    )
    change.update_mask.paths.append("name")
    assert await keeper.refused("UpdateRequestRule", change) == taken


@pytest.mark.parametrize(
    "paths",
    [
        [],
        ["position"],
        ["version"],
        ["id"],
        ["conditions."],
        ["conditions.nothing"],
        ["conditions.is_4k.deeper"],
        ["name.first"],
        ["enabled", "\0"],
    ],
)
async def test_a_mask_names_what_can_be_changed(
    keeper: Visitor, paths: list[str]
) -> None:
    made = await keeper.make("Kids")
    request = wire.UpdateRequestRuleRequest(rule=wire.RequestRule(id=made.id))
    request.update_mask.paths.extend(paths)

    assert await keeper.refused("UpdateRequestRule", request) == (
        "INVALID_ARGUMENT invalid"
    )


async def test_a_change_may_not_leave_a_rule_that_cannot_be(keeper: Visitor) -> None:
    made = await keeper.make("Kids")
    request = wire.UpdateRequestRuleRequest(rule=wire.RequestRule(id=made.id))
    request.update_mask.paths.append("approves")

    assert await keeper.refused("UpdateRequestRule", request) == (
        "INVALID_ARGUMENT request_rule_invalid"
    )
    request.rule.approves, request.if_version = True, 2
    assert await keeper.refused("UpdateRequestRule", request) == (
        "ABORTED version_changed"
    )
    delete = wire.DeleteRequestRuleRequest(rule_id=made.id, if_version=2)
    assert await keeper.refused("DeleteRequestRule", delete) == (
        "ABORTED version_changed"
    )
    for position in (0, -1, 201, 2**31 - 1):
        move = wire.MoveRequestRuleRequest(rule_id=made.id, position=position)
        assert await keeper.refused("MoveRequestRule", move) == (
            "INVALID_ARGUMENT request_rule_invalid"
        )


async def test_a_list_takes_only_what_it_gave(keeper: Visitor) -> None:
    for size in (-1, 101):
        request = wire.ListRequestRulesRequest(page_size=size)
        assert await keeper.refused("ListRequestRules", request) == (
            "INVALID_ARGUMENT invalid"
        )
    for token in ("x", "é", "A" * 10_000):
        request = wire.ListRequestRulesRequest(page_token=token)
        assert await keeper.refused("ListRequestRules", request) == (
            "INVALID_ARGUMENT page_token_invalid"
        )


async def test_only_what_may_be_asked_for_is_explained(
    keeper: Visitor, shelf: Shelf
) -> None:
    title_id = str(await shelf.title())

    async def refused(**fields: object) -> str:
        request = wire.ExplainRequestRulesRequest(**{"title_id": title_id, **fields})  # type: ignore[arg-type]
        return await keeper.refused("ExplainRequestRules", request)

    for text in ("", "x", "\0"):
        assert await refused(title_id=text) == "INVALID_ARGUMENT invalid"
    assert await refused(title_id=str(uuid4())) == "NOT_FOUND title_missing"
    for wrong in (
        {"user_id": "x" * 101},
        {"user_id": "\0"},
        {"role": "r" * 33},
    ):
        assert await refused(**wrong) == "INVALID_ARGUMENT invalid"
    for seasons in ([-1], [10_001], range(201), [1, 1], [1]):
        assert await refused(seasons=seasons) == "INVALID_ARGUMENT seasons_invalid"
