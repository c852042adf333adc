"""Messages → JSON, by functions that are made from the descriptors once.

What is written is what google.protobuf.json_format writes when told to print fields
without presence: nothing, 0, false, "" and [] are there, so that a reader finds no
holes; a message or an `optional` that is not set is absent. Keys of maps are sorted,
so that the same message is always the same bytes.
"""

import keyword
from collections.abc import Callable
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from gateway.exact import dumps
from gateway.messages import packed, texts
from gateway.messages.items import Items
from gateway.messages.trimming import Tree, trimmed
from gateway.messages.well_known import ANY
from gateway.rules import is_map, map_fields

Writer = Callable[[Any], Any]
Field = FieldDescriptor

_WHOLE_64 = {Field.CPPTYPE_INT64, Field.CPPTYPE_UINT64}
_WELL_KNOWN: dict[str, Writer] = {
    "google.protobuf.Timestamp": lambda m: texts.timestamp_text(m.seconds, m.nanos),
    "google.protobuf.Duration": texts.duration_text,
    "google.protobuf.FieldMask": lambda m: m.ToJsonString(),
    "google.protobuf.Struct": texts.struct_value,
    "google.protobuf.ListValue": texts.struct_value,
    "google.protobuf.Value": texts.struct_value,
}
_WRAPPERS = {
    f"google.protobuf.{kind}Value"
    for kind in (
        *("Bool", "String", "Bytes", "Double", "Float"),
        *("Int32", "Int64", "UInt32", "UInt64"),
    )
}


class Writers:
    """Makes, and remembers, one function for each type of message."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}
        self._scope: dict[str, Any] = {
            "text64": str,
            "odd": texts.odd_float,
            "single": texts.single,
            "base64": texts.bytes_text,
        }

    def of(self, message: Descriptor) -> Writer:
        """Message → what orjson writes."""
        writer: Writer = self._scope[self._name_of(message)]
        return writer

    def of_field(self, field: FieldDescriptor) -> Writer:
        """Message → what orjson writes of one of its fields."""
        name = f"field_{len(self._scope)}"
        value = self._value(field, _attribute(field))
        if field.has_presence:
            value = f"{value} if m.HasField({field.name!r}) else None"
        self._run(f"def {name}(m):\n    return {value}")
        writer: Writer = self._scope[name]
        return writer

    def _name_of(self, message: Descriptor) -> str:
        known = self._made.get(message.full_name)
        if known is None:
            known = self._made[message.full_name] = f"write_{len(self._made)}"
            if message.full_name == ANY:
                self._scope[known] = packed.writer(self.of, message.file.pool)
            elif message.full_name in _WELL_KNOWN:
                self._scope[known] = _WELL_KNOWN[message.full_name]
            elif message.full_name in _WRAPPERS:
                value = self._value(message.fields_by_name["value"], "m.value")
                self._run(f"def {known}(m):\n    return {value}")
            else:
                self._run(self._source(known, message))
        return known

    def _source(self, name: str, message: Descriptor) -> str:
        """A function with a dictionary of the leading fields that are always there,
        and a line for each of the others, in the order of their declaration."""
        lines: list[str] = []
        leading: list[str] = []
        for field in message.fields:
            value = self._value(field, _attribute(field))
            key = repr(field.json_name)
            if field.has_presence:
                lines.append(f"    if m.HasField({field.name!r}): d[{key}] = {value}")
            elif lines:
                lines.append(f"    d[{key}] = {value}")
            else:
                leading.append(f"{key}: {value}")
        head = f"def {name}(m):\n    d = {{{', '.join(leading)}}}"
        return "\n".join([head, *lines, "    return d"])

    def _value(self, field: FieldDescriptor, at: str) -> str:
        if is_map(field):
            return self._map(field, at)
        if not field.is_repeated:
            return self._one(field, at)
        one = self._one(field, "i")
        # A copy: to go through what protobuf holds takes three times as long, above
        # all to find that it is empty.
        return f"{at}[:]" if one == "i" else f"[{one} for i in {at}[:]]"

    def _map(self, field: FieldDescriptor, at: str) -> str:
        key, value = map_fields(field)
        name = "k"
        if key.cpp_type == Field.CPPTYPE_BOOL:
            name = "('true' if k else 'false')"
        elif key.cpp_type != Field.CPPTYPE_STRING:
            name = "str(k)"
        # Of a map of messages a view gives keys; [] gives the value without a copy.
        return f"{{{name}: {self._one(value, f'{at}[k]')} for k in sorted({at})}}"

    def _one(self, field: FieldDescriptor, at: str) -> str:
        kind = field.cpp_type
        if field.message_type:
            return f"{self._name_of(field.message_type)}({at})"
        if field.enum_type:
            return self._enum(field.enum_type, at)
        if kind in _WHOLE_64:
            return f"text64({at})"
        if kind == Field.CPPTYPE_DOUBLE:
            return f"(x if (x := {at}) - x == 0 else odd(x))"
        if kind == Field.CPPTYPE_FLOAT:
            return f"single({at})"
        return f"base64({at})" if field.type == Field.TYPE_BYTES else at

    def _enum(self, enum: EnumDescriptor, at: str) -> str:
        if enum.full_name == "google.protobuf.NullValue":
            return "None"
        name = "names_of_" + enum.full_name.replace(".", "_")
        # The first name of a number that has two is the one that is written.
        names = {each.number: each.name for each in reversed(enum.values)}
        self._scope[name] = names.get
        return f"{name}((e := {at}), e)"

    def _run(self, source: str) -> None:
        # The source is made of names in our own contract, which are identifiers, and
        # of literals made by repr. A call per field instead takes twice as long.
        exec(source, self._scope)  # noqa: S102


class Encoder:
    """Wire bytes of one type of message → JSON bytes."""

    def __init__(
        self,
        writers: Writers,
        message: Descriptor,
        response_body: str,
        items: Items | None = None,
    ) -> None:
        self.read: Callable[[bytes], Any] = message_factory.GetMessageClass(
            message
        ).FromString
        self._write = (
            writers.of_field(message.fields_by_name[response_body])
            if response_body
            else writers.of(message)
        )
        self._listed = (
            items.listed(message, writers.of) if items and not response_body else None
        )

    def told(self, raw: bytes) -> tuple[Any, bytes]:
        """The message and its JSON. What the message has in its list is not read,
        since it is known; all else is. Raises DecodeError."""
        listed = self._listed
        apart = listed.taken_apart(raw) if listed else None
        if listed is None or apart is None:
            message = self.read(raw)
            return message, dumps(self._write(message))
        items, rest = apart
        message = self.read(rest)
        value = self._write(message)
        value[listed.name] = [listed.written(each) for each in items]
        return message, dumps(value)

    def encode(self, raw: bytes, wanted: Tree | None = None) -> bytes:
        return self.write(self.read(raw), wanted)

    def write(self, message: Any, wanted: Tree | None = None) -> bytes:
        """All of the message, or what is wanted of it."""
        value = self._write(message)
        return dumps(value if wanted is None else trimmed(value, wanted))


def _attribute(field: FieldDescriptor) -> str:
    if keyword.iskeyword(field.name):
        return f"getattr(m, {field.name!r})"
    return f"m.{field.name}"
