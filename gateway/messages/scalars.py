"""JSON values, and texts of paths and queries, → values of protobuf fields."""

import base64
import binascii
import math
from collections.abc import Callable
from typing import Any

from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

Convert = Callable[[Any], Any]
Field = FieldDescriptor

NULL = "google.protobuf.NullValue"

_ODD_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_LARGEST_SINGLE = 3.4028235677973366e38
_LONGEST_NUMBER = 400
_WHOLE_LIMITS = {
    Field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
    Field.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    Field.CPPTYPE_UINT64: (0, 2**64 - 1),
}


class NoPlainType:
    """Of which no JSON value is."""


class Wrong(ValueError):
    """What is wrong with a value, behind the field's name: "must be text"."""

    def __init__(self, detail: str, within: str = "") -> None:
        super().__init__(detail)
        self.within = within
        """Where in the field's value, if not all of it is wrong."""


def from_json(field: FieldDescriptor) -> Convert:
    """Converts one JSON value for a field that is not a message. The function raises
    Wrong."""
    kind = field.cpp_type
    if kind in _WHOLE_LIMITS:
        return _whole(*_WHOLE_LIMITS[kind])
    if kind == Field.CPPTYPE_DOUBLE:
        return _double
    if kind == Field.CPPTYPE_FLOAT:
        return _single
    if kind == Field.CPPTYPE_BOOL:
        return _bool
    if field.enum_type:
        return _enum(field.enum_type)
    return _bytes if field.type == Field.TYPE_BYTES else _text


def plain_type(field: FieldDescriptor) -> type:
    """Of JSON values that protobuf takes, or refuses, as `from_json` would."""
    kind = field.cpp_type
    if kind in _WHOLE_LIMITS:
        return int
    if kind == Field.CPPTYPE_BOOL:
        return bool
    # Not floats: of 1e999 Python makes an infinity, which protobuf takes.
    if kind == Field.CPPTYPE_STRING and field.type != Field.TYPE_BYTES:
        return str
    return NoPlainType


def from_text(field: FieldDescriptor) -> Convert:
    """Converts one text, as paths, queries and keys of maps have them. The function
    raises Wrong."""
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return _bool_text
    if field.enum_type:
        return _enum_text(field.enum_type)
    return from_json(field)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise Wrong("must be text")
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise Wrong("must be true or false")
    return value


def _bool_text(value: str) -> bool:
    if value not in {"true", "false"}:
        raise Wrong("must be true or false")
    return value == "true"


def _whole(least: int, most: int) -> Convert:
    def convert(value: Any) -> int:
        if type(value) is str:
            value = _number_of(value)
        if type(value) is float:
            if not value.is_integer():
                raise Wrong("must be a whole number")
            value = int(value)
        if type(value) is not int:
            raise Wrong("must be a whole number")
        if not least <= value <= most:
            raise Wrong(f"must be from {least} to {most}")
        return value

    return convert


def _number_of(text: str) -> int | float:
    _ensure_number(text)
    try:
        return int(text)
    except ValueError:
        return _float_of(text)


def _float_of(text: str) -> float:
    _ensure_number(text)
    try:
        return float(text)
    except ValueError:
        raise Wrong("must be a number") from None


def _ensure_number(text: str) -> None:
    """Python also takes blanks, underscores and the digits of other scripts."""
    of_number = text.isascii() and not set(text) - set("+-.0123456789eE")
    if not text or len(text) > _LONGEST_NUMBER or not of_number:
        raise Wrong("must be a number")


def _double(value: Any) -> float:
    if type(value) is str:
        odd = _ODD_FLOATS.get(value)
        if odd is not None:
            return odd
        # Not by way of a whole number, which has no -0.
        value = _float_of(value)
    if type(value) not in {int, float}:
        raise Wrong("must be a number")
    try:
        number = float(value)
    except OverflowError:
        raise Wrong("is too large a number") from None
    if math.isinf(number):
        raise Wrong("is too large a number")
    return number


def _single(value: Any) -> float:
    number = _double(value)
    if math.isfinite(number) and abs(number) >= _LARGEST_SINGLE:
        raise Wrong("is too large a number")
    return number


def _bytes(value: Any) -> bytes:
    """Both base64 alphabets, with or without padding."""
    if type(value) is not str:
        raise Wrong("must be base64 text")
    plain = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Wrong("must be base64 text") from None


def _enum(enum: EnumDescriptor) -> Convert:
    if enum.full_name == NULL:
        return _null
    numbers = {each.name: each.number for each in enum.values}
    names = ", ".join(numbers)
    least, most = _WHOLE_LIMITS[Field.CPPTYPE_INT32]

    def convert(value: Any) -> int:
        number = numbers.get(value) if type(value) is str else value
        if type(number) is float and number.is_integer():
            number = int(number)
        if type(number) is not int or not least <= number <= most:
            raise Wrong(f"must be one of {names}")
        return number

    return convert


def _null(value: Any) -> int:
    is_number = type(value) is int and value == 0
    if value is not None and value != "NULL_VALUE" and not is_number:
        raise Wrong("must be null")
    return 0


def _enum_text(enum: EnumDescriptor) -> Convert:
    by_name = _enum(enum)

    def convert(value: str) -> Any:
        digits = value.removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) <= 10:  # noqa: PLR2004 - of 32 bits
            return by_name(int(value))
        return by_name(value)

    return convert
