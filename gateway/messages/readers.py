"""JSON objects → messages, by functions that are made from the descriptors once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.messages.scalars import (
    Convert,
    NoPlainType,
    Wrong,
    from_json,
    from_text,
    plain_type,
)
from gateway.messages.well_known import Fill, fill_of, takes_null
from gateway.problems import FieldError
from gateway.rules import map_fields

Errors = list[FieldError]
Read = Callable[[Any, Any, str, Errors], None]
"""Puts a JSON value into a message or one of its fields. What is wrong is added to the
errors, with the name of the field behind the prefix."""


@dataclass(slots=True)
class _Field:
    name: str
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
            self.read(message, item, _under(prefix, key), errors)
        elif self.convert:
            try:
                setattr(message, self.name, self.convert(item))
            except ValueError as exc:
                errors.append(FieldError(_under(prefix, key), _words(exc)))


class Readers:
    """Makes, and remembers, one function for each type of message."""

    def __init__(self) -> None:
        self._made: dict[str, Read] = {}
        self._fields: dict[str, dict[str, _Field]] = {}

    def of(self, message: Descriptor) -> Read:
        """Reads a JSON value of this type into a message."""
        if message.full_name not in self._made:
            fill = fill_of(message)
            if fill:
                self._made[message.full_name] = _filling(fill)
            else:
                fields: dict[str, _Field] = {}
                # Before its fields are looked at: one of them may be of this type.
                self._made[message.full_name] = _reading(message.name, fields)
                for field in message.fields:
                    made = self._field(field)
                    fields[field.name] = fields[field.json_name] = made
        return self._made[message.full_name]

    def of_field(self, field: FieldDescriptor) -> Read:
        """Reads a JSON value into one field of a message."""
        made = self._field(field)
        if made.read:
            return made.read
        name, convert = field.name, made.convert

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            if value is not None and convert:
                try:
                    setattr(message, name, convert(value))
                except ValueError as exc:
                    errors.append(FieldError(prefix, _words(exc)))

        return read

    def _field(self, field: FieldDescriptor) -> _Field:
        convert: Convert | None = None
        read: Read | None = None
        kind = field.message_type
        if kind and kind.GetOptions().map_entry:
            read = self._map(field)
        elif field.is_repeated:
            read = self._list(field)
        elif kind:
            read = _nested(field.name, self.of(kind))
        else:
            convert = from_json(field)
        oneof = field.containing_oneof
        real_oneof = oneof.name if oneof and len(oneof.fields) > 1 else ""
        null = not field.is_repeated and (
            bool(field.enum_type and field.enum_type.name == "NullValue")
            or bool(kind and takes_null(kind))
        )
        plain = plain_type(field) if convert else NoPlainType
        return _Field(field.name, convert, read, null, real_oneof, plain)

    def _list(self, field: FieldDescriptor) -> Read:
        name, kind = field.name, field.message_type
        if not kind:
            return _list_of_values(name, from_json(field), plain_type(field))
        of_item, null = self.of(kind), takes_null(kind)

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            if type(value) is not list:
                errors.append(FieldError(prefix, "must be a list"))
                return
            into = getattr(message, name)
            for number, item in enumerate(value):
                where = f"{prefix}[{number}]"
                if item is None and not null:
                    errors.append(FieldError(where, "must not be null"))
                else:
                    of_item(into.add(), item, where, errors)

        return read

    def _map(self, field: FieldDescriptor) -> Read:
        name = field.name
        key_field, value_field = map_fields(field)
        of_key, kind = from_text(key_field), value_field.message_type
        of_value = None if kind else from_json(value_field)
        of_message = self.of(kind) if kind else None

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            if type(value) is not dict:
                errors.append(FieldError(prefix, "must be an object"))
                return
            into = getattr(message, name)
            for word, item in value.items():
                where = f"{prefix}.{word}"
                try:
                    key = of_key(word)
                    if of_message:
                        of_message(into[key], item, where, errors)
                    elif of_value:
                        into[key] = of_value(item)
                except ValueError as exc:
                    errors.append(FieldError(where, _words(exc)))

        return read


def _reading(type_name: str, fields: dict[str, _Field]) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        if type(value) is not dict:
            errors.append(FieldError(prefix or "body", "must be an object"))
            return
        seen: dict[str, str] = {}
        for key, item in value.items():
            field = fields.get(key)
            if field is None:
                detail = f"is not a field of {type_name}"
                errors.append(FieldError(_under(prefix, key), detail))
                continue
            once = field.oneof or (field.name if "_" in key else "")
            if once and _is_second(seen, once, key, item, fields, value):
                detail = f"cannot be there together with {seen[once]}"
                errors.append(FieldError(_under(prefix, key), detail))
            elif type(item) is not field.plain or not _set(message, field.name, item):
                field.put(message, item, key, prefix, errors)

    return read


def _set(message: Any, name: str, item: Any) -> bool:
    try:
        setattr(message, name, item)
    except ValueError:
        return False
    return True


def _is_second(
    seen: dict[str, str],
    once: str,
    key: str,
    item: Any,
    fields: dict[str, _Field],
    value: dict[str, Any],
) -> bool:
    """Whether something stands here twice: two members of a oneof, or one field under
    both of its names."""
    if not fields[key].oneof:
        other = next(
            (each for each in value if each != key and fields.get(each) is fields[key]),
            None,
        )
        if other is not None:
            seen[once] = other
        return other is not None
    if item is None and not fields[key].takes_null:
        return False
    if once in seen:
        return True
    seen[once] = key
    return False


def _under(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def _nested(name: str, of: Read) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        inner = getattr(message, name)
        # An empty object is there nevertheless.
        inner.SetInParent()
        of(inner, value, prefix, errors)

    return read


def _list_of_values(name: str, convert: Convert, plain: type) -> Read:
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
                errors.append(FieldError(f"{prefix}[{number}]", _words(exc)))

    return read


def _filling(fill: Fill) -> Read:
    def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
        try:
            fill(message, value)
        except ValueError as exc:
            errors.append(FieldError(prefix or "body", _words(exc)))

    return read


def _words(exc: ValueError) -> str:
    """Our own words, never protobuf's."""
    return str(exc) if isinstance(exc, Wrong) else "is not valid text"
