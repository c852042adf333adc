"""Path templates as OpenAPI has them.

Its paths differ in more than the names of their variables, so what is reached at
`/v1/users/{user_id}` and at `/v1/users/{user.id}` stands at the first of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.openapi.schemas import Schemas, Use
from gateway.openapi.values import Schema
from gateway.paths.templates import ONE, REST, Template, Variable
from gateway.rules import Rule, field_at

Operations = dict[str, Schema]
# OpenAPI 3.1 knows no others.
_VERBS = {"GET", "PUT", "POST", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"}
_MORE = "x-operations"


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    variable: Variable | None = None
    is_wild: bool = False
    is_rest: bool = False


class Paths:
    """Collects operations by path."""

    def __init__(self, schemas: Schemas) -> None:
        self.found: dict[str, Operations] = {}
        self._schemas = schemas
        self._parts: dict[str, tuple[str, list[_Part]]] = {}

    def parameters(self, rule: Rule) -> list[Schema]:
        """What stands for the variables of the rule's path."""
        own = [part for part in _parts(rule.template) if part.is_wild]
        first = [part for part in self._first(rule.template)[1] if part.is_wild]
        return [
            self._parameter(rule, part, named.text)
            for part, named in zip(own, first, strict=True)
        ]

    def add(self, rule: Rule, operation: Schema) -> None:
        path, _ = self._first(rule.template)
        operations = self.found.setdefault(path, {})
        if rule.verb in _VERBS:
            operations[rule.verb.lower()] = operation
        else:
            operations.setdefault(_MORE, {})[rule.verb] = operation

    def _first(self, template: Template) -> tuple[str, list[_Part]]:
        parts = list(_parts(template))
        shape = "/".join("{}" if part.is_wild else part.text for part in parts)
        verb = f":{template.verb}" if template.verb else ""
        texts = (f"{{{part.text}}}" if part.is_wild else part.text for part in parts)
        path = f"/{'/'.join(texts)}{verb}"
        return self._parts.setdefault(shape + verb, (path, parts))

    def _parameter(self, rule: Rule, part: _Part, name: str) -> Schema:
        schema: Schema = {"type": "string"}
        variable = part.variable
        field = variable and field_at(rule.method.input_type, variable.field_path)
        if variable and field and (variable.whole or part.is_rest):
            schema = self._schemas.of_field(field, Use.INPUT)
        described = schema.pop("description", "")
        if schema.get("type") == "string" and "pattern" not in schema:
            schema = {"minLength": 1, **schema}
        found = {"name": name, "in": "path", "required": True, "schema": schema}
        if part.is_rest:
            described += " May be several segments, with slashes between them."
        return {**found, "description": described.strip()} if described else found


def _parts(template: Template) -> Iterator[_Part]:
    """Each segment, with a name for what is not a literal."""
    variables = {
        number: each
        for each in template.variables
        for number in range(each.start, each.end or len(template.segments))
    }
    used: set[str] = set()
    for number, segment in enumerate(template.segments):
        if segment not in {ONE, REST}:
            yield _Part(segment)
            continue
        variable = variables.get(number)
        name = variable.field_path.replace(".", "_") if variable else "segment"
        while name in used:
            name += "_"
        used.add(name)
        yield _Part(name, variable, is_wild=True, is_rest=segment == REST)
