"""Fields of the contract that many doors read."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from kit.errors import Invalid

_LONGEST_USER_ID = 100

Place = tuple[datetime, UUID]


def uuid_from_wire(text: str) -> UUID | None:
    """None for what is no id."""
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def title_id_given(text: str) -> UUID:
    """Raises Invalid."""
    found = uuid_from_wire(text)
    if found is None:
        raise Invalid("title_id is the id of a title.", field="title_id")
    return found


def user_id_from_wire(text: str, field: str) -> str | None:
    """None when it is left out. Raises Invalid."""
    if len(text) > _LONGEST_USER_ID or "\0" in text:
        raise Invalid(f"{field} is the id of a user.", field=field)
    return text or None


def is_blank(text: str) -> bool:
    """Whether there is nothing to see: spaces, and signs that only steer others."""
    return all(sign.isspace() or unicodedata.category(sign) == "Cf" for sign in text)


def words_from_wire(text: str, field: str, longest: int, shortest: int = 1) -> str:
    """A text that somebody wrote, without the space around it. Raises Invalid."""
    words = "" if is_blank(text) else text.strip()
    if not shortest <= len(words) <= longest:
        raise Invalid(f"{field} has {shortest} to {longest} characters.", field=field)
    if "\0" in words:
        raise Invalid(f"{field} has a character that is none.", field=field)
    return words


def place_from_key(key: Sequence[str | int | float] | None) -> Place | None:
    """Of a list that is ordered by time and id."""
    if key is None:
        return None
    at, row_id = key
    return datetime.fromisoformat(str(at)), UUID(str(row_id))
