"""Which rule is about which request, and which of several has the say."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.domain.requests.choices import Choices
from services.media.domain.requests.ruling import Asked
from services.media.domain.rules.conditions import (
    Case,
    Conditions,
    Mismatch,
    TitleFacts,
)
from services.media.domain.rules.errors import RequestRuleInvalid
from services.media.domain.rules.rule import Rule, RuleDraft, ruled
from services.media.domain.titles import Kind
from tests.media.requests.house import NOON

GB = 1_000_000_000
GENRES = ("Action", "Drama", "Horror")
LANGUAGES = ("en", "ja", "de")


def a_case(
    *,
    user_id: str = "ada",
    role: str = "friend",
    is_4k: bool = False,
    size_gb: float | None = 8.0,
    kind: Kind = Kind.MOVIE,
    genres: tuple[str, ...] = ("Action", "Drama"),
    language: str = "en",
    year: int | None = 1999,
    rating: float = 8.2,
) -> Case:
    return Case(
        Asked(
            UUID(int=1),
            kind,
            user_id,
            role,
            is_4k,
            size_bytes=None if size_gb is None else round(size_gb * GB),
        ),
        TitleFacts(kind, genres, language, year, rating),
    )


def a_rule(position: int, draft: RuleDraft) -> Rule:
    return Rule(uuid4(), draft, position, NOON, NOON, 1)


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        (Conditions(user_ids=("bob",)), "Somebody else asks."),
        (Conditions(roles=("kid",)), "The role of who asks is friend."),
        (Conditions(kinds=(Kind.SERIES,)), "It is a film."),
        (Conditions(is_4k=True), "It is asked for not in 4K."),
        (Conditions(genres_any=("horror",)), "Its genres are Action, Drama."),
        (Conditions(genres_none=("DRAMA",)), "Its genres are Action, Drama."),
        (Conditions(languages=("ja",)), "Its original language is en."),
        (Conditions(year_from=2000), "Its year is 1999."),
        (Conditions(year_to=1998), "Its year is 1999."),
        (Conditions(rating_from=8.3), "Its rating is 8.2."),
        (Conditions(rating_to=8.1), "Its rating is 8.2."),
        (Conditions(size_from_gb=8.1), "Its estimated size is 8 GB."),
        (Conditions(size_to_gb=7.9), "Its estimated size is 8 GB."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_so_is_said_in_words(conditions: Conditions, why: str) -> None:
    mismatch = conditions.mismatch(a_case())

    assert mismatch is not None
    assert mismatch.why == why
    assert getattr(conditions, mismatch.condition) != getattr(
        Conditions(), mismatch.condition
    )


@pytest.mark.parametrize(
    ("conditions", "mismatch"),
    [
        (
            Conditions(genres_any=("Action",)),
            Mismatch("genres_any", "Its genres are unknown."),
        ),
        (
            Conditions(genres_none=("Horror",)),
            Mismatch("genres_none", "Its genres are unknown."),
        ),
        (
            Conditions(languages=("en",)),
            Mismatch("languages", "Its original language is unknown."),
        ),
        (Conditions(year_to=2000), Mismatch("year_to", "Its year is unknown.")),
        (
            Conditions(rating_from=1, rating_to=9),
            Mismatch("rating_from", "Its rating is unknown."),
        ),
        (
            Conditions(size_to_gb=100),
            Mismatch("size_to_gb", "Its estimated size is unknown."),
        ),
    ],
)
def test_what_is_unknown_fulfils_no_condition(
    conditions: Conditions, mismatch: Mismatch
) -> None:
    unknown = a_case(genres=(), language="", year=None, rating=0, size_gb=None)

    assert conditions.mismatch(unknown) == mismatch
    assert Conditions().mismatch(unknown) is None


def test_bounds_are_within_and_words_are_read_in_any_case() -> None:
    exact = Conditions(
        genres_any=("aCTION", "aCTION"),
        genres_none=("horror",),
        languages=("EN", "en"),
        year_from=1999,
        year_to=1999,
        rating_from=8.2,
        rating_to=8.2,
        size_from_gb=8,
        size_to_gb=8,
    ).settled()

    assert exact.mismatch(a_case()) is None
    assert (exact.genres_any, exact.languages) == (("aCTION",), ("en",))


some = st.integers(0, 3)


def subsets(of: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(of), unique=True, max_size=2).map(tuple)


conditions_given = st.builds(
    Conditions,
    user_ids=subsets(("ada", "bob")),
    roles=subsets(("friend", "kid")),
    kinds=st.lists(st.sampled_from(list(Kind)), unique=True, max_size=1).map(tuple),
    is_4k=st.sampled_from((None, True, False)),
    genres_any=subsets(GENRES),
    genres_none=subsets(GENRES),
    languages=subsets(LANGUAGES),
    year_from=st.sampled_from((0, 0, 1990, 2000)),
    year_to=st.sampled_from((0, 0, 1999, 2010)),
    rating_from=st.sampled_from((0.0, 0.0, 5.0, 7.5)),
    rating_to=st.sampled_from((0.0, 0.0, 8.0)),
    size_from_gb=st.sampled_from((0.0, 0.0, 5.0)),
    size_to_gb=st.sampled_from((0.0, 0.0, 10.0)),
)
cases = st.builds(
    a_case,
    user_id=st.sampled_from(("ada", "bob")),
    role=st.sampled_from(("friend", "kid", "")),
    is_4k=st.booleans(),
    size_gb=st.sampled_from((None, 4.0, 5.0, 10.5)),
    kind=st.sampled_from(list(Kind)),
    genres=subsets(GENRES),
    language=st.sampled_from(("", *LANGUAGES)),
    year=st.sampled_from((None, 1990, 1999, 2005)),
    rating=st.sampled_from((0.0, 5.0, 7.9, 9.0)),
)
drafts = st.builds(
    RuleDraft,
    name=st.just("rule"),
    enabled=st.sampled_from((True, True, True, False)),
    conditions=st.one_of(st.just(Conditions()), conditions_given),
    approves=st.booleans(),
    choices=st.sampled_from((Choices(), Choices(folder="/a"), Choices(profile_id=4))),
)


def naively(when: Conditions, case: Case) -> bool:
    """The conditions, read aloud."""
    asked, title = case.asked, case.title

    def within(least: float, most: float, value: float | None) -> bool:
        if not least and not most:
            return True
        return value is not None and (least or value) <= value <= (most or value)

    return (
        (not when.user_ids or asked.user_id in when.user_ids)
        and (not when.roles or asked.role in when.roles)
        and (not when.kinds or title.kind in when.kinds)
        and (when.is_4k is None or asked.is_4k == when.is_4k)
        and (not when.genres_any or any(g in when.genres_any for g in title.genres))
        and (
            not when.genres_none
            or (
                bool(title.genres)
                and not any(g in when.genres_none for g in title.genres)
            )
        )
        and (not when.languages or title.language in when.languages)
        and within(when.year_from, when.year_to, title.year)
        and within(when.rating_from, when.rating_to, title.rating or None)
        and within(when.size_from_gb, when.size_to_gb, case.size_gb)
    )


@given(st.lists(drafts, max_size=8), cases)
def test_the_first_that_matches_of_each_kind_has_the_say(
    given_drafts: list[RuleDraft], case: Case
) -> None:
    rules = [a_rule(at, draft) for at, draft in enumerate(given_drafts, start=1)]

    said = ruled(rules, case)

    about = [
        rule
        for rule in rules
        if rule.draft.enabled and naively(rule.draft.conditions, case)
    ]
    approving = [rule for rule in about if rule.draft.approves][:1]
    choosing = [rule for rule in about if rule.draft.choices != Choices()][:1]
    verdict = said.verdict
    assert verdict.approves == bool(approving)
    assert verdict.choices == (choosing[0].draft.choices if choosing else Choices())
    assert set(verdict.rule_ids) == {rule.id for rule in approving + choosing}
    assert [said.approved_by] == (approving or [None])
    assert [said.chosen_by] == (choosing or [None])
    assert [each.rule for each in said.sayings] == rules
    assert [each.rule for each in said.sayings if each.mismatch is None] == about
    for each in said.sayings:
        has_all = each.approves >= each.rule.draft.approves and (
            each.chooses >= each.rule.draft.chooses
        )
        assert bool(each.why) != (has_all and each.mismatch is None)


def test_who_is_too_late_is_told_so() -> None:
    both = RuleDraft("both", approves=True, choices=Choices(folder="/b"))
    first, second, third = (
        a_rule(1, RuleDraft("first", approves=True)),
        a_rule(2, both),
        a_rule(3, both),
    )

    said = ruled([first, second, third], a_case())

    assert [each.why for each in said.sayings] == [
        "",
        "A rule before it approves.",
        "A rule before it approves and chooses.",
    ]
    assert said.verdict.rule_ids == (first.id, second.id)


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(user_ids=("",)),
        Conditions(user_ids=("x" * 101,)),
        Conditions(user_ids=tuple(map(str, range(101)))),
        Conditions(roles=("a\0",)),
        Conditions(genres_any=(" ",)),
        Conditions(genres_none=("g" * 51,)),
        Conditions(genres_none=tuple(map(str, range(51)))),
        Conditions(languages=("english",)),
        Conditions(languages=("é!",)),
        Conditions(year_from=-1),
        Conditions(year_to=2201),
        Conditions(year_from=2000, year_to=1999),
        Conditions(rating_to=10.1),
        Conditions(rating_from=float("nan")),
        Conditions(size_to_gb=float("inf")),
        Conditions(size_from_gb=-0.1),
    ],
)
def test_conditions_that_cannot_be_are_refused(conditions: Conditions) -> None:
    with pytest.raises(RequestRuleInvalid) as refused:
        conditions.settled()

    assert (refused.value.field or "").startswith("conditions.")
