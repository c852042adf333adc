"""Query parameters → fields of a message: nested by dots, repeated by repetition,
`map[key]=value` for maps."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.messages.reading import Errors, wrong
from gateway.messages.scalars import Wrong, from_text
from gateway.messages.well_known import fill_of
from gateway.problems import FieldError
from gateway.rules import field_named

MOST_PARAMETERS = 200
_BAD_ESCAPE = re.compile(rb"%(?![0-9a-fA-F]{2})")
_MAP_KEY = re.compile(r"(.*)\[([^\]]*)\]")

Put = Callable[[Any, str], None]
"""Puts a text into the message that has the field. Raises ValueError."""


def split(query: bytes, errors: Errors) -> list[tuple[str, str]]:
    """Names and values, decoded. What cannot be read is added to the errors."""
    pairs: list[tuple[str, str]] = []
    parts = [part for part in query.split(b"&") if part]
    if len(parts) > MOST_PARAMETERS:
        detail = f"has more than {MOST_PARAMETERS} parameters"
        errors.append(FieldError("query", detail))
        return pairs
    for part in parts:
        name, _, value = part.partition(b"=")
        if not name:
            errors.append(FieldError("query", "has a value without a name"))
            continue
        try:
            pairs.append((decode(name), decode(value)))
        except ValueError:
            shown = name.decode("ascii", "replace")
            errors.append(FieldError(shown, "is not percent-encoded UTF-8 text"))
    return pairs


def decode(part: bytes) -> str:
    """Raises ValueError for what is not percent-encoded UTF-8 text."""
    if b"%" in part or b"+" in part:
        if _BAD_ESCAPE.search(part):
            raise ValueError("bad escape")
        part = unquote_to_bytes(part.replace(b"+", b" "))
    text = part.decode()
    if "\0" in text:
        raise ValueError("NUL")
    return text


@dataclass(frozen=True, slots=True)
class _Way:
    """How a parameter reaches its field."""

    outer: tuple[str, ...]
    """Names of the messages that it is in."""
    put: Put
    is_repeated: bool
    taken: tuple[str, ...]
    """What must not be set twice: the field, or the oneofs on the way."""


class Parameters:
    """The query parameters of one rule. A way is found when it is first asked, since
    the ways of a recursive message have no end; those found are remembered."""

    def __init__(self, message: Descriptor, bound: frozenset[str]) -> None:
        self._message = message
        self._bound = bound
        self._ways: dict[str, _Way] = {}

    def read(
        self,
        message: Any,
        pairs: list[tuple[str, str]],
        errors: Errors,
        taken: dict[str, str],
    ) -> set[str]:
        """Set the fields; the names of the top fields that were. What is wrong is added
        to the errors. `taken` has the oneofs that are set already, each with what did
        so."""
        tops: set[str] = set()
        for name, value in pairs:
            try:
                way = self._way(name)
                self._ensure_once(way, name, taken)
                into = message
                for outer in way.outer:
                    into = getattr(into, outer)
                    into.SetInParent()
                way.put(into, value)
                tops.add(way.taken[0].partition(".")[0])
            except ValueError as exc:
                errors.append(wrong(name, exc))
        return tops

    def _ensure_once(self, way: _Way, name: str, taken: dict[str, str]) -> None:
        if way.is_repeated:
            return
        for each in way.taken:
            other = taken.setdefault(each, name)
            if other != name:
                raise Wrong(f"cannot be there together with {other}")
        own = f"={way.taken[0]}"
        if own in taken:
            raise Wrong("is there twice")
        taken[own] = name

    def _way(self, name: str) -> _Way:
        way = self._ways.get(name)
        if way is None:
            way, is_finite = self._find(name)
            if is_finite and len(self._ways) < MOST_PARAMETERS:
                self._ways[name] = way
        return way

    def _find(self, name: str) -> tuple[_Way, bool]:
        map_key = _MAP_KEY.fullmatch(name)
        *outer, last = (map_key[1] if map_key else name).split(".")
        message = self._message
        names: list[str] = []
        taken: list[str] = []
        for each in outer:
            field = self._field(message, each, names)
            if field is None or field.is_repeated or field.message_type is None:
                raise Wrong("is not a parameter here")
            names.append(field.name)
            taken += oneof_of(field, names[:-1])
            message = field.message_type
        found = self._field(message, last, names)
        if found is None:
            raise Wrong("is not a parameter here")
        put = _map_put(found, map_key[2]) if map_key else _put(found)
        if put is None:
            raise Wrong("cannot be given as a parameter")
        whole = ".".join([*names, found.name])
        if map_key:
            whole += f"[{map_key[2]}]"
        repeated = found.is_repeated and not map_key
        ways = (whole, *taken, *oneof_of(found, names))
        return _Way(tuple(names), put, repeated, ways), not map_key

    def _field(
        self, message: Descriptor, name: str, outer: list[str]
    ) -> FieldDescriptor | None:
        field = field_named(message, name)
        if field and ".".join([*outer, field.name]) in self._bound:
            return None
        return field


def oneof_of(field: FieldDescriptor, outer: list[str]) -> list[str]:
    """The path of the oneof that a field is a member of, if it is of one."""
    oneof = field.containing_oneof
    if oneof is None or len(oneof.fields) == 1:
        return []
    return [".".join([*outer, oneof.name])]


def _put(field: FieldDescriptor) -> Put | None:
    name, kind = field.name, field.message_type
    if kind is None:
        return _put_value(field)
    if kind.GetOptions().map_entry:
        return None
    fill = fill_of(kind, text=True)
    if fill is None:
        return None
    if field.is_repeated:
        return lambda message, text: fill(getattr(message, name).add(), text)

    def put(message: Any, text: str) -> None:
        inner = getattr(message, name)
        inner.SetInParent()
        fill(inner, text)

    return put


def _put_value(field: FieldDescriptor) -> Put:
    name, convert = field.name, from_text(field)
    if field.is_repeated:
        return lambda message, text: getattr(message, name).append(convert(text))
    return lambda message, text: setattr(message, name, convert(text))


def _map_put(field: FieldDescriptor, word: str) -> Put | None:
    kind = field.message_type
    if kind is None or not kind.GetOptions().map_entry:
        return None
    value_field = kind.fields_by_name["value"]
    name, of_key = field.name, from_text(kind.fields_by_name["key"])
    if value_field.message_type:
        fill = fill_of(value_field.message_type, text=True)
        if fill is None:
            return None
        return lambda message, text: fill(getattr(message, name)[of_key(word)], text)
    of_value = from_text(value_field)

    def put(message: Any, text: str) -> None:
        getattr(message, name)[of_key(word)] = of_value(text)

    return put
