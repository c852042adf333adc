"""Values that a schema describes, to show what an answer looks like."""

import uuid
from typing import Any

from gateway.openapi.values import Schema

_MOMENT = "2026-03-01T18:30:00Z"
_NAMESPACE = uuid.UUID("0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50")
_FORMATS = {
    "date-time": _MOMENT,
    "email": "ada@example.org",
    "uri": "http://127.0.0.1:7878/",
    "byte": "TWVkaWFOZXN0",
    "int64": "42",
    "uint64": "42",
    "google-duration": "1.5s",
    "google-fieldmask": "name",
}
_ANYTHING = {"key": "value"}
_OTHERS = {"number": 1.5, "boolean": False, "null": None}


class Examples:
    def __init__(self, components: dict[str, Schema]) -> None:
        self._components = components

    def of(self, schema: Schema) -> Any:
        return self._of(schema, "", ())

    def _of(self, schema: Schema, name: str, within: tuple[str, ...]) -> Any:
        """A message inside itself is left out: None."""
        if "examples" in schema:
            return schema["examples"][0]
        if reference := schema.get("$ref"):
            kind = str(reference).rpartition("/")[2]
            if kind in within:
                return None
            return self._of(self._components[kind], name, (*within, kind))
        if "enum" in schema:
            # The first value is often the one for what is not said.
            return schema["enum"][min(1, len(schema["enum"]) - 1)]
        return self._of_type(schema, name, within)

    def _of_type(self, schema: Schema, name: str, within: tuple[str, ...]) -> Any:
        if schema.get("type") == "object":
            return self._object(schema, within)
        if schema.get("type") == "array":
            one = self._of(schema["items"], name, within)
            return [] if one is None else [one]
        if "type" not in schema and "anyOf" in schema:
            return self._of(schema["anyOf"][0], name, within)
        return _plain(schema, name)

    def _object(self, schema: Schema, within: tuple[str, ...]) -> Any:
        made = {
            name: self._of(each, name, within)
            for name, each in schema.get("properties", {}).items()
        }
        excluded = {
            each["not"]["required"][1] for each in schema.get("allOf", ()) if each
        }
        found = {
            name: value
            for name, value in made.items()
            if name not in excluded
            and (value is not None or _may_be_null(schema, name))
        }
        others = schema.get("additionalProperties")
        if not schema.get("properties") and isinstance(others, dict):
            return self._map(schema, others, within)
        return found

    def _map(self, schema: Schema, others: Schema, within: tuple[str, ...]) -> Any:
        if not others:
            return _ANYTHING
        value = self._of(others, "", within)
        if value is None:
            return {}
        named = schema.get("propertyNames", {})
        key = named.get("enum", ["1" if named else "key"])[0]
        return {key: value}


def _may_be_null(schema: Schema, name: str) -> bool:
    return bool(schema["properties"][name].get("type") == "null")


def _plain(schema: Schema, name: str) -> Any:
    kinds = schema.get("type")
    match kinds[0] if isinstance(kinds, list) else kinds:
        case "string":
            return _text(schema, name)
        case "integer":
            return max(1, schema.get("minimum", 1))
        case kind:
            return _OTHERS.get(kind or "", _ANYTHING)


def _text(schema: Schema, name: str) -> str:
    form = schema.get("format") or schema.get("anyOf", [{}])[0].get("format")
    if form == "uuid":
        return str(uuid.uuid5(_NAMESPACE, name))
    return _FORMATS.get(form, name or "text")
