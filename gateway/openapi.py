"""The contract as an OpenAPI 3.1 document, and a page to read it by."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson
from google.protobuf.descriptor import Descriptor
from google.protobuf.empty_pb2 import Empty

from gateway.endpoints import Endpoint
from gateway.http.answers import JSON, Answer, Representation, Stream
from gateway.http.negotiation import encoding_of
from gateway.http.requests import Request
from gateway.messages.schemas import Schema, Schemas
from gateway.messages.well_known import fill_of
from gateway.paths.templates import ONE, REST, Template
from gateway.portal import Files
from gateway.rules import EVERYTHING, Rule, field_at, is_map, name_of

_PAGES = Path(__file__).parent / "docs"
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DEEPEST_PARAMETER = 2
_PROBLEM: Schema = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "reason", "requestId", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "requestId": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_SECURITY: Schema = {
    "session": {"type": "apiKey", "in": "cookie", "name": "medianest_session"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


class Documents:
    """`/api/openapi.json` and `/api/docs`."""

    def __init__(
        self, endpoints: Iterable[Endpoint], version: str, base_path: str
    ) -> None:
        body = orjson.dumps(document(endpoints, version, base_path))
        self._document = Representation(body, JSON, b"no-cache", b"Accept-Encoding")
        self._files = Files(_PAGES, base_path)

    async def openapi(self, request: Request) -> Answer | Stream:
        headers = request.headers
        return self._document.answer(
            encoding_of(headers.get(b"accept-encoding")),
            headers.get(b"if-none-match"),
        )

    async def page(self, request: Request) -> Answer | Stream:
        """The page at `/api/docs`, or a file of it behind that."""
        name = request.path.removeprefix("/api/docs").strip("/")
        return self._files.file(request, name or "index.html")


def document(
    endpoints: Iterable[Endpoint], version: str, base_path: str = ""
) -> dict[str, Any]:
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path, parameters = _path(endpoint.rule)
        operation = _operation(endpoint, schemas, parameters)
        paths.setdefault(path, {})[endpoint.rule.verb.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "MediaNest", "version": version},
        "servers": [{"url": base_path or "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {
                **dict(sorted(schemas.components.items())),
                "Problem": _PROBLEM,
            },
            "securitySchemes": _SECURITY,
        },
    }


def _operation(
    endpoint: Endpoint, schemas: Schemas, parameters: list[Schema]
) -> dict[str, Any]:
    rule, policy = endpoint.rule, endpoint.policy
    service = rule.method.containing_service
    alias = rule.template.text.startswith("/api/")
    operation: dict[str, Any] = {
        "operationId": f"{name_of(service)}.{rule.method.name}" + "_alias" * alias,
        "summary": _WORDS.sub(" ", rule.method.name).capitalize(),
        "tags": [f"{name_of(service)} {service.name.removesuffix('Service')}"],
        "parameters": [*parameters, *_query(rule, schemas)],
        "responses": {**_success(rule, schemas), "default": _failure()},
        "security": [] if policy.is_public else [{name: []} for name in _SECURITY],
        "x-rate": policy.rate,
    }
    if policy.permission:
        operation["x-permission"] = policy.permission
    if rule.body:
        operation["requestBody"] = {
            "content": {"application/json": {"schema": _body(rule, schemas)}}
        }
    return operation


def _path(rule: Rule) -> tuple[str, list[Schema]]:
    """The path with names in braces, and what stands for them."""
    template = rule.template
    segments = list(_named_segments(template))
    parameters = []
    for name, is_variable in segments:
        if is_variable:
            field = field_at(rule.method.input_type, name)
            schema = Schemas().of_field(field) if field else {"type": "string"}
            parameters.append(
                {"name": name, "in": "path", "required": True, "schema": schema}
            )
    text = "/".join(f"{{{name}}}" if is_var else name for name, is_var in segments)
    return f"/{text}" + (f":{template.verb}" if template.verb else ""), parameters


def _named_segments(template: Template) -> Iterator[tuple[str, bool]]:
    starts = {each.start: each for each in template.variables}
    inside = 0
    for number, segment in enumerate(template.segments):
        if variable := starts.get(number):
            inside = (variable.end or len(template.segments)) - number
            yield variable.field_path, True
        elif inside <= 0:
            wild = segment in {ONE, REST}
            yield (f"segment{number}" if wild else segment), wild
        inside -= 1


def _query(rule: Rule, schemas: Schemas) -> list[Schema]:
    if rule.body == EVERYTHING:
        return []
    bound = {each.field_path for each in rule.template.variables} | {rule.body}
    return [
        {"name": name, "in": "query", "schema": schema}
        for name, schema in _parameters(rule.method.input_type, schemas, "", "", bound)
    ]


def _parameters(
    message: Descriptor, schemas: Schemas, prefix: str, within: str, bound: set[str]
) -> Iterator[tuple[str, Schema]]:
    for field in message.fields:
        path, name = within + field.name, prefix + field.json_name
        nested = field.message_type
        if path in bound or is_map(field):
            continue
        if nested is None or fill_of(nested, text=True):
            yield name, schemas.of_field(field)
        elif not field.is_repeated and path.count(".") < _DEEPEST_PARAMETER:
            yield from _parameters(nested, schemas, f"{name}.", f"{path}.", bound)


def _body(rule: Rule, schemas: Schemas) -> Schema:
    asked = rule.method.input_type
    if rule.body == EVERYTHING:
        return schemas.of(asked)
    return schemas.of_field(asked.fields_by_name[rule.body])


def _success(rule: Rule, schemas: Schemas) -> dict[str, Any]:
    answered = rule.method.output_type
    if answered.full_name == Empty.DESCRIPTOR.full_name:
        return {"204": {"description": "Done."}}
    schema = (
        schemas.of_field(answered.fields_by_name[rule.response_body])
        if rule.response_body
        else schemas.of(answered)
    )
    if rule.method.server_streaming:
        content = {
            "application/x-ndjson": {
                "schema": {"type": "object", "properties": {"result": schema}}
            }
        }
        return {"200": {"description": "A stream.", "content": content}}
    content = {"application/json": {"schema": schema}}
    return {"200": {"description": "The answer.", "content": content}}


def _failure() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "What went wrong.",
        "content": {"application/problem+json": {"schema": schema}},
    }
