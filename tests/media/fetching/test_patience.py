"""How long what is not answered is tried again."""

from datetime import timedelta

import pytest

from services.media.domain.fetching.patience import Patience, Tries
from tests.clock import NOON

DAY = Patience(timedelta(hours=24))


def test_pauses_grow_from_seconds_to_half_an_hour() -> None:
    pauses = [DAY.pause(attempts) for attempts in range(100)]

    assert timedelta(seconds=4) < pauses[0] < timedelta(seconds=6)
    assert all(each <= timedelta(minutes=33) for each in pauses)
    assert all(each >= timedelta(minutes=27) for each in pauses[9:])


def test_what_is_refused_is_tried_three_times_more() -> None:
    pauses = [DAY.pause_of_refused(refusals) for refusals in range(4)]

    assert [each is None for each in pauses] == [False, False, False, True]
    waited = sum((each for each in pauses if each), timedelta())
    assert timedelta(seconds=30) < waited < timedelta(minutes=2)


@pytest.mark.parametrize(
    ("last_try", "began"),
    [
        (timedelta(minutes=33), timedelta(hours=20)),
        (timedelta(hours=2), timedelta(0)),
    ],
    ids=["we listened", "nobody did"],
)
def test_a_silence_is_as_long_as_somebody_listened(
    last_try: timedelta, began: timedelta
) -> None:
    tries = Tries(
        30, unanswered_since=NOON - timedelta(hours=20), tried_at=NOON - last_try
    )

    assert NOON - DAY.silent_since(tries, NOON) == began


@pytest.mark.parametrize(
    ("hours", "words"), [(24, "24 hours"), (1, "1 hour"), (0.5, "0.5 hours")]
)
def test_patience_is_said_as_people_do(hours: float, words: str) -> None:
    assert Patience(timedelta(hours=hours)).span == words
