"""Reads the gateway's own document, as a program of somebody else would."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORMATS = Draft202012Validator.FORMAT_CHECKER


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, verb and operation."""
    for path, found in document["paths"].items():
        for verb, operation in found.items():
            if verb == "x-operations":
                yield from ((path, kind, each) for kind, each in operation.items())
            else:
                yield path, verb.upper(), operation


def closed(document: Json) -> Json:
    """The document without the room that answers have for fields of later versions:
    what is not described is wrong."""
    schemas = {
        name: {"additionalProperties": False, **schema}
        if "properties" in schema
        else schema
        for name, schema in document["components"]["schemas"].items()
    }
    return {**document, "components": {**document["components"], "schemas": schemas}}


def complaints(
    document: Json, schema: Json, value: Any, *, formats: bool = True
) -> list[str]:
    """What is wrong with a value."""
    whole = {**schema, "components": document["components"], "$schema": _DIALECT}
    validator = Draft202012Validator(
        whole, format_checker=_FORMATS if formats else None
    )
    return [
        f"{each.json_path}: {each.message}" for each in validator.iter_errors(value)
    ]


def is_valid(document: Json, schema: Json, value: Any) -> bool:
    return not complaints(document, schema, value)
