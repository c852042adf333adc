"""How a JSON value gets into a message: the functions that a reader is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gateway.messages.scalars import Convert, Wrong
from gateway.messages.well_known import Fill
from gateway.problems import FieldError

Errors = list[FieldError]
Read = Callable[[Any, Any, str, Errors], None]
"""Puts a JSON value into a message or one of its fields. What is wrong is added to the
errors, with the name of the field behind the prefix."""


@dataclass(slots=True)
class Field:
    name: str
    json_name: str
    convert: Convert | None
    """For what is one plain value."""
    read: Read | None
    """For all else: given the message that the field is in."""
    takes_null: bool
    oneof: str
    plain: type
    """A JSON value of this type can be set as it is: protobuf refuses what is out of
    range, and `convert` then finds the words."""

    def put(
        self, message: Any, item: Any, key: str, prefix: str, errors: Errors
    ) -> None:
        if item is None and not self.takes_null:
            return
        if self.read:
            self.read(message, item, under(prefix, key), errors)
        elif self.convert:
            try:
                setattr(message, self.name, self.convert(item))
            except ValueError as exc:
                errors.append(wrong(under(prefix, key), exc))


def reading(type_name: str, fields: dict[str, Field]) -> Read:
    """Of an object, field by field."""

    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not dict:
            errors.append(FieldError(prefix or "body", "must be an object"))
            return
        seen: dict[str, str] = {}
        for key, item in value.items():
            field = fields.get(key)
            if field is None:
                detail = f"is not a field of {type_name}"
                errors.append(FieldError(under(prefix, key), detail))
                continue
            other = ""
            if key != field.json_name and field.json_name in value:
                other = field.json_name
            elif field.oneof and (item is not None or field.takes_null):
                other = seen.setdefault(field.oneof, key)
            if other and other != key:
                detail = f"cannot be there together with {other}"
                errors.append(FieldError(under(prefix, key), detail))
            elif type(item) is not field.plain or not _set(message, field.name, item):
                field.put(message, item, key, prefix, errors)

    return read


def nested(name: str, of: Read) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        inner = getattr(message, name)
        # An empty object is there nevertheless.
        inner.SetInParent()
        of(inner, value, prefix, errors)

    return read


def list_of_values(name: str, convert: Convert, plain: type) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not list:
            errors.append(FieldError(prefix, "must be a list"))
            return
        into = getattr(message, name)
        if set(map(type, value)) == {plain}:
            try:
                into.extend(value)
            except ValueError:
                del into[:]
            else:
                return
        for number, item in enumerate(value):
            try:
                into.append(convert(item))
            except ValueError as exc:
                errors.append(wrong(f"{prefix}[{number}]", exc))

    return read


def list_of_messages(name: str, of_item: Read, takes_null: bool) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not list:
            errors.append(FieldError(prefix, "must be a list"))
            return
        into = getattr(message, name)
        for number, item in enumerate(value):
            where = f"{prefix}[{number}]"
            if item is None and not takes_null:
                errors.append(FieldError(where, "must not be null"))
            else:
                of_item(into.add(), item, where, errors)

    return read


def map_of_values(name: str, of_key: Convert, convert: Convert) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not dict:
            errors.append(FieldError(prefix, "must be an object"))
            return
        into = getattr(message, name)
        for word, item in value.items():
            try:
                into[_new_key(into, of_key(word))] = convert(item)
            except ValueError as exc:
                errors.append(wrong(under(prefix, word), exc))

    return read


def map_of_messages(name: str, of_key: Convert, of_item: Read) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not dict:
            errors.append(FieldError(prefix, "must be an object"))
            return
        into = getattr(message, name)
        for word, item in value.items():
            where = under(prefix, word)
            try:
                inner = into[_new_key(into, of_key(word))]
            except ValueError as exc:
                errors.append(wrong(where, exc))
            else:
                of_item(inner, item, where, errors)

    return read


def _new_key(into: Any, key: Any) -> Any:
    """Numbers can be written in several ways: "1" and "1.0" are one key."""
    if key in into:
        raise Wrong("is there twice")
    return key


def filling(fill: Fill) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        try:
            fill(message, value)
        except ValueError as exc:
            errors.append(wrong(prefix, exc))

    return read


def _set(message: Any, name: str, item: Any) -> bool:
    try:
        setattr(message, name, item)
    except ValueError:
        return False
    return True


def under(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key or '""'


def wrong(where: str, exc: ValueError) -> FieldError:
    """In our own words, never protobuf's."""
    if not isinstance(exc, Wrong):
        return FieldError(where or "body", "is not valid text")
    within = exc.within
    if within.startswith("["):
        where += within
    elif within:
        where = under(where, within)
    return FieldError(where or "body", str(exc))
