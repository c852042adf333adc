"""Requests through the routes and decoders of the tests' contract and of ours."""

from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf import json_format

from gateway import rules
from gateway.decode import Decoder
from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Readers
from gateway.paths.routes import Routes
from gateway.problems import Problem
from tests.gateway import contract
from tests.gateway.contract import everything


@dataclass
class Way:
    rule: rules.Rule
    decoder: Decoder


def _ways() -> Routes[Way]:
    found: Routes[Way] = Routes()
    readers = QuickReaders(Readers())
    services = [*rules.services(), contract.conformance(), contract.forms()]
    for rule in rules.rules(services):
        found.add(rule.verb, rule.template, Way(rule, Decoder(readers, rule)))
    return found


WAYS = _ways()


def decoded(request: str, body: bytes = b"") -> Any:
    method, target = request.split(maxsplit=1)
    path, _, query = target.partition("?")
    found = WAYS.find(method, path)
    return found.target.decoder.decode(found.segments, query.encode(), body)


def wrong(request: str, body: bytes = b"") -> dict[str, str]:
    """What is wrong, by field."""
    with pytest.raises(Problem) as refused:
        decoded(request, body)
    assert refused.value.status == 400
    return {each.field: each.detail for each in refused.value.errors}


def parsed(text: str) -> Any:
    return json_format.Parse(text, everything())


BODIES = [
    *("{}", '{"text": null}', '{"texts": null, "inner": null, "labels": null}'),
    '{"text": "é\\u0041 \\ud83d\\ude00 \\"", "bool_value": true}',
    '{"int32Value": 5.0, "int64Value": "5", "uint64Value": 5, "sint32Value": "-3"}',
    '{"int64Value": "9223372036854775807", "doubleValue": "1.5", "floatValue": 0.1}',
    '{"doubleValue": "NaN", "doubles": ["Infinity", -1, 2.5]}',
    '{"bytesValue": "-_8", "blobs": ["AA==", "AA"]}',
    '{"color": 2, "colors": ["RED", 7]}',
    '{"inner": {}, "empty": {}, "inners": [{}, {"number": 1}]}',
    '{"inner": {"inner": {"inner": {"text": "deep"}}}}',
    '{"innerByNumber": {"1": {"text": "a"}, "-2": {}}}',
    '{"byBool": {"true": 1, "false": 2}}',
    '{"colorByLong": {"9007199254740993": "RED"}}',
    '{"labels": {"": "", "a.b": "c"}}',
    *('{"maybeText": ""}', '{"maybeText": null}', '{"choiceNull": null}'),
    *('{"choiceInner": {}}', '{"choiceText": null, "choiceNumber": 0}'),
    '{"timestamp": "0001-01-01T00:00:00Z", "duration": "-0.000000001s"}',
    '{"timestamps": ["9999-12-31T23:59:59.999999999Z"]}',
    '{"mask": "", "struct": {"a": {"b": [1, "x", null, true]}}}',
    '{"value": null}',
    '{"values": [null, 1, "a", [], {}], "list": []}',
    '{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}',
    '{"stringWrapper": "", "int64Wrapper": 5, "bytesWrapper": "AA=="}',
    '{"structs": {"a": {}, "b": {"c": 1}}}',
    '{"from": "x", "calledOtherwise": "y"}',
    ' \\n{"everything": {"everything": {"numbers": [1, 2, 3]}}} '.replace("\\n", "\n"),
]
