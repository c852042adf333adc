"""Messages → answers, as proto3 JSON says."""

from typing import Any

import orjson
import pytest
from google.protobuf import json_format

from gateway.encode import Encoder, Writers
from tests.gateway import contract
from tests.gateway.contract import everything
from tests.gateway.decoding import BODIES, parsed


@pytest.mark.parametrize("body", BODIES)
def test_a_message_is_written_as_protobuf_writes_it(body: str) -> None:
    message = parsed(body)

    written = Encoder(Writers(), message.DESCRIPTOR, "").encode(
        message.SerializeToString()
    )

    assert orjson.loads(written) == json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True
    )


def test_maps_are_written_in_the_same_order_each_time() -> None:
    labels = {f"{number}": "" for number in range(50)}
    encoder = Encoder(Writers(), contract.descriptor("Everything"), "")

    one = everything(labels=labels)
    other = everything(labels=dict(reversed(labels.items())))

    assert encoder.write(one) == encoder.write(other)


def test_an_answer_can_be_one_field() -> None:
    descriptor = contract.descriptor("Everything")
    message = everything(inner={"number": 5}, texts=["a"])

    def written(field: str) -> Any:
        return orjson.loads(Encoder(Writers(), descriptor, field).write(message))

    assert written("inner") == {"text": "", "number": 5}
    assert written("texts") == ["a"]
    assert written("everything") is None


@pytest.mark.parametrize(
    "value", [0.1, 1.0, 3.4028234663852886e38, 1e-45, 16777216.0, 0.3333333432674408]
)
def test_a_single_is_written_in_its_shortest_form(value: float) -> None:
    message = everything(float_value=value)
    written = orjson.loads(Encoder(Writers(), message.DESCRIPTOR, "").write(message))

    assert written["floatValue"] == json_format.MessageToDict(message)["floatValue"]
