"""For which age a title is, by what countries say of it."""

import re
from collections.abc import Mapping

_FIRST = "US"
_AGES = {
    "G": 0,
    "TV-G": 0,
    "TV-Y": 0,
    "U": 0,
    "TP": 0,
    "ALL": 0,
    "TV-Y7": 7,
    "TV-Y7-FV": 7,
    "PG": 8,
    "TV-PG": 10,
    "PG-13": 13,
    "TV-14": 14,
    "R": 17,
    "TV-MA": 17,
    "NC-17": 18,
    "R18": 18,
    "X": 18,
}
_NUMBER = re.compile(r"\d{1,2}")


def age_of(certifications: Mapping[str, str]) -> int | None:
    """What the United States say, whose ratings most titles have; else the strictest
    that any country says. None: nobody says anything that is understood."""
    first = _age(certifications.get(_FIRST, ""))
    if first is not None:
        return first
    ages = [age for each in certifications.values() if (age := _age(each)) is not None]
    return max(ages, default=None)


def _age(certification: str) -> int | None:
    known = _AGES.get(certification.strip().upper())
    if known is not None:
        return known
    number = _NUMBER.search(certification)
    return int(number.group()) if number else None
