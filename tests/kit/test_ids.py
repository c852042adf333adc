"""Identifiers are standard, different, and in the order of their making."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from kit.ids import uuid7
from tests.clock import NOON

LONGEST = timedelta(days=365 * 8000)
MOMENTS = st.timedeltas(timedelta(0), LONGEST).map(
    lambda since: datetime(1970, 1, 1, tzinfo=UTC) + since
)


@given(MOMENTS)
def test_an_id_is_a_uuid_of_version_7_and_knows_its_time(moment: datetime) -> None:
    made = uuid7(moment)

    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == int(moment.timestamp() * 1000)


@given(MOMENTS, st.timedeltas(timedelta(milliseconds=2), timedelta(days=1000)))
def test_a_later_id_sorts_behind_as_text_too(
    moment: datetime, later: timedelta
) -> None:
    first, second = uuid7(moment), uuid7(moment + later)

    assert first < second
    assert str(first) < str(second)


def test_ids_of_one_moment_differ() -> None:
    assert len({uuid7(NOON) for _ in range(10_000)}) == 10_000
