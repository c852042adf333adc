"""JSON objects → messages, by functions that are made from the descriptors once."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.messages import packed, reading
from gateway.messages.reading import Errors, Field, Read
from gateway.messages.scalars import (
    NULL,
    Convert,
    NoPlainType,
    from_json,
    from_text,
    plain_type,
)
from gateway.messages.well_known import ANY, fill_of, takes_null
from gateway.rules import is_map, map_fields


class Readers:
    """Makes, and remembers, one function for each type of message."""

    def __init__(self) -> None:
        self._made: dict[str, Read] = {}

    def of(self, message: Descriptor) -> Read:
        """Reads a JSON value of this type into a message."""
        name = message.full_name
        if name not in self._made:
            if name == ANY:
                self._made[name] = packed.reading(self.of, message.file.pool)
            elif fill := fill_of(message):
                self._made[name] = reading.filling(fill)
            else:
                fields: dict[str, Field] = {}
                # Before its fields are looked at: one of them may be of this type.
                self._made[name] = reading.reading(message.name, fields)
                made = [self._field(field) for field in message.fields]
                # A name of JSON is first: it may be another field's name.
                fields.update({each.name: each for each in made})
                fields.update({each.json_name: each for each in made})
        return self._made[name]

    def of_field(self, field: FieldDescriptor) -> Read:
        """Reads a JSON value into one field of a message; null leaves it absent."""
        made = self._field(field)
        name, convert = field.name, made.convert

        def read(message: Any, value: Any, prefix: str, errors: Errors) -> None:
            if value is None and not made.takes_null:
                return
            if made.read:
                made.read(message, value, prefix, errors)
            elif convert:
                try:
                    setattr(message, name, convert(value))
                except ValueError as exc:
                    errors.append(reading.wrong(prefix, exc))

        return read

    def _field(self, field: FieldDescriptor) -> Field:
        convert: Convert | None = None
        read: Read | None = None
        kind = field.message_type
        if is_map(field):
            read = self._map(field)
        elif field.is_repeated:
            read = self._list(field)
        elif kind:
            read = reading.nested(field.name, self.of(kind))
        else:
            convert = from_json(field)
        oneof = field.containing_oneof
        return Field(
            name=field.name,
            json_name=field.json_name,
            convert=convert,
            read=read,
            takes_null=not field.is_repeated and _takes_null(field),
            oneof=oneof.name if oneof and len(oneof.fields) > 1 else "",
            plain=plain_type(field) if convert else NoPlainType,
        )

    def _list(self, field: FieldDescriptor) -> Read:
        kind = field.message_type
        if kind:
            of_item = self.of(kind)
            return reading.list_of_messages(field.name, of_item, takes_null(kind))
        return reading.list_of_values(field.name, from_json(field), plain_type(field))

    def _map(self, field: FieldDescriptor) -> Read:
        key, value = map_fields(field)
        of_key = from_text(key)
        if value.message_type:
            of_item = self.of(value.message_type)
            return reading.map_of_messages(field.name, of_key, of_item)
        return reading.map_of_values(field.name, of_key, from_json(value))


def _takes_null(field: FieldDescriptor) -> bool:
    """Whether JSON's null is a value of the field, and not its absence."""
    if field.message_type:
        return takes_null(field.message_type)
    return bool(field.enum_type and field.enum_type.full_name == NULL)
