"""Reads what a Radarr or a Sonarr says, and takes nothing on trust."""

import math
from datetime import UTC, datetime
from typing import Any

from kit.http import UpstreamAway

Said = dict[str, Any]

_LARGEST_ID = 2**31 - 1
_LARGEST = 2**63 - 1
_LONGEST = 500
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def nonsense() -> UpstreamAway:
    return UpstreamAway("It answered with something that it should not.")


def thing(said: object) -> Said:
    if not isinstance(said, dict):
        raise nonsense()
    return said


def things(said: object) -> list[Said]:
    if not isinstance(said, list):
        raise nonsense()
    return [thing(each) for each in said]


def id_of(said: Said, key: str = "id") -> int:
    """A number that goes into paths. Never less than 1."""
    value = whole(said, key)
    if not 1 <= value <= _LARGEST_ID:
        raise nonsense()
    return value


def known_as(said: object, key: str, number: int) -> Said | None:
    """The one of a list that has this number: of those that have none, nothing is
    known. Raises UpstreamAway for what is no such list."""
    all_ = things(said)
    if not all(isinstance(each.get(key), int) for each in all_):
        raise nonsense()
    return next((each for each in all_ if each[key] == number), None)


def whole(said: Said, key: str) -> int:
    """0 for none, for less, and for what is no number."""
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0
    return int(value) if math.isfinite(value) and 0 <= value <= _LARGEST else 0


def text(said: Said, key: str, longest: int = _LONGEST) -> str:
    """What can be shown of a text."""
    return plain(said.get(key), longest)


def plain(value: object, longest: int = _LONGEST) -> str:
    if not isinstance(value, str):
        return ""
    spaced = " ".join(value.split())
    return "".join(filter(str.isprintable, spaced))[:longest]


def is_true(said: Said, key: str) -> bool:
    return said.get(key) is True


def inner(said: Said, key: str) -> list[Said]:
    value = said.get(key)
    if not isinstance(value, list):
        return []
    return [each for each in value if isinstance(each, dict)]


def moment(said: Said, key: str) -> datetime | None:
    """None for none, and for what cannot be: .NET's nothing is the year 1."""
    try:
        at = datetime.fromisoformat(text(said, key))
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at if _EARLIEST <= at < _LATEST else None
