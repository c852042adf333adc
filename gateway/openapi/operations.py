"""One operation: what it is for, what it takes, and what it gives."""

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor

from gateway.endpoints import Endpoint
from gateway.http.conditions import IF_VERSION
from gateway.http.raw import takes_raw
from gateway.messages.well_known import fill_of, is_value
from gateway.openapi.answers import Answers, is_empty
from gateway.openapi.comments import Comments
from gateway.openapi.examples import Examples
from gateway.openapi.failures import FailureResponses
from gateway.openapi.headers import asked, passed_on
from gateway.openapi.paths import Paths
from gateway.openapi.schemas import Schemas, Use, is_required
from gateway.openapi.values import Schema
from gateway.policy import Session
from gateway.rules import EVERYTHING, Rule, is_map, name_of
from medianest.api.v1 import permissions_pb2

SECURITY = ("session", "bearer", "key")
_DEEPEST_PARAMETER = 2
_AS_IT_IS = {
    "type": "string",
    "format": "binary",
    "description": "As it is, of whatever type the request says that it has.",
}
_MASK = "update_mask"
_PERMISSION = permissions_pb2.DESCRIPTOR.enum_types_by_name["Permission"].full_name


class Describer:
    """Describes operations, and collects what they refer to."""

    def __init__(self, schemas: Schemas, paths: Paths, comments: Comments) -> None:
        self._schemas = schemas
        self._paths = paths
        self._comments = comments
        self._failures = FailureResponses(comments)
        self._examples = Examples(schemas.components)
        self._answers = Answers(schemas, self._examples)
        self._ids: dict[str, int] = {}

    def describe(self, endpoint: Endpoint) -> Schema:
        rule, policy = endpoint.rule, endpoint.policy
        parameters = [
            *self._paths.parameters(rule),
            *self._query(rule),
            *asked(*self._beside(endpoint)),
            # OpenAPI has no parameter of the name Authorization.
            *(
                passed_on(name.decode())
                for name in policy.headers
                if name != b"authorization"
            ),
        ]
        operation: Schema = {
            "operationId": self._id(rule),
            "summary": self._comments.summary_of(rule.method.full_name)
            or rule.method.name,
            "description": self._words(endpoint),
            "tags": [tag_of(rule)],
            "parameters": parameters,
            "responses": {**self._answers.of(endpoint), **self._failures.of(endpoint)},
            "security": [] if policy.is_public else [{name: []} for name in SECURITY],
            "x-rate": policy.rate,
        }
        if policy.permission:
            operation["x-permission"] = policy.permission
        if rule.body:
            operation["requestBody"] = self._body(rule)
        return operation

    def _id(self, rule: Rule) -> str:
        """The first binding has the method's name, and further ones a number."""
        name = f"{name_of(rule.method.containing_service)}.{rule.method.name}"
        count = self._ids[name] = self._ids.get(name, 0) + 1
        return name if count == 1 else f"{name}_{count}"

    def _words(self, endpoint: Endpoint) -> str:
        policy = endpoint.policy
        words = [self._comments.said_of(endpoint.rule.method.full_name)]
        if policy.permission:
            told = self._comments.of(f"{_PERMISSION}.{policy.permission}")
            words.append(f"Takes the permission {policy.permission}. {told}".strip())
        elif policy.is_public:
            words.append("Open to anybody.")
        else:
            words.append("Takes somebody who is signed in.")
        if policy.session is Session.STARTS:
            words.append("A browser gets a cookie, and finds `token` empty.")
        return "\n\n".join(each for each in words if each)

    def _beside(self, endpoint: Endpoint) -> Iterator[str]:
        rule = endpoint.rule
        if not is_empty(rule):
            yield "fields"
        if "Idempotency-Key" in self._comments.of(rule.method.full_name):
            yield "Idempotency-Key"
        if rule.verb == "GET" and not rule.method.server_streaming:
            yield "If-None-Match"
        if IF_VERSION in rule.method.input_type.fields_by_name:
            yield "If-Match"
        if not rule.method.server_streaming:
            yield "X-Request-Timeout"

    def _query(self, rule: Rule) -> Iterator[Schema]:
        if rule.body == EVERYTHING:
            return
        bound = {each.field_path for each in rule.template.variables} | {rule.body}
        yield from self._parameters(rule.method.input_type, "", "", bound)

    def _parameters(
        self, message: Descriptor, prefix: str, within: str, bound: set[str]
    ) -> Iterator[Schema]:
        for field in message.fields:
            path, name = within + field.name, prefix + field.json_name
            nested = field.message_type
            if path in bound or is_map(field):
                continue
            if nested is None or fill_of(nested, text=True):
                yield self._parameter(
                    name, self._schemas.of_field(field, Use.INPUT), is_required(field)
                )
            elif not field.is_repeated and path.count(".") < _DEEPEST_PARAMETER:
                yield from self._parameters(nested, f"{name}.", f"{path}.", bound)

    def _parameter(self, name: str, schema: Schema, required: bool) -> Schema:
        schema = dict(schema)
        found: Schema = {"name": name, "in": "query", "schema": schema}
        if "$ref" not in schema and "description" in schema:
            found["description"] = schema.pop("description")
        return {**found, "required": True} if required else found

    def _body(self, rule: Rule) -> Schema:
        wanted = rule.method.input_type
        bound = {each.field_path for each in rule.template.variables}
        if takes_raw(rule):
            return {"content": {"application/octet-stream": {"schema": _AS_IT_IS}}}
        if rule.body == EVERYTHING:
            without = frozenset(bound)
            schema = self._schemas.of(wanted, Use.INPUT, without)
        else:
            field = wanted.fields_by_name[rule.body]
            within = f"{rule.body}."
            without = frozenset(path.removeprefix(within) for path in bound)
            is_patch = rule.verb == "PATCH" and _MASK in wanted.fields_by_name
            use = Use.PATCH if is_patch else Use.INPUT
            nested = field.message_type
            if nested and not field.is_repeated and not is_value(nested):
                schema = self._schemas.of(nested, use, without)
            else:
                schema = self._schemas.of_field(field, use)
        content = {"schema": schema, "example": self._examples.of(schema)}
        needed = self._schemas.needs_something(schema)
        return {"required": needed, "content": {"application/json": content}}


def tag_of(rule: Rule) -> str:
    service = rule.method.containing_service
    return f"{name_of(service)} {service.name.removesuffix('Service')}"
