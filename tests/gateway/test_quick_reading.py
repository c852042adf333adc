"""Reading quickly finds what reading with care finds, and says the same of what is
wrong."""

import functools
import json
from typing import Any

import pytest
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    json_format,
    message_factory,
    timestamp_pb2,
)
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Readers
from gateway.messages.reading import Errors
from gateway.messages.texts import time_of
from tests.gateway import contract
from tests.gateway.messages import messages

CAREFUL = Readers()
QUICK = QuickReaders(CAREFUL)


@functools.cache
def plain() -> Descriptor:
    """`Everything` without its choice: a type that is read quickly."""
    file = descriptor_pb2.FileDescriptorProto()
    contract.conformance().file.CopyToProto(file)
    made = descriptor_pb2.FileDescriptorProto(
        name="conformance/v1/plain.proto",
        package="conformance.v1.plain",
        syntax="proto3",
        dependency=[*file.dependency, file.name],
    )
    everything = next(each for each in file.message_type if each.name == "Everything")
    kind = made.message_type.add()
    kind.CopyFrom(everything)
    kind.name = "Plain"
    del kind.oneof_decl[0]
    for field in kind.field:
        if field.proto3_optional:
            field.oneof_index -= 1
        else:
            field.ClearField("oneof_index")
        if field.type_name.startswith(".conformance.v1.Everything."):
            entry = field.type_name.rpartition(".")[2]
            field.type_name = f".conformance.v1.plain.Plain.{entry}"
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(made.SerializeToString())
    return pool.FindMessageTypeByName("conformance.v1.plain.Plain")


def empty() -> Any:
    return message_factory.GetMessageClass(plain())()


def quickly(value: Any) -> tuple[Any, Errors]:
    message, errors = empty(), []
    QUICK.of(plain())(message, value, "", errors)
    return message, errors


def with_care(value: Any) -> tuple[Any, Errors]:
    message, errors = empty(), []
    CAREFUL.of(plain())(message, value, "", errors)
    return message, errors


ODD = [
    *(None, True, 0, -1, 2**31, 2**63, 2**64, 10**30, 1.0, 1.5, -0.0),
    *(float("inf"), "", "5", "RED", "x" * 3, "\ud800", "2030-01-31T12:00:00Z"),
    *([], [None], ["a", 1], [1, 2], [{}], [{"number": "x"}], {}, {"text": 1}),
    *({"number": 1, "text": "a"}, {"1": {}}, {"true": 0.5}, {"inner": {"inner": {}}}),
]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_protobuf_writes_is_read_quickly(data: st.DataObject) -> None:
    text = json_format.MessageToJson(data.draw(messages(plain())))

    found, errors = quickly(json.loads(text))

    assert errors == []
    # As text: inside an Any, maps have the order in which somebody packed them.
    assert json_format.MessageToJson(found, sort_keys=True) == (
        json_format.MessageToJson(json_format.Parse(text, empty()), sort_keys=True)
    )


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_is_sent_care_finds_the_same(data: st.DataObject) -> None:
    names = [name for field in plain().fields for name in (field.name, field.json_name)]
    value = data.draw(
        st.dictionaries(
            st.sampled_from([*names, "nothing"]), st.sampled_from(ODD), max_size=4
        )
    )

    found, errors = quickly(value)
    expected, expected_errors = with_care(value)

    assert errors == expected_errors
    assert found.SerializeToString(deterministic=True) == expected.SerializeToString(
        deterministic=True
    )


def test_what_was_read_before_something_odd_is_there_once() -> None:
    value = {"inners": [{"number": 1}, {"number": "2"}], "texts": ["a"], "from": None}

    found, errors = quickly(value)

    assert errors == []
    assert [each.number for each in found.inners] == [1, 2]
    assert list(found.texts) == ["a"]


@pytest.mark.parametrize(
    "text",
    [
        *("2030-01-31T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"),
        *("1969-12-31T23:59:59.999Z", "2030-01-31T12:00:00.000001Z"),
        *("2024-02-29T00:00:00Z", "1970-01-01T00:00:00Z"),
    ],
)
def test_a_usual_time_is_protobufs_time(text: str) -> None:
    expected = timestamp_pb2.Timestamp()
    expected.FromJsonString(text)

    assert time_of(text) == (expected.seconds, expected.nanos)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2030-01-31", "2030-01-31 12:00:00Z", "2030-01-31T12:00:00z"),
        *("2030-W01-1T12:00:00Z", "2030-02-30T12:00:00Z", "2030-01-31T24:00:00Z"),
        *("2030-01-31T12:00:60Z", "2030-01-31T12:00:00,123Z", "20300131T120000.12Z"),
        *("2030-01-31T12:00:00.12Z", "2030-01-31T12:00:00.123456789Z"),
        *(
            "2030-01-31T12:00:00+00:00",
            "2030-01-31T12:00:00.+1:0Z",
            "0000-01-01T00:00:00Z",
        ),
        *("٢030-01-31T12:00:00Z", "2030-01-31T12:00:00.12٣Z"),
    ],
)
def test_any_other_time_is_read_with_care(text: str) -> None:
    assert time_of(text) is None
