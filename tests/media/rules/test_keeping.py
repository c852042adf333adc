"""Rules are kept in an order that nobody's hand loses."""

import asyncio
import random
from uuid import uuid4

from kit.postgres import Database
from medianest.media.v1 import choices_pb2, titles_pb2
from medianest.media.v1 import rules_pb2 as wire
from tests.media.requests.house import Shelf
from tests.media.rules.house import Visitor


async def test_a_rule_comes_back_as_it_was_made(keeper: Visitor, shelf: Shelf) -> None:
    asked = wire.RequestRule(
        name="  Anime 🎬 ",
        conditions=wire.RequestRuleConditions(
            user_ids=["ada", "bob"],
            roles=["friend"],
            kinds=[titles_pb2.SERIES],
            is_4k=False,
            genres_any=["Animation"],
            genres_none=["Horror"],
            languages=["JA"],
            year_from=1990,
            year_to=2030,
            rating_from=6.5,
            rating_to=10,
            size_from_gb=0.5,
            size_to_gb=80,
        ),
        approves=True,
        choices=choices_pb2.Choices(
            fulfiller_id=str(await shelf.fulfiller("sonarr")),
            profile_id=4,
            folder="/anime",
            tags=["anime"],
        ),
    )

    made = await keeper.call(
        "CreateRequestRule", wire.CreateRequestRuleRequest(rule=asked)
    )
    got = await keeper.call(
        "GetRequestRule", wire.GetRequestRuleRequest(rule_id=made.id)
    )

    assert got == made
    assert (made.name, made.position, made.version) == ("Anime 🎬", 1, 1)
    assert made.enabled
    assert made.choices == asked.choices
    asked.conditions.languages[:] = ["ja"]
    assert made.conditions == asked.conditions


async def test_a_rule_chooses_only_who_gets_what_it_is_for(
    keeper: Visitor, shelf: Shelf
) -> None:
    radarr, sonarr = await shelf.fulfiller(), await shelf.fulfiller("sonarr")
    films = wire.RequestRuleConditions(kinds=[titles_pb2.MOVIE])
    both = wire.RequestRuleConditions()

    for chosen, conditions in ((uuid4(), films), (sonarr, films), (radarr, both)):
        rule = wire.RequestRule(
            name="Films",
            conditions=conditions,
            choices=choices_pb2.Choices(fulfiller_id=str(chosen)),
        )
        assert await keeper.refused(
            "CreateRequestRule", wire.CreateRequestRuleRequest(rule=rule)
        ) == ("INVALID_ARGUMENT fulfiller_unfit")
    rule.conditions.CopyFrom(films)
    await keeper.call("CreateRequestRule", wire.CreateRequestRuleRequest(rule=rule))


async def test_what_the_mask_names_is_changed_and_nothing_else(keeper: Visitor) -> None:
    made = await keeper.make(
        "Kids",
        conditions=wire.RequestRuleConditions(
            genres_any=["Family"], is_4k=False, year_from=1990
        ),
    )

    async def change(*paths: str, if_version: int = 0, **fields: object) -> object:
        request = wire.UpdateRequestRuleRequest(
            rule=wire.RequestRule(id=made.id, **fields),  # type: ignore[arg-type]
            if_version=if_version,
        )
        request.update_mask.paths.extend(paths)
        return await keeper.call("UpdateRequestRule", request)

    off = await change("enabled", enabled=False, name="ignored")
    narrower = await change(
        "conditions.genres_any",
        "conditions.is_4k",
        "choices.folder",
        conditions=wire.RequestRuleConditions(genres_any=["Kids"]),
        choices=choices_pb2.Choices(folder="/kids"),
        if_version=2,
    )
    bare = await change("conditions", "approves")
    same = await change("approves")

    assert (off.name, off.enabled, off.version) == ("Kids", False, 2)  # type: ignore[attr-defined]
    assert narrower.conditions == wire.RequestRuleConditions(  # type: ignore[attr-defined]
        genres_any=["Kids"], year_from=1990
    )
    assert narrower.choices.folder == "/kids"  # type: ignore[attr-defined]
    assert bare.conditions == wire.RequestRuleConditions()  # type: ignore[attr-defined]
    assert bare.version == same.version == 4  # type: ignore[attr-defined]


async def test_rules_are_moved_and_removed_without_gaps(
    keeper: Visitor, database: Database
) -> None:
    a, b, c, d = [await keeper.make(name) for name in "abcd"]

    assert (await keeper.move(d, 1)).position == 1
    assert await keeper.names() == list("dabc")
    assert (await keeper.move(d, 200)).position == 4
    assert await keeper.names() == list("abcd")
    assert (await keeper.move(b, 3)).version == 2
    assert await keeper.names() == list("acbd")
    assert (await keeper.move(b, 3)).version == 2
    await keeper.call("DeleteRequestRule", wire.DeleteRequestRuleRequest(rule_id=c.id))
    assert await keeper.names() == list("abd")
    e = await keeper.make("e")
    assert e.position == 4

    seen = [
        await keeper.call("GetRequestRule", wire.GetRequestRuleRequest(rule_id=each.id))
        for each in (a, b, d, e)
    ]
    assert [each.position for each in seen] == [1, 2, 3, 4]
    told = await database.fetch("SELECT type FROM outbox ORDER BY id")
    assert [row["type"].removeprefix("request_rule.") for row in told] == [
        *["added"] * 4,
        *["moved"] * 3,
        "removed",
        "added",
    ]


async def test_two_who_move_the_same_rule_do_not_undo_each_other(
    keeper: Visitor,
) -> None:
    *_, last = [await keeper.make(name) for name in "abcde"]

    results = await asyncio.gather(
        *(keeper.move(last, to, if_version=1) for to in (1, 2, 3)),
        return_exceptions=True,
    )

    moved = [each for each in results if isinstance(each, wire.RequestRule)]
    assert len(moved) == 1
    assert (await keeper.names()).index("e") == moved[0].position - 1
    request = wire.MoveRequestRuleRequest(rule_id=last.id, position=1, if_version=1)
    assert await keeper.refused("MoveRequestRule", request) == "ABORTED version_changed"


async def test_who_orders_what_he_saw_is_told_that_it_is_no_more(
    keeper: Visitor,
) -> None:
    a, b, c = [await keeper.make(name) for name in "abc"]
    seen = await keeper.call("ListRequestRules", wire.ListRequestRulesRequest())

    results = await asyncio.gather(
        *(
            keeper.move(each, to, if_order_version=seen.order_version)
            for each, to in ((c, 1), (a, 3))
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(each, wire.RequestRule) for each in results) == 1
    assert await keeper.names() in (list("cab"), list("bca"))
    del b


async def test_many_who_change_the_order_at_once_lose_nothing(
    keeper: Visitor, database: Database
) -> None:
    rules = [await keeper.make(name) for name in "abcdefgh"]
    chance = random.Random(7)
    moves = [(chance.choice(rules[1:]), chance.randint(1, 8)) for _ in range(40)]

    await asyncio.gather(
        *(keeper.move(rule, to) for rule, to in moves),
        *(keeper.make(name) for name in "xyz"),
        keeper.call(
            "DeleteRequestRule", wire.DeleteRequestRuleRequest(rule_id=rules[0].id)
        ),
    )

    assert sorted(await keeper.names()) == list("bcdefghxyz")
    rows = await database.fetch("SELECT position FROM request_rules ORDER BY position")
    assert [row["position"] for row in rows] == list(range(1, 11))


async def test_there_are_so_many_and_no_more_also_at_once(
    keeper: Visitor, database: Database
) -> None:
    for number in range(197):
        await keeper.make(f"Rule {number}")

    results = await asyncio.gather(
        *(keeper.make(f"Late {number}") for number in range(10)),
        return_exceptions=True,
    )

    made = [each for each in results if isinstance(each, wire.RequestRule)]
    assert [each.position for each in sorted(made, key=lambda rule: rule.position)] == [
        198,
        199,
        200,
    ]
    request = wire.CreateRequestRuleRequest(
        rule=wire.RequestRule(name="One more", approves=True)
    )
    assert await keeper.refused("CreateRequestRule", request) == (
        "FAILED_PRECONDITION too_many_request_rules"
    )
    assert await database.fetchval("SELECT count(id) FROM request_rules") == 200


async def test_the_same_key_sent_at_once_makes_one_rule(keeper: Visitor) -> None:
    request = wire.CreateRequestRuleRequest(
        rule=wire.RequestRule(name="Once", approves=True)
    )

    made = await asyncio.gather(
        *(keeper.call("CreateRequestRule", request, key="k") for _ in range(10))
    )

    assert len({each.id for each in made}) == 1
    assert await keeper.names() == ["Once"]
