"""Who is told what, and when: for all people, and all that happens."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.domain.telling.news import OUTSIDE, USUAL, Channel, News
from services.media.domain.telling.planning import TOLD, Happening, Person, plan
from services.media.domain.telling.preferences import Preferences
from services.media.domain.telling.quiet import QuietHours
from services.media.domain.telling.words import Fact, message, sentence
from tests.clock import NOON

WINDOW = timedelta(seconds=60)
BERLIN = ZoneInfo("Europe/Berlin")
NAMES = st.sampled_from(["ada", "bob", "eve", "kim"])
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
    ]
)
TIMES = st.integers(-100_000_000, 300_000_000).map(
    lambda seconds: NOON + timedelta(seconds=seconds)
)
MINUTES = st.integers(0, 24 * 60 - 1).map(lambda at: time(at // 60, at % 60))


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    since = draw(MINUTES)
    until = draw(MINUTES.filter(lambda at: at != since))
    return QuietHours(since, until, ZoneInfo(draw(ZONES)))


PREFERENCES = st.builds(
    Preferences,
    st.dictionaries(st.sampled_from(News), st.frozensets(st.sampled_from(Channel))),
    st.none() | quiet_hours(),
)
PEOPLE = st.lists(
    st.builds(
        Person,
        NAMES,
        st.booleans(),
        st.booleans(),
        PREFERENCES,
        st.frozensets(st.sampled_from(OUTSIDE)),
    ),
    unique_by=lambda person: person.user_id,
)
HAPPENINGS = st.builds(
    Happening,
    st.just(1),
    st.sampled_from(sorted(TOLD)) | st.just("request.unheard_of"),
    st.frozensets(NAMES),
    NAMES | st.just(""),
    st.just("Dark"),
    TIMES,
    report_id=st.sampled_from(["", "a report"]),
    waits=st.booleans(),
)


@given(HAPPENINGS, PEOPLE, TIMES)
def test_each_is_told_once_what_concerns_them_and_as_they_wish(
    happening: Happening, people: list[Person], now: datetime
) -> None:
    planned = plan(happening, people, now, WINDOW)
    by_name = {person.user_id: person for person in people}

    rows = [row.user_id for row in planned.rows]
    assert len(rows) == len(set(rows))
    held = [(each.user_id, each.channel) for each in planned.held]
    assert len(held) == len(set(held))
    for each in (*planned.rows, *planned.held):
        person = by_name[each.user_id]
        assert each.user_id != happening.by
        assert (
            each.user_id in happening.people
            or person.manages_requests
            or person.manages_reports
        )
    for row in planned.rows:
        assert Channel.IN_APP in by_name[row.user_id].preferences.channels(row.news)
    for each in planned.held:
        person = by_name[each.user_id]
        assert each.channel in person.reached_by
        assert each.channel in person.preferences.channels(each.news)
        assert each.due_at >= now + WINDOW
        if person.preferences.quiet is None:
            assert each.due_at == now + WINDOW


@given(HAPPENINGS, PEOPLE, TIMES)
def test_who_manages_nothing_is_told_of_their_own_alone(
    happening: Happening, people: list[Person], now: datetime
) -> None:
    nobody = [
        Person(each.user_id, preferences=each.preferences, reached_by=each.reached_by)
        for each in people
    ]
    planned = plan(happening, nobody, now, WINDOW)
    assert {each.user_id for each in planned.rows} <= happening.people
    assert {each.user_id for each in planned.held} <= happening.people


@given(quiet_hours(), TIMES)
def test_nobody_is_told_in_their_quiet_hours(quiet: QuietHours, at: datetime) -> None:
    told = quiet.over(at)

    assert at <= told <= at + timedelta(hours=26)
    assert quiet.over(told) == told
    if told == at:
        return
    # It is over when the clocks there say so, or have just passed over it.
    clocks = told.astimezone(quiet.zone)
    late = datetime.combine(clocks.date(), clocks.time()) - datetime.combine(
        clocks.date(), quiet.until
    )
    assert timedelta(0) <= late <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-21T20:59", "2026-11-21T20:59"),
        ("2026-11-21T21:00", "2026-11-22T06:00"),
        ("2026-11-22T05:59", "2026-11-22T06:00"),
        ("2026-11-22T06:00", "2026-11-22T06:00"),
        # The clocks go forward, and back: seven is seven.
        ("2026-03-28T23:00", "2026-03-29T05:00"),
        ("2026-10-24T21:00", "2026-10-25T06:00"),
    ],
)
def test_a_night_in_berlin(at: str, told: str) -> None:
    quiet = QuietHours(time(22), time(7), BERLIN)
    began = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert quiet.over(began) == datetime.fromisoformat(told).replace(tzinfo=UTC)


def test_hours_that_end_where_there_is_none_end_behind_it() -> None:
    quiet = QuietHours(time(1), time(2, 30), BERLIN)
    at = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert quiet.over(at) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_hours_that_end_in_one_that_comes_twice_end_in_the_second() -> None:
    quiet = QuietHours(time(1), time(2, 30), BERLIN)
    at = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert quiet.over(at) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_managers_hear_of_what_is_to_be_decided_and_of_what_was_not() -> None:
    manager = Person("kim", manages_requests=True)
    for waits, news in (
        (True, News.REQUEST_PENDING),
        (False, News.REQUEST_AUTO_APPROVED),
    ):
        asked = Happening(
            1, "request.created", frozenset({"ada"}), "ada", "Dark", NOON, waits=waits
        )
        people = [Person("ada", manages_requests=True), manager]
        (row,) = plan(asked, people, NOON, WINDOW).rows
        assert (row.user_id, row.news) == ("kim", news)


def test_everything_has_a_sentence_for_one_and_for_several() -> None:
    for news in News:
        one, several = [Fact("Dark {who}")], [Fact("Dark"), Fact("Dark")]
        assert "Dark {who}" in sentence(news, one)
        assert sentence(news, several).startswith("Dark: 2 ")
        assert news in USUAL


def test_a_season_is_one_sentence() -> None:
    facts = [Fact("Dark", episodes=1) for _ in range(10)]
    available = News.REQUEST_AVAILABLE
    assert sentence(available, facts) == "Dark: 10 episodes are there."
    assert sentence(available, [Fact("Dark", episodes=1)]) == "Dark is there."
    mixed = [*facts, Fact("Dark")]
    assert sentence(available, mixed) == "Dark: 11 requests are there."


def test_reasons_are_told_once_each_and_not_all() -> None:
    facts = [Fact("Dark", reason) for reason in ("No.", "No.", "", "a", "b", "c")]
    told = message(News.REQUEST_DECLINED, facts)
    assert told.splitlines()[1:] == ["No.", "a", "b"]
