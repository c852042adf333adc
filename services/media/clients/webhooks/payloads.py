"""A payload of JSON that anybody may have written, read with care."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from services.media.domain.webhooks.deliveries import DeliveryUnreadable

_LONGEST_WORD = 100
_LONGEST_TEXT = 1_000
_MOST = 50
_LARGEST = 2**31 - 1


class Payload:
    """An object of JSON. What is not of the type that is asked for is not there."""

    def __init__(self, said: Mapping[str, Any]) -> None:
        self._said = said

    @classmethod
    def read(cls, payload: bytes) -> "Payload":
        """Raises DeliveryUnreadable."""
        try:
            said = orjson.loads(payload)
        except orjson.JSONDecodeError as exc:
            raise DeliveryUnreadable("The payload is no JSON.") from exc
        if not isinstance(said, dict):
            raise DeliveryUnreadable("The payload is no object.")
        return cls(said)

    def word(self, name: str) -> str:
        """A short text, all of which can be seen."""
        text = self._said.get(name)
        if not isinstance(text, str) or len(text) > _LONGEST_WORD:
            return ""
        return text if text.isprintable() else ""

    def text(self, name: str) -> str:
        return _text(self._said.get(name))

    def texts(self, name: str) -> list[str]:
        texts = map(_text, self._list(name))
        return [each for each in texts if each]

    def number(self, name: str) -> int:
        """A number, also one that is written as a text; 0 where there is none."""
        number = self._said.get(name)
        if isinstance(number, str) and number.isdecimal() and number.isascii():
            number = int(number[:_LONGEST_WORD])
        if not isinstance(number, int) or isinstance(number, bool):
            return 0
        return number if 0 < number <= _LARGEST else 0

    def is_true(self, name: str) -> bool:
        return self._said.get(name) is True

    def inner(self, name: str) -> "Payload":
        found = self._said.get(name)
        return Payload(found if isinstance(found, dict) else {})

    def all_inner(self, name: str) -> Iterator["Payload"]:
        for each in self._list(name):
            if isinstance(each, dict):
                yield Payload(each)

    def _list(self, name: str) -> list[Any]:
        found = self._said.get(name)
        return found[:_MOST] if isinstance(found, list) else []


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").strip()[:_LONGEST_TEXT]
