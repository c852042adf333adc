"""When a rule is about a request."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeVar

from services.media.domain.requests.ruling import Asked
from services.media.domain.rules.errors import RequestRuleInvalid
from services.media.domain.titles import Kind

_BYTES_OF_A_GB = 1_000_000_000
MOST_USERS = 100
MOST_NAMES = 50
_LONGEST_USER_ID = 100
_LONGEST_ROLE = 32
_LONGEST_GENRE = 50
Value = TypeVar("Value")
_LANGUAGE = re.compile("[A-Za-z]{2,3}")
_A_KIND = {Kind.MOVIE: "a film", Kind.SERIES: "a series"}


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What rules go by of a title. What is unknown is empty, zero or None."""

    kind: Kind
    genres: tuple[str, ...] = ()
    language: str = ""
    year: int | None = None
    rating: float = 0.0


@dataclass(frozen=True, slots=True)
class Case:
    """A request, with what is known of what it is for."""

    asked: Asked
    title: TitleFacts

    @property
    def size_gb(self) -> float | None:
        """What it is estimated to take."""
        size_bytes = self.asked.size_bytes
        return None if size_bytes is None else size_bytes / _BYTES_OF_A_GB


@dataclass(frozen=True, slots=True)
class Mismatch:
    condition: str
    """As the rule names it."""
    why: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """All of them must be true. What is empty, 0 or None is no condition; one on what
    is unknown of a title is not true."""

    user_ids: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    is_4k: bool | None = None
    genres_any: tuple[str, ...] = ()
    genres_none: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    year_from: int = 0
    year_to: int = 0
    rating_from: float = 0.0
    rating_to: float = 0.0
    size_from_gb: float = 0.0
    size_to_gb: float = 0.0

    def settled(self) -> "Conditions":
        """As they are kept. Raises RequestRuleInvalid."""
        _ensure_texts("user_ids", self.user_ids, MOST_USERS, _LONGEST_USER_ID)
        _ensure_texts("roles", self.roles, MOST_NAMES, _LONGEST_ROLE)
        _ensure_texts("genres_any", self.genres_any, MOST_NAMES, _LONGEST_GENRE)
        _ensure_texts("genres_none", self.genres_none, MOST_NAMES, _LONGEST_GENRE)
        _ensure_texts("languages", self.languages, MOST_NAMES, 3)
        if not all(_LANGUAGE.fullmatch(each) for each in self.languages):
            raise _wrong("languages", "takes codes of two or three letters: en, ja")
        _YEAR.ensure_sound(self.year_from, self.year_to)
        _RATING.ensure_sound(self.rating_from, self.rating_to)
        _SIZE.ensure_sound(self.size_from_gb, self.size_to_gb)
        return replace(
            self,
            user_ids=_each_once(self.user_ids),
            roles=_each_once(self.roles),
            kinds=_each_once(self.kinds),
            genres_any=_each_once(self.genres_any),
            genres_none=_each_once(self.genres_none),
            languages=_each_once(each.lower() for each in self.languages),
        )

    def mismatch(self, case: Case) -> Mismatch | None:
        """The first condition that is not true; None when all of them are."""
        title = case.title
        return (
            self._not_asked_so(case.asked)
            or self._another_kind(title)
            or _YEAR.missed(self.year_from, self.year_to, title.year)
            or _RATING.missed(self.rating_from, self.rating_to, title.rating or None)
            or _SIZE.missed(self.size_from_gb, self.size_to_gb, case.size_gb)
        )

    def _not_asked_so(self, asked: Asked) -> Mismatch | None:
        if self.user_ids and asked.user_id not in self.user_ids:
            return Mismatch("user_ids", "Somebody else asks.")
        if self.roles and asked.role not in self.roles:
            return Mismatch("roles", f"The role of who asks is {asked.role or 'none'}.")
        if self.is_4k not in {None, asked.is_4k}:
            quality = "in 4K" if asked.is_4k else "not in 4K"
            return Mismatch("is_4k", f"It is asked for {quality}.")
        return None

    def _another_kind(self, title: TitleFacts) -> Mismatch | None:
        if self.kinds and title.kind not in self.kinds:
            return Mismatch("kinds", f"It is {_A_KIND[title.kind]}.")
        if self.genres_any or self.genres_none:
            known = _folded(title.genres)
            listed = f"Its genres are {', '.join(title.genres) or 'unknown'}."
            if self.genres_any and known.isdisjoint(_folded(self.genres_any)):
                return Mismatch("genres_any", listed)
            is_free = known and known.isdisjoint(_folded(self.genres_none))
            if self.genres_none and not is_free:
                return Mismatch("genres_none", listed)
        if self.languages and title.language.lower() not in self.languages:
            language = title.language or "unknown"
            return Mismatch("languages", f"Its original language is {language}.")
        return None


@dataclass(frozen=True, slots=True)
class _Range:
    """A number with a lower and an upper bound, of which 0 is none."""

    low: str
    high: str
    words: str
    most: float
    unit: str = ""

    def ensure_sound(self, least: float, most: float) -> None:
        for name, bound in ((self.low, least), (self.high, most)):
            # What is not a number compares with nothing.
            if not 0 <= bound <= self.most:
                raise _wrong(name, f"is 0 to {self.most:g}")
        if least and most and least > most:
            raise _wrong(self.high, f"is less than {self.low}")

    def missed(self, least: float, most: float, value: float | None) -> Mismatch | None:
        """The bound that a value is beyond; when it is unknown, any that there is."""
        if value is None:
            if not (least or most):
                return None
            return Mismatch(
                self.low if least else self.high, f"{self.words} is unknown."
            )
        if least and value < least:
            return Mismatch(
                self.low, f"{self.words} is {round(value, 2):g}{self.unit}."
            )
        if most and value > most:
            return Mismatch(
                self.high, f"{self.words} is {round(value, 2):g}{self.unit}."
            )
        return None


_YEAR = _Range("year_from", "year_to", "Its year", 2200)
_RATING = _Range("rating_from", "rating_to", "Its rating", 10)
_SIZE = _Range(
    "size_from_gb", "size_to_gb", "Its estimated size", 1_000_000, unit=" GB"
)


@lru_cache(maxsize=1024)
def _folded(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(str.casefold, names))


def _each_once(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(values))


def _ensure_texts(field: str, texts: Sequence[str], most: int, longest: int) -> None:
    if len(texts) > most:
        raise _wrong(field, f"has at most {most} entries")
    if any(not 0 < len(each.strip()) <= longest for each in texts):
        raise _wrong(field, f"has entries of 1 to {longest} characters")
    if any("\0" in each for each in texts):
        raise _wrong(field, "has a character that is none")


def _wrong(field: str, what: str) -> RequestRuleInvalid:
    return RequestRuleInvalid(f"{field} {what}.", field=f"conditions.{field}")
