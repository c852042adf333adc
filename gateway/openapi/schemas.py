"""JSON Schemas of messages: of what is asked, and of what is answered.

They differ. An answer has every field without presence, and may get new ones in a
later version. A request need not say what it does not mean, says nothing that is only
told, and is refused for a field that there is not.
"""

from enum import Enum

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from gateway.messages.well_known import is_value
from gateway.openapi import values
from gateway.openapi.comments import Comments
from gateway.openapi.values import Schema
from gateway.rules import is_map, map_fields

_NOTHING: frozenset[str] = frozenset()


class Use(Enum):
    """What a schema is for."""

    ANSWER = ""
    INPUT = "Input"
    PATCH = "Patch"
    """What a PATCH changes, of which nothing must be named."""


class Schemas:
    """Collects what is referred to."""

    def __init__(self, comments: Comments) -> None:
        self.components: dict[str, Schema] = {}
        self._comments = comments
        self._names: dict[tuple[str, Use, frozenset[str]], str] = {}

    def of(
        self, message: Descriptor, use: Use, without: frozenset[str] = _NOTHING
    ) -> Schema:
        """A reference, or for what is a value in JSON its schema. Without the fields
        that are said elsewhere: in the path."""
        if is_value(message):
            known = values.well_known(message)
            value = message.fields_by_name.get("value")
            if known is None and value is not None:
                return self._one(value, use)
            return known or {}
        place = (message.full_name, use, without)
        if place not in self._names:
            name = self._names[place] = self._name(message, use)
            schema = self.components[name] = {}
            schema.update(self._object(message, use, without))
        return _reference(self._names[place])

    def needs_something(self, schema: Schema) -> bool:
        """Whether there must be a body of this schema."""
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        found = self.components.get(name, schema)
        return bool(found.get("required") or found.get("minProperties"))

    def of_field(self, field: FieldDescriptor, use: Use) -> Schema:
        """With what the contract says of the field."""
        schema = self._plain(field, use)
        if use is Use.ANSWER:
            schema = values.shown(schema, field)
        else:
            schema = values.limited(schema, field)
        said = self._comments.of(field.full_name)
        return {**schema, "description": said} if said else schema

    def _plain(self, field: FieldDescriptor, use: Use) -> Schema:
        if is_map(field):
            key, value = map_fields(field)
            named = values.key(key)
            of_value = self._one(value, use)
            schema: Schema = {"type": "object", "additionalProperties": of_value}
            return {**schema, "propertyNames": named} if named else schema
        one = self._one(field, use)
        return {"type": "array", "items": one} if field.is_repeated else one

    def _one(self, field: FieldDescriptor, use: Use) -> Schema:
        if field.message_type:
            nested = Use.INPUT if use is Use.PATCH else use
            return self.of(field.message_type, nested)
        if field.enum_type:
            return self._enum(field.enum_type)
        return values.scalar(field)

    def _object(self, message: Descriptor, use: Use, without: frozenset[str]) -> Schema:
        fields = [
            field
            for field in message.fields
            if field.name not in without and (use is Use.ANSWER or not _is_told(field))
        ]
        if use is Use.ANSWER:
            required = [each.json_name for each in fields if not each.has_presence]
        elif use is Use.INPUT:
            required = [each.json_name for each in fields if is_required(each)]
        else:
            required = []
        schema: Schema = {
            "type": "object",
            "properties": {each.json_name: self.of_field(each, use) for each in fields},
        }
        if said := self._comments.of(message.full_name):
            schema["description"] = said
        if required:
            schema["required"] = required
        if use is not Use.ANSWER:
            schema["additionalProperties"] = False
            if exclusive := _exclusive(message, without):
                schema["allOf"] = exclusive
        if use is Use.PATCH:
            schema["minProperties"] = 1
        return schema

    def _enum(self, enum: EnumDescriptor) -> Schema:
        if enum.full_name == "google.protobuf.NullValue":
            return {"type": "null"}
        name = _short(enum.full_name)
        if name not in self.components:
            names = [each.name for each in enum.values]
            said = self._comments.of(enum.full_name)
            lines = self._comments.of_values(enum)
            words = "\n\n".join(each for each in (said, lines) if each)
            schema: Schema = {"type": "string", "enum": names}
            self.components[name] = (
                {**schema, "description": words} if words else schema
            )
        return _reference(name)

    def _name(self, message: Descriptor, use: Use) -> str:
        is_own = use is Use.INPUT and message.name.endswith("Request")
        wanted = _short(message.full_name) + ("" if is_own else use.value)
        name, count = wanted, 1
        while name in self.components:
            count += 1
            name = f"{wanted}_{count}"
        return name


def is_required(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.REQUIRED in _behavior(field)


def _is_told(field: FieldDescriptor) -> bool:
    return field_behavior_pb2.OUTPUT_ONLY in _behavior(field)


def _behavior(field: FieldDescriptor) -> list[int]:
    found = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    return list(found)


def _exclusive(message: Descriptor, without: frozenset[str]) -> list[Schema]:
    """At most one of each oneof."""
    groups = [
        [each.json_name for each in oneof.fields if each.name not in without]
        for oneof in message.oneofs
    ]
    return [
        {"not": {"required": [one, other]}}
        for names in groups
        for number, one in enumerate(names)
        for other in names[number + 1 :]
    ]


def _short(full_name: str) -> str:
    return full_name.removeprefix("medianest.")


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
