"""Whether a mailbox is whose it is said to be: a code is sent there, and given back."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kit.delivery.message import Message
from kit.errors import Denied, Exhausted

MOST_TRIES = 5
"""An hour, of things sent to a mailbox, and of one's mailboxes together."""
TRIES_WITHIN = timedelta(hours=1)
MOST_GUESSES = 5
"""At one code."""
_GOOD_FOR = timedelta(minutes=15)
_SIGNS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LENGTH = 8
_LONGEST_GIVEN = 40


class CodeWrong(Denied):
    reason = "code_wrong"

    def __init__(self) -> None:
        super().__init__(
            "That is not the code, or it is too old: have another sent.", field="code"
        )


class TooManyTries(Exhausted):
    reason = "too_many_tries"

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(
            f"Mailboxes are tried {MOST_TRIES} times an hour. Wait a while.",
            retry_after=retry_after,
        )


@dataclass(frozen=True, slots=True)
class Code:
    text: str = field(repr=False)
    until: datetime

    @classmethod
    def new(cls, now: datetime) -> "Code":
        text = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
        return cls(text, now + _GOOD_FOR)


def read_code(given: str) -> str:
    """As it was made, however somebody writes it. Raises CodeWrong."""
    if len(given) > _LONGEST_GIVEN:
        raise CodeWrong
    text = given.upper().replace("-", "").replace(" ", "")
    if len(text) != _LENGTH or not set(text) <= set(_SIGNS):
        raise CodeWrong
    return text


def letter(code: Code) -> Message:
    """Says nothing of the person who wrote the address: it may be a stranger's."""
    half = _LENGTH // 2
    return Message(
        "test.confirmation",
        "MediaNest",
        f"{code.text[:half]}-{code.text[half:]} is the code that confirms this address."
        " It is good for 15 minutes. If you did not ask for it, do nothing: nothing"
        " more is sent here.",
        "Confirm your address",
    )
