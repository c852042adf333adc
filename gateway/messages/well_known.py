"""Messages whose JSON is a value: times, masks, wrappers, free-form values."""

from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import Descriptor

from gateway.messages import free_form, json_text, times
from gateway.messages.scalars import Convert, Wrong, from_json, from_text

Fill = Callable[[Any, Any], None]
"""Puts a value into a message of the type. Raises Wrong."""

_PREFIX = "google.protobuf."
ANY = f"{_PREFIX}Any"
_FILLS: dict[str, Fill] = {
    "Timestamp": times.fill_timestamp,
    "Duration": times.fill_duration,
    "FieldMask": times.fill_mask,
}
_FREE: dict[str, Fill] = {
    "Struct": free_form.fill_struct,
    "ListValue": free_form.fill_list,
    "Value": free_form.fill_value,
}


def takes_null(message: Descriptor) -> bool:
    """Whether JSON's null is a value of the type, and not its absence."""
    return bool(message.full_name == f"{_PREFIX}Value")


def is_value(message: Descriptor) -> bool:
    """Whether the JSON of the type is something else than an object of its fields."""
    return message.full_name == ANY or fill_of(message) is not None


def fill_of(message: Descriptor, *, text: bool = False) -> Fill | None:
    """How a value gets into a message of this type; None for an ordinary message, and
    for Any. With `text` the value is one of a path or a query."""
    if not message.full_name.startswith(_PREFIX):
        return None
    kind = message.name
    if kind in _FREE:
        return _from_text(_FREE[kind]) if text else _FREE[kind]
    if kind == "FieldMask" and text:
        return times.fill_mask_text
    if kind in _FILLS:
        return _FILLS[kind]
    if kind.endswith("Value"):
        value = message.fields_by_name["value"]
        return _wrapper(from_text(value) if text else from_json(value))
    return None


def _from_text(fill: Fill) -> Fill:
    def fill_from_text(message: Any, text: str) -> None:
        try:
            value = json_text.value_of(text)
        except json_text.NotJson as exc:
            raise Wrong(str(exc)) from None
        fill(message, value)

    return fill_from_text


def _wrapper(convert: Convert) -> Fill:
    def fill(message: Any, value: Any) -> None:
        message.value = convert(value)

    return fill
