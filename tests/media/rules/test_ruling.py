"""What the rules say of a title as it is now, and what that costs."""

from uuid import UUID, uuid4

from kit.postgres import Database
from medianest.media.v1 import choices_pb2, titles_pb2
from medianest.media.v1 import rules_pb2 as wire
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.ruling import Asked, Verdict
from services.media.domain.rules.remembered import RememberedRuling
from services.media.domain.titles import Kind
from tests.media.requests.house import Shelf
from tests.media.rules.house import Visitor


def asking_for(title_id: UUID, user_id: str = "ada", role: str = "friend") -> Asked:
    return Asked(title_id, Kind.MOVIE, user_id, role)


async def test_rules_are_in_force_from_the_moment_they_are_made(
    keeper: Visitor, ruling: RememberedRuling, shelf: Shelf
) -> None:
    film = await shelf.title()
    asked = asking_for(film)
    nothing = await ruling.on(asked)

    folder = await keeper.make(
        "Folder",
        conditions=wire.RequestRuleConditions(genres_any=["drama"]),
        choices=choices_pb2.Choices(folder="/drama"),
    )
    approving = await keeper.make(
        "Friends", conditions=wire.RequestRuleConditions(roles=["friend"])
    )
    both = await ruling.on(asked)
    of_another = await ruling.on(asking_for(film, role="kid"))
    await keeper.call(
        "DeleteRequestRule", wire.DeleteRequestRuleRequest(rule_id=folder.id)
    )

    assert nothing == Verdict()
    assert both == Verdict(
        approves=True,
        choices=Choices(folder="/drama"),
        rule_ids=(UUID(folder.id), UUID(approving.id)),
    )
    assert of_another == Verdict(
        choices=Choices(folder="/drama"), rule_ids=(UUID(folder.id),)
    )
    assert await ruling.on(asked) == Verdict(
        approves=True, rule_ids=(UUID(approving.id),)
    )
    assert await ruling.on(asking_for(uuid4())) == Verdict()


async def test_the_order_says_which_of_two_has_the_say(
    keeper: Visitor, ruling: RememberedRuling, shelf: Shelf
) -> None:
    asked = asking_for(await shelf.title())
    await keeper.make("One", choices=choices_pb2.Choices(folder="/one"))
    two = await keeper.make("Two", choices=choices_pb2.Choices(folder="/two"))

    before = await ruling.on(asked)
    await keeper.move(two, 1)

    assert before.choices.folder == "/one"
    assert (await ruling.on(asked)).choices.folder == "/two"


async def test_what_is_known_of_the_title_is_what_is_known_now(
    keeper: Visitor, ruling: RememberedRuling, shelf: Shelf, database: Database
) -> None:
    film = await shelf.title()
    await keeper.make(
        "Japanese", conditions=wire.RequestRuleConditions(languages=["ja"])
    )
    before = await ruling.on(asking_for(film))

    await database.execute("UPDATE titles SET original_language = 'ja'")

    assert not before.approves
    assert (await ruling.on(asking_for(film))).approves


async def test_each_rule_says_what_it_makes_of_it_and_why(
    keeper: Visitor, shelf: Shelf
) -> None:
    film = await shelf.title()
    rules = [
        await keeper.make("Off", enabled=False),
        await keeper.make(
            "Anime", conditions=wire.RequestRuleConditions(languages=["ja"])
        ),
        await keeper.make("Small", conditions=wire.RequestRuleConditions(size_to_gb=5)),
        await keeper.make(
            "Drama",
            conditions=wire.RequestRuleConditions(genres_any=["drama"]),
            choices=choices_pb2.Choices(folder="/drama"),
            approves=True,
        ),
        await keeper.make("Late", choices=choices_pb2.Choices(folder="/late")),
        await keeper.make(
            "Series",
            conditions=wire.RequestRuleConditions(kinds=[titles_pb2.SERIES]),
        ),
    ]

    told = await keeper.call(
        "ExplainRequestRules",
        wire.ExplainRequestRulesRequest(
            title_id=str(film), user_id="ada", role="friend"
        ),
    )

    assert [each.rule_id for each in told.sayings] == [each.id for each in rules]
    assert [(each.rule_name, each.unmatched, each.why) for each in told.sayings] == [
        ("Off", "enabled", "The rule is off."),
        ("Anime", "languages", "Its original language is unknown."),
        ("Small", "size_to_gb", "Its estimated size is 7.33 GB."),
        ("Drama", "", ""),
        ("Late", "", "A rule before it chooses."),
        ("Series", "kinds", "It is a film."),
    ]
    assert [each.matched for each in told.sayings] == [
        False,
        False,
        False,
        True,
        True,
        False,
    ]
    assert told.approves
    assert told.choices == choices_pb2.Choices(folder="/drama")
    assert told.approved_by == told.chosen_by == rules[3].id
