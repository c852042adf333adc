"""What a queue tells becomes the progress of what was ordered."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from services.media.domain.fetching.progress import (
    Followed,
    Progress,
    change,
    percent_of,
)
from services.media.domain.fulfilling.fulfiller import Download
from tests.clock import NOON

GIB = 2**30
ONE, OTHER = UUID(int=1), UUID(int=2)


def a_download(left: int = 10 * GIB, **changes: object) -> Download:
    download = Download(
        7, "A1", "Dark.S01", "downloading", 10 * GIB, left, None, False, season=1
    )
    return replace(download, **changes)  # type: ignore[arg-type]


def an_order(
    request_id: UUID = ONE, *seasons: int, episodes: tuple[tuple[int, int], ...] = ()
) -> Followed:
    return Followed(request_id, 7, frozenset(seasons), frozenset(episodes))


def the_first(*queue: Download) -> Progress:
    (told,) = change(queue, [an_order()], {}, NOON).told
    return told


@pytest.mark.parametrize(
    ("order", "is_concerned"),
    [
        (an_order(), True),
        (an_order(ONE, 1), True),
        (an_order(ONE, 2), False),
        (an_order(ONE, episodes=((1, 4),)), True),
        (an_order(ONE, episodes=((1, 5),)), False),
        (an_order(ONE, 2, episodes=((1, 4),)), True),
        (replace(an_order(), remote_id=8), False),
    ],
)
def test_a_download_concerns_who_asked_for_a_part_of_it(
    order: Followed, *, is_concerned: bool
) -> None:
    assert order.concerns(a_download(episode=4)) is is_concerned


def test_a_season_in_one_download_is_told_once_with_its_size() -> None:
    queue = [a_download(4 * GIB, episode=number) for number in (3, 1, 2)]

    told = the_first(*queue)

    assert (told.season, told.episodes) == (1, (1, 2, 3))
    assert (told.size_bytes, told.left_bytes, told.percent) == (10 * GIB, 4 * GIB, 60)


def test_one_download_is_told_to_each_who_waits_for_a_part_of_it() -> None:
    queue = [a_download(episode=1), a_download(season=2, episode=1)]
    orders = [an_order(ONE, 1), an_order(OTHER, 2)]

    told = change(queue, orders, {}, NOON).told

    assert [(each.request_id, each.season) for each in told] == [(ONE, 1), (OTHER, 2)]


def test_what_has_not_changed_is_not_told_again() -> None:
    before = the_first(a_download())

    changed = change(
        [a_download()],
        [an_order()],
        {before.place: before},
        NOON + timedelta(seconds=60),
    )

    assert not changed


def test_speed_is_what_came_by_the_time_it_took() -> None:
    before = the_first(a_download())
    later = NOON + timedelta(seconds=60)

    (now,) = change(
        [a_download(9 * GIB)], [an_order()], {before.place: before}, later
    ).told
    assert now.speed_bps == round(GIB / 60)
    known = {now.place: now}
    # They look at their clients once a minute: meanwhile it goes on as before.
    soon = later + timedelta(seconds=60)
    assert not change([a_download(9 * GIB)], [an_order()], known, soon)
    late = later + timedelta(minutes=5)
    (stopped,) = change([a_download(9 * GIB)], [an_order()], known, late).told
    assert stopped.speed_bps == 0


@pytest.mark.parametrize(
    "news",
    [
        {"is_stalled": True},
        {"state": "importPending", "problems": ("No files found",)},
        {"left_bytes": 9 * GIB},
        {"ends_at": NOON},
    ],
)
def test_what_matters_is_told_at_once(news: dict[str, object]) -> None:
    before = the_first(a_download())
    soon = NOON + timedelta(seconds=5)

    queue = [a_download(**news)]  # type: ignore[arg-type]
    assert change(queue, [an_order()], {before.place: before}, soon).told


def test_a_few_bytes_are_told_now_and_then() -> None:
    before = the_first(a_download())
    queue, known = [a_download(10 * GIB - 1000)], {before.place: before}

    assert not change(queue, [an_order()], known, NOON + timedelta(seconds=5))
    assert change(queue, [an_order()], known, NOON + timedelta(seconds=20))


def test_what_is_in_the_queue_no_more_is_gone() -> None:
    before = the_first(a_download())

    changed = change([], [], {before.place: before}, NOON)

    assert changed.gone == [before.place]


@pytest.mark.parametrize(
    ("size", "left", "percent"),
    [(0, 0, 0), (100, 100, 0), (1000, 1, 99), (100, 0, 100), (100, 200, 0)],
)
def test_percent_is_100_only_when_all_is_there(
    size: int, left: int, percent: int
) -> None:
    assert percent_of(size, left) == percent


def test_what_cannot_be_is_made_small_enough_to_be_kept() -> None:
    odd = a_download(
        2**63 - 1, size_bytes=2**63 - 1, season=2**40, episode=2**40, download_id="B"
    )

    told = the_first(odd)

    assert (told.size_bytes, told.left_bytes) == (2**50, 2**50)
    assert (told.season, told.episodes) == (None, ())
