"""Random messages of any type."""

import math
from datetime import UTC, datetime
from typing import Any

from google.protobuf import any_pb2, message_factory, struct_pb2, wrappers_pb2
from google.protobuf.api_pb2 import Method
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import strategies as st

from gateway.messages.scalars import NULL
from gateway.rules import is_map, map_fields

_DEEPEST = 2
_LARGE = 3.4e38
_TEXT = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=6
)
_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,4}(_[a-z][a-z0-9]{0,3})?", fullmatch=True)
Field = FieldDescriptor
_SCALARS: dict[int, st.SearchStrategy[Any]] = {
    Field.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    Field.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    Field.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    Field.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    Field.CPPTYPE_DOUBLE: st.floats(),
    # The very largest, protobuf writes in a form that it does not read.
    Field.CPPTYPE_FLOAT: st.floats(width=32).filter(
        lambda value: not math.isfinite(value) or abs(value) < _LARGE
    ),
    Field.CPPTYPE_BOOL: st.booleans(),
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats(-1e15, 1e15) | _TEXT,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=3)
    ),
    max_leaves=6,
)


def messages(
    kind: Descriptor, depth: int = 0, *, unnamed: bool = True
) -> st.SearchStrategy[Any]:
    """Also with numbers that an enum has no name for, if `unnamed`."""
    if (special := _well_known(kind)) is not None:
        return special
    fields = [
        field for field in kind.fields if depth < _DEEPEST or not field.message_type
    ]
    values = {field.name: _values(field, depth, unnamed) for field in fields}

    def build(given: dict[str, Any]) -> Any:
        chosen = dict(given)
        for oneof in kind.oneofs:
            members = [each.name for each in oneof.fields if each.name in chosen]
            for name in members[1:]:
                del chosen[name]
        return message_factory.GetMessageClass(kind)(**chosen)

    some = st.fixed_dictionaries({}, optional=values)
    return some.map(build)


def _values(
    field: FieldDescriptor, depth: int, unnamed: bool
) -> st.SearchStrategy[Any]:
    if is_map(field):
        key, value = map_fields(field)
        values = _value(value, depth, unnamed)
        return st.dictionaries(_value(key, depth, unnamed), values, max_size=3)
    one = _value(field, depth, unnamed)
    return st.lists(one, max_size=3) if field.is_repeated else one


def _value(field: FieldDescriptor, depth: int, unnamed: bool) -> st.SearchStrategy[Any]:
    if field.message_type:
        return messages(field.message_type, depth + 1, unnamed=unnamed)
    if field.enum_type:
        numbers = st.sampled_from([each.number for each in field.enum_type.values])
        if field.enum_type.full_name == NULL or not unnamed:
            return numbers
        return numbers | st.sampled_from([-(2**31), 2**31 - 1, 77])
    if field.type == Field.TYPE_BYTES:
        return st.binary(max_size=6)
    return _SCALARS.get(field.cpp_type, _TEXT)


def _well_known(kind: Descriptor) -> st.SearchStrategy[Any] | None:
    if not kind.full_name.startswith("google.protobuf."):
        return None
    made = message_factory.GetMessageClass(kind)
    least, most = datetime(1, 1, 1), datetime(9999, 12, 31)  # noqa: DTZ001 - of a strategy
    nanos = st.sampled_from([0, 1, 500_000_000, 123_456_000, 999_999_999])
    known: dict[str, st.SearchStrategy[Any]] = {
        "Timestamp": st.builds(
            lambda at, part: made(seconds=int(at.timestamp()), nanos=part),
            st.datetimes(least, most, timezones=st.just(UTC)),
            nanos,
        ),
        "Duration": st.builds(
            lambda seconds, part, sign: made(seconds=seconds * sign, nanos=part * sign),
            st.integers(0, 315_576_000_000),
            nanos,
            st.sampled_from([1, -1]),
        ),
        "FieldMask": st.lists(_NAMES, max_size=3).map(lambda paths: made(paths=paths)),
        "Struct": st.dictionaries(_TEXT, _JSON, max_size=3).map(_struct),
        "ListValue": st.lists(_JSON, max_size=3).map(_list),
        "Value": _JSON.map(_json_value),
        "Any": _PACKED,
    }
    if kind.name not in known:
        return None
    # The type may be one of a pool of its own.
    return known[kind.name].map(lambda each: made.FromString(each.SerializeToString()))


def _struct(value: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    for key, item in value.items():
        made.fields[key].CopyFrom(_json_value(item))
    return made


def _list(value: list[Any]) -> struct_pb2.ListValue:
    return struct_pb2.ListValue(values=[_json_value(item) for item in value])


def _json_value(value: Any) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=_struct(value))
    if isinstance(value, list):
        return struct_pb2.Value(list_value=_list(value))
    return struct_pb2.Value(number_value=value)


def _any(inner: Any) -> any_pb2.Any:
    packed = any_pb2.Any()
    packed.Pack(inner, deterministic=True)
    return packed


_PACKED = st.recursive(
    st.just(any_pb2.Any())
    | st.one_of(
        st.integers(0, 2**31).map(lambda at: Timestamp(seconds=at)),
        st.integers(-5, 5).map(lambda long: Duration(seconds=long)),
        _JSON.map(_json_value),
        _TEXT.map(lambda text: wrappers_pb2.StringValue(value=text)),
        st.binary(max_size=4).map(lambda raw: wrappers_pb2.BytesValue(value=raw)),
        st.just(Empty()),
        _NAMES.map(lambda name: Method(name=name, request_streaming=True)),
    ).map(_any),
    lambda inner: inner.map(_any),
    max_leaves=3,
)
