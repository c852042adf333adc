"""Single episodes, as requests name them."""

from collections.abc import Iterable
from typing import NamedTuple

_SEASON = 100_000
LAST_EPISODE = _SEASON - 1


class Episode(NamedTuple):
    season: int
    number: int


def packed(episodes: Iterable[Episode]) -> list[int]:
    """Each as one number, in their order: lists of them are compared as seasons are."""
    return [season * _SEASON + number for season, number in episodes]


def unpacked(places: Iterable[int]) -> tuple[Episode, ...]:
    return tuple(Episode(*divmod(place, _SEASON)) for place in places)
