"""What the document says of a message is what the gateway writes of it, and reads."""

import functools
from typing import Any

import orjson
import pytest
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateway import rules
from gateway.encode import Writers
from gateway.openapi.comments import Comments
from gateway.openapi.schemas import Schemas, Use
from tests.gateway import contract
from tests.gateway.messages import messages
from tests.gateway.openapi import Json, closed

ANSWERS = {
    method.output_type.full_name: method.output_type
    for service in [*rules.services(), contract.conformance()]
    for method in service.methods
}
REQUESTS = {
    method.input_type.full_name: method.input_type
    for method in contract.conformance().methods
}
WRITERS, SCHEMAS = Writers(), Schemas(Comments.of_contract())
MANY = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@functools.cache
def validator_of(kind: Descriptor, use: Use) -> Draft202012Validator:
    """Of the very fields, and no others. Random text has no form."""
    schema = SCHEMAS.of(kind, use)
    document: Json = closed({"components": {"schemas": SCHEMAS.components}})
    return Draft202012Validator({**schema, **document})


def complaints(validator: Draft202012Validator, value: Any) -> list[str]:
    return [
        f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)
    ]


@pytest.mark.parametrize("name", ANSWERS)
@MANY
@given(data=st.data())
def test_what_is_written_is_what_the_document_says(
    name: str, data: st.DataObject
) -> None:
    message = data.draw(messages(ANSWERS[name], unnamed=False))
    validator = validator_of(ANSWERS[name], Use.ANSWER)

    written = orjson.loads(orjson.dumps(WRITERS.of(ANSWERS[name])(message)))

    assert complaints(validator, written) == []


@pytest.mark.parametrize("name", REQUESTS)
@MANY
@given(data=st.data())
def test_what_protobuf_writes_may_be_asked(name: str, data: st.DataObject) -> None:
    message = data.draw(messages(REQUESTS[name], unnamed=False))
    validator = validator_of(REQUESTS[name], Use.INPUT)

    assert complaints(validator, json_format.MessageToDict(message)) == []


@pytest.mark.parametrize("name", ANSWERS)
def test_a_hole_in_an_answer_is_seen(name: str) -> None:
    kind = ANSWERS[name]
    holes = [field.json_name for field in kind.fields if not field.has_presence]
    validator = validator_of(kind, Use.ANSWER)

    assert bool(complaints(validator, {})) is bool(holes)
    assert complaints(validator, {"nothingOfTheKind": 1})
