"""Messages whose JSON is a value: times, masks, wrappers, free-form values."""

import json
from collections.abc import Callable
from typing import Any

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor

from gateway.messages.scalars import Convert, Wrong, from_json, from_text

Fill = Callable[[Any, Any], None]
"""Puts a value into a message of the type. Raises Wrong."""

_FREE = {"Struct": "an object", "ListValue": "a list", "Value": "a JSON value"}
_FORMS = {
    "Timestamp": "a time such as 2030-01-31T12:00:00Z",
    "Duration": "a duration in seconds such as 1.5s",
    "FieldMask": "names of fields, separated by commas",
}
_PREFIX = "google.protobuf."


def takes_null(message: Descriptor) -> bool:
    """Whether JSON's null is a value of the type, and not its absence."""
    return bool(message.full_name == f"{_PREFIX}Value")


def fill_of(message: Descriptor, *, text: bool = False) -> Fill | None:
    """How a value gets into a message of this type; None for an ordinary message.
    With `text` the value is one of a path or a query."""
    if not message.full_name.startswith(_PREFIX):
        return None
    kind = message.name
    if kind in _FORMS:
        return _form(_FORMS[kind])
    if kind in _FREE:
        return _free_text(_FREE[kind]) if text else _free(_FREE[kind])
    if kind == "Any":
        return None if text else _free("an object with its @type")
    if kind.endswith("Value"):
        value = message.fields_by_name["value"]
        return _wrapper(from_text(value) if text else from_json(value))
    return None


def _form(form: str) -> Fill:
    def fill(message: Any, value: Any) -> None:
        if type(value) is not str:
            raise Wrong(f"must be {form}")
        try:
            message.FromJsonString(value)
        except (ValueError, OverflowError):
            raise Wrong(f"must be {form}") from None

    return fill


def _free(form: str) -> Fill:
    def fill(message: Any, value: Any) -> None:
        try:
            json_format.ParseDict(value, message)
        # It raises more kinds than it documents for what is no value of the type.
        except (json_format.ParseError, TypeError, ValueError, AttributeError):
            raise Wrong(f"must be {form}") from None

    return fill


def _free_text(form: str) -> Fill:
    fill_value = _free(form)

    def fill(message: Any, value: str) -> None:
        try:
            parsed = json.loads(value)
        except (ValueError, RecursionError):
            raise Wrong(f"must be {form}, written as JSON") from None
        fill_value(message, parsed)

    return fill


def _wrapper(convert: Convert) -> Fill:
    def fill(message: Any, value: Any) -> None:
        message.value = convert(value)

    return fill
