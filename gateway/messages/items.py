"""The items of lists as JSON, remembered by their wire bytes.

When one item of a list changes, or another page has some of the same, only what is new
is written again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from cachebox import LRUCache
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor

from gateway.exact import dumps
from gateway.rules import is_map

Writer = Callable[[Any], Any]
Written = Callable[[bytes], orjson.Fragment]

_LENGTH_DELIMITED = 2
_LAST_SHORT_TAG = 15
_CONTINUES = 0x80
_LARGEST_BYTES = 8 * 1024
# What an entry costs beside its bytes.
_OVERHEAD_BYTES = 256


class Items:
    """JSON of messages that stand in lists, bounded by bytes; the longest unused are
    forgotten first."""

    def __init__(self, most_bytes: int) -> None:
        self._known: LRUCache[tuple[str, bytes], orjson.Fragment] = LRUCache(
            max(1, most_bytes), getsizeof=_size_of
        )

    def listed(
        self, page: Descriptor, of: Callable[[Descriptor], Writer]
    ) -> "Listed | None":
        """The list in a message that is a page of one; `of` finds the writer of its
        items."""
        lists = [field for field in page.fields if field.is_repeated]
        if len(lists) != 1 or lists[0].number > _LAST_SHORT_TAG or is_map(lists[0]):
            return None
        kind = lists[0].message_type
        if kind is None:
            return None
        return Listed(
            lists[0].json_name,
            lists[0].number << 3 | _LENGTH_DELIMITED,
            self._written(kind, of(kind)),
        )

    def _written(self, kind: Descriptor, write: Writer) -> Written:
        known, name = self._known, kind.full_name
        read = message_factory.GetMessageClass(kind).FromString

        def written(raw: bytes) -> orjson.Fragment:
            place = (name, raw)
            found: orjson.Fragment | None = known.get(place)
            if found is None:
                found = orjson.Fragment(dumps(write(read(raw))))
                if len(raw) <= _LARGEST_BYTES:
                    known[place] = found
            return found

        return written


@dataclass(frozen=True, slots=True)
class Listed:
    name: str
    """Of the list, in JSON."""
    tag: int
    written: Written
    """Wire bytes of one item → its JSON. Raises DecodeError."""

    def taken_apart(self, raw: bytes) -> tuple[list[bytes], bytes] | None:
        """The items, which stand first, and what follows them. None when those may not
        be all, or the bytes are no message."""
        tag, items, at, end = self.tag, [], 0, len(raw)
        try:
            while at < end and raw[at] == tag:
                length, at = raw[at + 1], at + 2
                if length >= _CONTINUES:
                    length, at = _varint(raw, length, at)
                items.append(raw[at : at + length])
                at += length
        except IndexError:
            return None
        rest = raw[at:]
        # Where the tag's byte does not stand, no further item does.
        return None if at > end or tag in rest else (items, rest)


def _varint(raw: bytes, first: int, at: int) -> tuple[int, int]:
    value, shift = first & 0x7F, 7
    while True:
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < _CONTINUES:
            return value, at
        shift += 7


def _size_of(place: tuple[str, bytes], _: orjson.Fragment) -> int:
    # The JSON of a message is three times its bytes and more.
    return 5 * len(place[1]) + _OVERHEAD_BYTES
