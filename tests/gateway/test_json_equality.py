"""Our JSON is protobuf's JSON, for messages of every type that there is."""

import json
from typing import Any

import orjson
from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway import rules
from gateway.encode import Writers
from gateway.messages import json_text
from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Errors, Readers
from gateway.problems import Problem
from tests.gateway import contract
from tests.gateway.messages import messages

TYPES = {
    kind.full_name: kind
    for service in [*rules.services(), *contract.services()]
    for method in service.methods
    for kind in (method.input_type, method.output_type)
    if kind.full_name != "google.protobuf.Empty"
}
# Of the types that have nearly everything in them, as many as of all the others.
KINDS = st.sampled_from(sorted(TYPES)) | st.sampled_from(
    [each for each in sorted(TYPES) if each.startswith("conformance.")]
)
MANY = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
WRITERS, READERS = Writers(), QuickReaders(Readers())


def ours(message: Any) -> bytes:
    return orjson.dumps(WRITERS.of(message.DESCRIPTOR)(message))


def read(kind: Descriptor, body: bytes) -> tuple[Any, Errors]:
    message, errors = message_factory.GetMessageClass(kind)(), []
    READERS.of(kind)(message, json_text.parse(body), "", errors)
    return message, errors


@MANY
@given(name=KINDS, data=st.data())
def test_what_we_write_is_what_protobuf_writes(name: str, data: st.DataObject) -> None:
    message = data.draw(messages(TYPES[name]))

    assert orjson.loads(ours(message)) == json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True
    )


@MANY
@given(name=KINDS, data=st.data())
def test_what_protobuf_writes_we_read(name: str, data: st.DataObject) -> None:
    message = data.draw(messages(TYPES[name]))
    text = json_format.MessageToJson(message)

    found, errors = read(TYPES[name], text.encode())

    assert errors == []
    # As text: inside an Any, maps have the order in which somebody packed them.
    assert json_format.MessageToJson(found, sort_keys=True) == (
        json_format.MessageToJson(
            json_format.Parse(text, type(message)()), sort_keys=True
        )
    )
    assert orjson.loads(ours(found)) == orjson.loads(ours(message))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read(body: bytes) -> None:
    assert refused_or_read(body)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats()
        | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        field.json_name
                        for field in contract.descriptor("Everything").fields
                    ]
                )
                | st.text(max_size=3),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_random_json_is_refused_or_read(value: Any) -> None:
    assert refused_or_read(json.dumps(value).encode())


def refused_or_read(body: bytes) -> bool:
    """Nothing but our own refusals may come out of any body."""
    try:
        read(contract.descriptor("Everything"), body)
    except Problem as problem:
        return problem.status == 400
    return True
