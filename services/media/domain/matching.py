"""Which title a file is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol
from uuid import UUID


class ItemKind(Enum):
    MOVIE = "movie"
    SERIES = "series"
    MUSIC = "music"


@dataclass(frozen=True, slots=True)
class ParsedName:
    """What the name of a file says. What it does not say is empty or 0."""

    kind: ItemKind
    name: str
    other_names: tuple[str, ...] = ()
    year: int = 0
    season: int = 0
    episode: int = 0
    tmdb_id: int = 0
    tvdb_id: int = 0
    imdb_id: str = ""


class Likeness(Enum):
    """What a title has in common with a parsed name."""

    ID = "id"
    NAME = "name"
    OTHER_NAME = "other_name"


@dataclass(frozen=True, slots=True)
class Candidate:
    title_id: UUID
    likeness: Likeness
    year: int | None
    standing: float


@dataclass(frozen=True, slots=True)
class Match:
    title_id: UUID
    confidence: float


class Catalog(Protocol):
    async def candidates(self, names: list[ParsedName]) -> list[list[Candidate]]:
        """For each name the titles of its kind that have its provider id or one of
        its names, asked for all of them at once. Names have no candidates beyond
        the best known few of a year that is near, and music has none."""


_OF_OTHER_NAME = 0.8


def best(parsed: ParsedName, candidates: Iterable[Candidate]) -> Match | None:
    """The title that a file is, if that is clear enough.

    A provider's id is believed. A name needs a year that is at most one off, where
    the best known of several wins. Without a year, on either side, it must be the only
    one of its kind; so must a series, as the year may be the episode's.
    """
    found = sorted(candidates, key=lambda each: -each.standing)
    for each in found:
        if each.likeness is Likeness.ID:
            return Match(each.title_id, 1.0)
    for likeness in (Likeness.NAME, Likeness.OTHER_NAME):
        alike = [each for each in found if each.likeness is likeness]
        match = _by_year(parsed, alike)
        if match is not None:
            sure = 1.0 if likeness is Likeness.NAME else _OF_OTHER_NAME
            return Match(match.title_id, round(match.confidence * sure, 2))
    return None


def _by_year(parsed: ParsedName, alike: list[Candidate]) -> Match | None:
    if parsed.year:
        for off, confidence in ((0, 0.95), (1, 0.8)):
            for each in alike:
                if each.year is not None and abs(each.year - parsed.year) == off:
                    return Match(each.title_id, confidence)
    if parsed.year and parsed.kind is not ItemKind.SERIES:
        alike = [each for each in alike if each.year is None]
    titles = {each.title_id for each in alike}
    return Match(titles.pop(), 0.6) if len(titles) == 1 else None
