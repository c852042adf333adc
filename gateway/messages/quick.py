"""JSON objects → messages as they nearly always are: names in camel case, values of the
type that JSON has for them. What is otherwise is read by `Readers`, with more care.
"""

import keyword
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.messages.readers import Readers
from gateway.messages.reading import Errors, Read
from gateway.messages.texts import time_of

Fill = Callable[[Any, Any], None]
"""Puts a JSON value into a message, which is half filled when it raises ValueError or
OverflowError."""
Field = FieldDescriptor

_WHOLE = {
    *(Field.CPPTYPE_INT32, Field.CPPTYPE_INT64),
    *(Field.CPPTYPE_UINT32, Field.CPPTYPE_UINT64),
}
# A whole number up to here is the same number as a float.
_MOST_EXACT = 2**53
_TIMESTAMP = "google.protobuf.Timestamp"


class _Odd(ValueError):
    """Only who reads with care can say what this is, or what is wrong with it."""


class QuickReaders:
    """Makes, and remembers, one function for each type of message."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._made: dict[str, str] = {}
        self._scope: dict[str, Any] = {"Odd": _Odd, "time_of": time_of}

    def of(self, message: Descriptor) -> Read:
        """Reads a JSON value of this type into a message, which is empty before."""
        careful = self._readers.of(message)
        if not _is_plain(message):
            return careful
        fill: Fill = self._scope[self._name_of(message)]

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            try:
                fill(message, value)
            except (ValueError, OverflowError):
                message.Clear()
                careful(message, value, prefix, errors)

        return read

    def of_field(self, field: FieldDescriptor) -> Read:
        """Reads a JSON value into one field of a message, which is empty before."""
        kind = field.message_type
        if not kind or field.is_repeated or not _is_plain(kind):
            return self._readers.of_field(field)
        name, of_kind = field.name, self.of(kind)

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            inner = getattr(message, name)
            # An empty object is there nevertheless.
            inner.SetInParent()
            of_kind(inner, value, prefix, errors)

        return read

    def _careful(self, field: FieldDescriptor) -> Fill:
        read = self._readers.of_field(field)

        def fill(message: Any, value: Any) -> None:
            errors: Errors = []
            read(message, value, "", errors)
            if errors:
                raise _Odd

        return fill

    def _name_of(self, message: Descriptor) -> str:
        known = self._made.get(message.full_name)
        if known is None:
            known = self._made[message.full_name] = f"fill_{len(self._made)}"
            source = self._source(known, message)
            # The source is made of names in our own contract, which are identifiers,
            # and of literals made by repr. A call per field takes twice as long.
            exec(source, self._scope)  # noqa: S102
        return known

    def _source(self, name: str, message: Descriptor) -> str:
        names = self._keep(frozenset(field.json_name for field in message.fields))
        lines = [
            f"def {name}(m, d):",
            f"    if type(d) is not dict or not {names}.issuperset(d): raise Odd",
            "    get = d.get",
        ]
        for field in message.fields:
            lines += [f"    {line}" for line in self._lines(field)]
        return "\n".join(lines)

    def _lines(self, field: FieldDescriptor) -> list[str]:
        key, at = repr(field.json_name), f"m.{field.name}"
        careful = self._keep(self._careful(field))
        if keyword.iskeyword(field.name):
            return [f"if {key} in d: {careful}(m, d[{key}])"]
        value = [f"v = get({key})"]
        otherwise = f"elif v is not None: {careful}(m, v)"
        kind = field.message_type
        if kind and kind.full_name == _TIMESTAMP and not field.is_repeated:
            return [
                *value,
                "if type(v) is str and (t := time_of(v)):",
                f"    s = {at}",
                "    s.seconds, s.nanos = t",
                otherwise,
            ]
        if kind and _is_plain(kind) and field.is_repeated:
            fill = self._name_of(kind)
            return [
                *value,
                "if type(v) is list:",
                f"    add = {at}.add",
                f"    for i in v: {fill}(add(), i)",
                otherwise,
            ]
        if kind and _is_plain(kind):
            fill = self._name_of(kind)
            # An empty object is there nevertheless.
            there = f"    s = {at}; s.SetInParent(); {fill}(s, v)"
            return [*value, "if v is not None:", there]
        if kind or field.is_repeated or not (test := self._test(field)):
            return [f"if {key} in d: {careful}(m, d[{key}])"]
        condition, converted = test
        put = f"{at} = {converted}"
        if not field.has_presence and field.cpp_type != Field.CPPTYPE_DOUBLE:
            # What is not set is nothing, 0 or false. (-0.0 is not 0.0.)
            put = f"if v: {put}"
        return [*value, f"if {condition}:", f"    {put}", otherwise]

    def _test(self, field: FieldDescriptor) -> tuple[str, str] | None:
        """The condition under which `v` is as usual, and what to set the field to."""
        kind = field.cpp_type
        if kind in _WHOLE:
            return "type(v) is int", "v"
        if kind == Field.CPPTYPE_BOOL:
            return "type(v) is bool", "v"
        if kind == Field.CPPTYPE_STRING and field.type != Field.TYPE_BYTES:
            return "type(v) is str", "v"
        if kind == Field.CPPTYPE_DOUBLE:
            small = f"type(v) is int and -{_MOST_EXACT} < v < {_MOST_EXACT}"
            return f"type(v) is float and v - v == 0 or {small}", "v"
        if field.enum_type and field.enum_type.full_name != "google.protobuf.NullValue":
            values = field.enum_type.values
            numbers = self._keep({each.name: each.number for each in values})
            return f"type(v) is str and v in {numbers}", f"{numbers}[v]"
        return None

    def _keep(self, value: Any) -> str:
        name = f"kept_{len(self._scope)}"
        self._scope[name] = value
        return name


def _is_plain(message: Descriptor) -> bool:
    """Whether its JSON is an object of its fields, any of which may be there."""
    has_choice = any(len(oneof.fields) > 1 for oneof in message.oneofs)
    return not (
        has_choice
        or message.full_name.startswith("google.protobuf.")
        or message.GetOptions().map_entry
    )
