"""What auth needs done with passwords, and which ones it takes."""

import re
import unicodedata
from collections.abc import Collection
from typing import Protocol

from kit.errors import Invalid

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
# What has fewer is one character, or a few, over and over.
_FEWEST_KINDS = 5
# A password made of what everybody knows has at least so much beside it.
_LEAST_BESIDE = 8
_SHORTEST_KNOWN = 3
_HOUSE = ("medianest", "media nest")


class Passwords(Protocol):
    """A password is the same in whatever Unicode form a keyboard sends it (NFKC)."""

    async def hash(self, password: str) -> str:
        """What may be stored of a password. Raises PasswordsBusy when too many are
        waiting."""

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is that password. Without a hash the answer is no, and takes as
        long. Raises PasswordsBusy."""

    def is_outdated(self, hashed: str) -> bool:
        """Whether it was hashed otherwise than passwords are hashed now."""


class Breached(Protocol):
    """The passwords that are tried first, since so many had them."""

    def __contains__(self, password: object) -> bool:
        """In lower case."""


def normalized(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


class Strength:
    """Asks for length, and for something that is not tried first; not for digits or
    signs, which people add where they are expected (NIST SP 800-63B)."""

    def __init__(self, breached: Breached) -> None:
        self._breached = breached

    def ensure(
        self, password: str, known: Collection[str], field: str = "password"
    ) -> None:
        """Raises Invalid for a password that is too short or soon guessed. `known` is
        what everybody knows of its user: name, e-mail address."""
        taken = normalized(password) if len(password) <= LONGEST_PASSWORD else ""
        if not SHORTEST_PASSWORD <= len(taken) <= LONGEST_PASSWORD:
            raise Invalid(
                f"password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.",
                field=field,
            )
        folded = taken.casefold()
        if len(set(folded)) < _FEWEST_KINDS:
            raise Invalid(
                "password repeats a few characters: take some words instead.",
                field=field,
            )
        if _is_made_of(folded, known):
            raise Invalid(
                "password is hardly more than what everybody knows of you: take some "
                "words of your own.",
                field=field,
            )
        if folded in self._breached or bare(folded) in self._breached:
            raise Invalid(
                "password is one of those that are tried first: take some words of "
                "your own.",
                field=field,
            )


def _is_made_of(folded: str, known: Collection[str]) -> bool:
    beside = folded
    parts = {part for each in known for part in (each, *each.split("@"))}
    words = {normalized(part).casefold() for part in (*parts, *_HOUSE)}
    for word in sorted(words, key=len, reverse=True):
        if len(word) >= _SHORTEST_KNOWN:
            beside = beside.replace(word, "")
    return beside != folded and len(beside) < _LEAST_BESIDE


_LETTERS = str.maketrans("@4301!$57", "aaeoiisst")


def bare(folded: str) -> str:
    """The word that is left without what is added to please a rule: `P@ssw0rd2026!`
    is `password`."""
    trimmed = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    return trimmed.translate(_LETTERS)
