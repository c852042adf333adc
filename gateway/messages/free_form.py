"""google.protobuf.Struct, ListValue and Value: JSON of any form."""

import math
from typing import Any

from gateway.messages.scalars import Wrong


def fill_struct(message: Any, value: Any, where: str = "") -> None:
    """Raises Wrong, naming what is in it."""
    if type(value) is not dict:
        raise Wrong("must be an object", where)
    fields = message.fields
    for key, item in value.items():
        within = f"{where}.{key}" if where else key
        try:
            inner = fields[key]
        except ValueError:
            raise Wrong("is not valid text", within) from None
        fill_value(inner, item, within)


def fill_list(message: Any, value: Any, where: str = "") -> None:
    """Raises Wrong, naming what is in it."""
    if type(value) is not list:
        raise Wrong("must be a list", where)
    for number, item in enumerate(value):
        fill_value(message.values.add(), item, f"{where}[{number}]")


def fill_value(message: Any, value: Any, where: str = "") -> None:
    """Raises Wrong, naming what is in it."""
    kind = type(value)
    if value is None:
        message.null_value = 0
    elif kind is bool:
        message.bool_value = value
    elif kind is str:
        try:
            message.string_value = value
        except ValueError:
            raise Wrong("is not valid text", where) from None
    elif kind is dict:
        message.struct_value.SetInParent()
        fill_struct(message.struct_value, value, where)
    elif kind is list:
        message.list_value.SetInParent()
        fill_list(message.list_value, value, where)
    else:
        message.number_value = _finite(value, where)


def _finite(value: float, where: str) -> float:
    """JSON has no other numbers, so another one could not be written again."""
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise Wrong("is too large a number", where)
    return number
