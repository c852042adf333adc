"""JSON Schemas of messages, as OpenAPI 3.1 has them."""

from typing import Any

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from gateway.messages.well_known import is_value
from gateway.rules import is_map, map_fields

Schema = dict[str, Any]
Field = FieldDescriptor

_ANY: Schema = {}
_WELL_KNOWN: dict[str, Schema] = {
    "Timestamp": {"type": "string", "format": "date-time"},
    "Duration": {"type": "string", "examples": ["1.5s"]},
    "FieldMask": {"type": "string", "examples": ["name,retries"]},
    "Struct": {"type": "object"},
    "ListValue": {"type": "array"},
    "Value": _ANY,
    "Any": {"type": "object"},
}
_SCALARS: dict[int, Schema] = {
    Field.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    Field.CPPTYPE_UINT32: {"type": "integer", "format": "int64", "minimum": 0},
    Field.CPPTYPE_INT64: {"type": "string", "format": "int64"},
    Field.CPPTYPE_UINT64: {"type": "string", "format": "uint64"},
    Field.CPPTYPE_DOUBLE: {"type": "number", "format": "double"},
    Field.CPPTYPE_FLOAT: {"type": "number", "format": "float"},
    Field.CPPTYPE_BOOL: {"type": "boolean"},
}


class Schemas:
    """Collects what is referred to."""

    def __init__(self) -> None:
        self.components: dict[str, Schema] = {}

    def of(self, message: Descriptor) -> Schema:
        """A reference, or for what is a value in JSON its schema."""
        if is_value(message):
            if message.name in _WELL_KNOWN:
                return _WELL_KNOWN[message.name]
            return self.of_field(message.fields_by_name["value"])
        name = message.full_name.removeprefix("medianest.")
        if name not in self.components:
            schema: Schema = {"type": "object", "additionalProperties": False}
            self.components[name] = schema
            schema["properties"] = {
                field.json_name: self.of_field(field) for field in message.fields
            }
        return {"$ref": f"#/components/schemas/{name}"}

    def of_field(self, field: FieldDescriptor) -> Schema:
        if is_map(field):
            value = map_fields(field)[1]
            return {"type": "object", "additionalProperties": self.of_field(value)}
        one = self._one(field)
        return {"type": "array", "items": one} if field.is_repeated else one

    def _one(self, field: FieldDescriptor) -> Schema:
        if field.message_type:
            return self.of(field.message_type)
        if field.enum_type:
            return _enum(field.enum_type)
        if field.type == Field.TYPE_BYTES:
            return {"type": "string", "contentEncoding": "base64"}
        return _SCALARS.get(field.cpp_type, {"type": "string"})


def _enum(enum: EnumDescriptor) -> Schema:
    return {"type": "string", "enum": [each.name for each in enum.values]}
