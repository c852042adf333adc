"""Our JSON is protobuf's JSON, for messages of types that nobody has thought of."""

import json
from typing import Any

import orjson
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.encode import Writers
from gateway.messages import json_text
from gateway.messages.readers import Readers
from gateway.messages.reading import Errors
from gateway.messages.scalars import NULL
from gateway.problems import Problem
from gateway.rules import is_map, map_fields
from tests.gateway.messages import messages
from tests.gateway.types import types

# A type is drawn before its message: on a busy machine hypothesis takes the making of
# the first for a strategy that is too slow.
RANDOM = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
ODD_VALUES = settings(RANDOM, max_examples=120)


def written(message: Any) -> Any:
    return orjson.loads(orjson.dumps(Writers().of(message.DESCRIPTOR)(message)))


def read(kind: Descriptor, text: str) -> tuple[Any, Errors]:
    found, errors = message_factory.GetMessageClass(kind)(), Errors()
    Readers().of(kind)(found, json_text.parse(text.encode()), "", errors)
    return found, errors


def known(message: Any) -> bytes:
    return bytes(message.SerializeToString(deterministic=True))


@RANDOM
@given(data=st.data())
def test_what_we_write_is_what_protobuf_writes(data: st.DataObject) -> None:
    kind = data.draw(types())
    message = data.draw(messages(kind))

    assert written(message) == json_format.MessageToDict(
        message,
        always_print_fields_with_no_presence=True,
        descriptor_pool=kind.file.pool,
    )


@RANDOM
@given(data=st.data())
def test_what_protobuf_writes_we_read(data: st.DataObject) -> None:
    kind = data.draw(types())
    message = data.draw(messages(kind))
    text = json_format.MessageToJson(
        message,
        always_print_fields_with_no_presence=data.draw(st.booleans()),
        preserving_proto_field_name=data.draw(st.booleans()),
        use_integers_for_enums=data.draw(st.booleans()),
        descriptor_pool=kind.file.pool,
    )

    found, errors = read(kind, text)

    assert errors == []
    assert written(found) == written(message)


@RANDOM
@given(data=st.data())
def test_what_we_write_we_read(data: st.DataObject) -> None:
    kind = data.draw(types())
    message = data.draw(messages(kind))

    found, errors = read(kind, json.dumps(written(message)))

    assert errors == []
    assert written(found) == written(message)


ODD = [
    *(None, True, False, 0, 1, -1, 7, 77, 1.0, -0.0, 1.5, 1e20, -1e300, 3.4028235e38),
    *(2**31 - 1, 2**31, 2**32, 2**53 + 1, 2**63, -(2**63), 2**64, 10**400, "", "a"),
    *("1", "-1", "1.0", "1e2", "1.5", "-0", "00", "+1", " 1", "1 ", "1_0", "0x1"),
    *("NaN", "nan", "Infinity", "-Infinity", "inf", "1e999", "true", "null", "\ud800"),
    *("RED", "red", "CRIMSON", "NULL_VALUE", "AA==", "AA", "A", "_-8", "+/8=", "*"),
    *("2030-01-31T12:00:00Z", "2030-01-31T12:00:00.5+01:00", "2030-01-31", "1s", "1"),
    *("2030-1-1T0:0:0Z", "0000-01-01T00:00:00Z", "2030-02-30T00:00:00Z", "-0.5s"),
    *("1.0000000001s", "999999999999s", "a,bB.c", "a_b", "a,,b"),
    *([], {}, [[]], [{}], [None], {"a": None}, {"a": 1}, {"1": {}}, {"@type": "x"}),
]


@ODD_VALUES
@given(data=st.data())
def test_what_protobuf_refuses_we_refuse(data: st.DataObject) -> None:
    kind = data.draw(types().filter(lambda each: each.fields))
    field = data.draw(st.sampled_from(list(kind.fields)))
    odd = data.draw(st.sampled_from(ODD))
    value = odd
    if is_map(field) and data.draw(st.booleans()):
        value = {data.draw(st.sampled_from(["1", "true", "a", "01", ""])): odd}
    elif field.is_repeated and data.draw(st.booleans()):
        value = [odd]
    text = json.dumps({field.json_name: value})

    theirs = message_factory.GetMessageClass(kind)()
    try:
        json_format.Parse(text, theirs, descriptor_pool=kind.file.pool)
        refusal = None
    except (json_format.ParseError, UnicodeEncodeError) as exc:
        refusal = exc
    try:
        ours, errors = read(kind, text)
    except Problem as problem:
        ours, errors = None, list(problem.errors)

    if errors:
        assert all(each.field.startswith((field.json_name, "body")) for each in errors)
        assert refusal or is_stricter(field, value)
    elif refusal:
        assert is_more_lenient(field, value)
    else:
        assert known(ours) == known(theirs)


def is_more_lenient(field: FieldDescriptor, value: Any) -> bool:
    """docs/decisions/0023: lists and maps of nulls are read as they are written, and
    so is the largest 32-bit float."""
    one = map_fields(field)[1] if is_map(field) else field
    if one.enum_type:
        return bool(one.enum_type.full_name == NULL)
    return "3.4028235e+38" in json.dumps(value)


def is_stricter(field: FieldDescriptor, value: Any) -> bool:
    """docs/decisions/0023: what only Python takes for a number, a text of bytes, a time
    or an object is refused."""
    one = map_fields(field)[1] if is_map(field) else field
    odd = value
    if odd and (is_map(field) or field.is_repeated):
        [odd] = value.values() if type(value) is dict else value
    if one.message_type and one.message_type.name.endswith("Value"):
        one = one.message_type.fields_by_name.get("value") or one
    if one.enum_type:
        is_null = one.enum_type.full_name == NULL
        return is_null or type(odd) is not int or odd not in range(-(2**31), 2**31)
    if one.message_type:
        is_empty = odd in ("", [])
        return is_empty or odd in ("2030-1-1T0:0:0Z", "1.0000000001s")
    if one.type == FieldDescriptor.TYPE_BYTES:
        return type(odd) is str
    if one.cpp_type in {FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE}:
        return type(odd) is bool or odd in {" 1", "1 ", "1_0", "inf", "1e999"}
    return bool(odd == "1_0")
