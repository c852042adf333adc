"""Random types of messages, each contract in a pool of its own."""

from collections.abc import Callable
from typing import Any

from google.protobuf import (
    any_pb2,
    api_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    source_context_pb2,
    struct_pb2,
    timestamp_pb2,
    type_pb2,
    wrappers_pb2,
)
from google.protobuf.descriptor import Descriptor
from hypothesis import strategies as st

Field = descriptor_pb2.FieldDescriptorProto
Draw = Callable[[st.SearchStrategy[Any]], Any]

_FILES = (
    *(any_pb2, source_context_pb2, type_pb2, api_pb2, duration_pb2, empty_pb2),
    *(field_mask_pb2, struct_pb2, timestamp_pb2, wrappers_pb2),
)
_WELL_KNOWN = [
    *("Timestamp", "Duration", "FieldMask", "Struct", "Value", "ListValue", "Any"),
    *("Empty", "StringValue", "BytesValue", "BoolValue", "DoubleValue", "FloatValue"),
    *("Int32Value", "Int64Value", "UInt32Value", "UInt64Value"),
]
_NAMES = [
    *("a", "foo_bar", "fooBar2", "from", "None", "m", "d", "x_1", "long_name_of_it"),
    *("value", "key", "i", "e", "k", "_lead", "trail_", "two__lines", "UPPER", "type"),
]
_SCALARS = [
    kind
    for kind in Field.Type.values()
    if kind not in {Field.TYPE_GROUP, Field.TYPE_MESSAGE, Field.TYPE_ENUM}
]
_KEYS = [
    kind
    for kind in _SCALARS
    if kind not in {Field.TYPE_DOUBLE, Field.TYPE_FLOAT, Field.TYPE_BYTES}
]
_PACKAGE = "random.v1"


@st.composite
def types(draw: Draw) -> Descriptor:
    """A message whose fields may be all that proto3 has, itself included."""
    file = descriptor_pb2.FileDescriptorProto(
        name="random.proto", package=_PACKAGE, syntax="proto3"
    )
    file.dependency.extend(each.DESCRIPTOR.name for each in _FILES)
    enum = file.enum_type.add(name="Color")
    enum.options.allow_alias = True
    for number, name in enumerate(("NONE", "RED", "BLUE")):
        enum.value.add(name=name, number=number)
    enum.value.add(name="CRIMSON", number=1)
    enum.value.add(name="MINUS", number=-1)
    for name in ("Outer", "Inner"):
        _fill(draw, file.message_type.add(name=name))
    pool = descriptor_pool.DescriptorPool()
    for each in _FILES:
        pool.AddSerializedFile(each.DESCRIPTOR.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool.FindMessageTypeByName(f"{_PACKAGE}.Outer")


def _fill(draw: Draw, message: descriptor_pb2.DescriptorProto) -> None:
    names = draw(st.lists(st.sampled_from(_NAMES), unique=True, max_size=7))
    for number, name in enumerate(names, 1):
        field = message.field.add(name=name, number=number)
        form = draw(st.sampled_from(["one", "optional", "list", "map", "oneof"]))
        field.label = Field.LABEL_OPTIONAL
        _of_kind(draw, field)
        if form == "list":
            field.label = Field.LABEL_REPEATED
        elif form == "map":
            _map(draw, message, field)
        elif form == "oneof":
            if not any(each.name == "choice" for each in message.oneof_decl):
                message.oneof_decl.add(name="choice")
            field.oneof_index = 0
        if draw(st.integers(0, 5)) == 0:
            field.json_name = f"called{number}"
    # Oneofs that stand for `optional` come last.
    for field in message.field:
        plain = field.label == Field.LABEL_OPTIONAL and not field.HasField(
            "oneof_index"
        )
        if plain and draw(st.booleans()):
            field.proto3_optional = True
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_optional_{field.number}")


def _of_kind(draw: Draw, field: Any) -> None:
    kinds = [*_SCALARS, *[Field.TYPE_ENUM] * 2, *[Field.TYPE_MESSAGE] * 8]
    field.type = draw(st.sampled_from(kinds))
    if field.type == Field.TYPE_ENUM:
        enums = [f".{_PACKAGE}.Color", ".google.protobuf.NullValue"]
        field.type_name = draw(st.sampled_from(enums))
    elif field.type == Field.TYPE_MESSAGE:
        ours = [f".{_PACKAGE}.Outer", f".{_PACKAGE}.Inner"]
        theirs = [f".google.protobuf.{name}" for name in _WELL_KNOWN]
        field.type_name = draw(st.sampled_from(ours) | st.sampled_from(theirs))


def _map(draw: Draw, message: descriptor_pb2.DescriptorProto, field: Any) -> None:
    words = field.name.split("_")
    name = "".join(word[:1].upper() + word[1:] for word in words) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    key = entry.field.add(name="key", number=1, label=Field.LABEL_OPTIONAL)
    key.type = draw(st.sampled_from(_KEYS))
    value = entry.field.add(name="value", number=2, label=Field.LABEL_OPTIONAL)
    value.type = field.type
    if field.type_name:
        value.type_name = field.type_name
    field.type, field.label = Field.TYPE_MESSAGE, Field.LABEL_REPEATED
    field.type_name = f".{_PACKAGE}.{message.name}.{name}"
