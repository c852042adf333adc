"""JSON Schemas of single values: by type, and by what the contract says of a field."""

import json
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from medianest.api.v1 import fields_pb2

Schema = dict[str, Any]
Field = FieldDescriptor
Form = fields_pb2.Field

# Numbers that are none are words in JSON.
_NUMBER: Schema = {"type": ["number", "string"], "pattern": "^(NaN|-?Infinity)$"}
_WHOLE = "^-?[0-9]+$"
_WELL_KNOWN: dict[str, Schema] = {
    "Timestamp": {"type": "string", "format": "date-time"},
    "Duration": {
        "type": "string",
        "format": "google-duration",
        "pattern": r"^-?[0-9]+(\.[0-9]{1,9})?s$",
        "examples": ["1.5s"],
    },
    "FieldMask": {
        "type": "string",
        "format": "google-fieldmask",
        "description": "Names of fields, separated by commas.",
    },
    "Struct": {"type": "object", "additionalProperties": {}},
    "ListValue": {"type": "array", "items": {}},
    "Value": {"description": "Any JSON value."},
    "Any": {
        "type": "object",
        "properties": {"@type": {"type": "string"}},
        "additionalProperties": {},
    },
}
_SCALARS: dict[int, Schema] = {
    Field.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    Field.CPPTYPE_UINT32: {"type": "integer", "format": "int64"},
    Field.CPPTYPE_INT64: {"type": "string", "format": "int64", "pattern": _WHOLE},
    Field.CPPTYPE_UINT64: {"type": "string", "format": "uint64", "pattern": "^[0-9]+$"},
    Field.CPPTYPE_DOUBLE: {**_NUMBER, "format": "double"},
    Field.CPPTYPE_FLOAT: {**_NUMBER, "format": "float"},
    Field.CPPTYPE_BOOL: {"type": "boolean"},
}
_RANGES = {
    Field.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    Field.CPPTYPE_UINT32: (0, 2**32 - 1),
}
_FLOATS = {Field.CPPTYPE_DOUBLE, Field.CPPTYPE_FLOAT}
_EMPTY: Schema = {"const": ""}
_UUID: Schema = {"type": "string", "format": "uuid"}
_EMAIL: Schema = {"type": "string", "format": "email"}
_FORMS: dict[int, Schema] = {
    Form.UUID: _UUID,
    Form.UUID_OR_EMPTY: {"type": "string", "anyOf": [{"format": "uuid"}, _EMPTY]},
    Form.EMAIL_OR_EMPTY: {"type": "string", "anyOf": [{"format": "email"}, _EMPTY]},
    Form.URL: {"type": "string", "format": "uri"},
}


def well_known(message: Descriptor) -> Schema | None:
    """Of what is a value in JSON; None for wrappers, which are what they wrap."""
    known = _WELL_KNOWN.get(message.name)
    return dict(known) if known else None


def scalar(field: FieldDescriptor) -> Schema:
    if field.type == Field.TYPE_BYTES:
        return {"type": "string", "format": "byte", "contentEncoding": "base64"}
    return dict(_SCALARS.get(field.cpp_type, {"type": "string"}))


def key(field: FieldDescriptor) -> Schema:
    """Of the names in a map's object."""
    if field.cpp_type == Field.CPPTYPE_BOOL:
        return {"enum": ["true", "false"]}
    return {} if field.cpp_type == Field.CPPTYPE_STRING else {"pattern": _WHOLE}


def shown(schema: Schema, field: FieldDescriptor) -> Schema:
    """As an answer has it: whatever the type can hold, in its form."""
    said = _said(field)
    one = _formed(schema.get("items", schema), said)
    return _with(schema, one, _examples(field, said))


def limited(schema: Schema, field: FieldDescriptor) -> Schema:
    """As a request must have it."""
    said = _said(field)
    one = _formed(schema.get("items", schema), said)
    if said.HasField("most") and field.cpp_type in _FLOATS:
        one = {"type": "number", "format": one["format"]}
        one = {**one, "minimum": said.least, "maximum": said.most}
    elif said.HasField("most"):
        one = {**one, "minimum": int(said.least), "maximum": int(said.most)}
    elif field.cpp_type in _RANGES:
        least, most = _RANGES[field.cpp_type]
        least = int(said.least) if said.HasField("least") else least
        one = {**one, "minimum": least, "maximum": most}
    if said.shortest:
        one = {**one, "minLength": said.shortest}
    if said.longest:
        one = {**one, "maxLength": said.longest}
    if said.pattern:
        one = {**one, "pattern": f"^({said.pattern})$"}
    if said.least_entries:
        schema = {**schema, "minItems": said.least_entries}
    if said.most_entries:
        schema = {**schema, "maxItems": said.most_entries}
    return _with(schema, one, _examples(field, said))


def _formed(one: Schema, said: fields_pb2.Field) -> Schema:
    return {**one, **_FORMS.get(said.form, {})}


def _with(schema: Schema, one: Schema, examples: Schema) -> Schema:
    if "items" in schema:
        return {**schema, "items": {**one, **examples}}
    return {**one, **examples}


def _examples(field: FieldDescriptor, said: fields_pb2.Field) -> Schema:
    if not said.HasField("example"):
        return {}
    is_number = field.cpp_type in {*_RANGES, *_FLOATS}
    return {"examples": [json.loads(said.example) if is_number else said.example]}


def _said(field: FieldDescriptor) -> fields_pb2.Field:
    found: fields_pb2.Field = field.GetOptions().Extensions[fields_pb2.field]
    return found
