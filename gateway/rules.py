"""REST endpoints, as the contract declares them."""

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from google.api import annotations_pb2, http_pb2
from google.protobuf.descriptor import (
    Descriptor,
    FieldDescriptor,
    MethodDescriptor,
    ServiceDescriptor,
)

import medianest
from gateway.paths.templates import Template, parse

EVERYTHING = "*"
# What the gateway answers itself, for every path, or not at all.
_OUR_OWN = {"OPTIONS", "CONNECT", "TRACE"}
_BODILESS = {"GET", "HEAD"}


class ContractWrong(ValueError):
    """The contract says what cannot be. Seen when the process starts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to reach one method over HTTP."""

    verb: str
    template: Template
    body: str
    """`*` for all that the path does not bind, the name of a field, or empty."""
    response_body: str
    """The field that is the answer, or empty for all of it."""
    method: MethodDescriptor


def services() -> list[ServiceDescriptor]:
    """All services of the contract, found among the generated modules."""
    found: list[ServiceDescriptor] = []
    for module in pkgutil.walk_packages(medianest.__path__, "medianest."):
        if module.name.endswith("_pb2"):
            generated = importlib.import_module(module.name)
            found += generated.DESCRIPTOR.services_by_name.values()
    return found


def name_of(service: ServiceDescriptor) -> str:
    """`media` for all services of the package `medianest.media.v1`."""
    return str(service.file.package.split(".")[-2])


def path_of(method: MethodDescriptor) -> str:
    """`/package.Service/Method`."""
    return f"/{method.containing_service.full_name}/{method.name}"


def rules(contract: Iterable[ServiceDescriptor]) -> Iterator[Rule]:
    """Every rule with its additional bindings. Raises ContractWrong and TemplateWrong
    for what could never be answered."""
    for service in contract:
        for method in service.methods:
            declared = method.GetOptions().Extensions[annotations_pb2.http]
            if declared.WhichOneof("pattern") is None:
                continue
            for each in (declared, *declared.additional_bindings):
                if each is not declared and each.additional_bindings:
                    raise ContractWrong(
                        f"{method.full_name}: a binding within a binding"
                    )
                rule = _rule(each, method)
                _ensure_answerable(rule)
                yield rule


def _rule(declared: http_pb2.HttpRule, method: MethodDescriptor) -> Rule:
    kind = declared.WhichOneof("pattern") or ""
    if kind == "custom":
        verb, path = declared.custom.kind.upper(), declared.custom.path
    elif kind:
        verb, path = kind.upper(), str(getattr(declared, kind))
    else:
        raise ContractWrong(f"{method.full_name}: a binding without a path")
    return Rule(verb, parse(path), declared.body, declared.response_body, method)


def _ensure_answerable(rule: Rule) -> None:
    name, asked = rule.method.full_name, rule.method.input_type
    if rule.method.client_streaming:
        raise ContractWrong(f"{name}: a client's stream cannot be asked over HTTP")
    if not rule.verb or rule.verb in _OUR_OWN:
        raise ContractWrong(f"{name}: {rule.verb or 'nothing'} is not a verb to choose")
    for variable in rule.template.variables:
        field = field_at(asked, variable.field_path)
        if field is None or field.is_repeated or field.message_type:
            raise ContractWrong(f"{name}: {variable.field_path} cannot be in a path")
        if variable.field_path == rule.body:
            raise ContractWrong(f"{name}: {rule.body} is in the path and the body")
    if rule.body and rule.verb in _BODILESS:
        raise ContractWrong(f"{name}: {rule.verb} takes no body")
    if rule.body not in {"", EVERYTHING, *asked.fields_by_name}:
        raise ContractWrong(f"{name}: body {rule.body} is not a field")
    if rule.response_body not in {"", *rule.method.output_type.fields_by_name}:
        raise ContractWrong(f"{name}: {rule.response_body} is not a field")


def field_at(message: Descriptor, field_path: str) -> FieldDescriptor | None:
    """The field that a path of names of the contract leads to."""
    *outer, last = field_path.split(".")
    for name in outer:
        field = message.fields_by_name.get(name)
        if field is None or field.is_repeated or field.message_type is None:
            return None
        message = field.message_type
    return message.fields_by_name.get(last)


def map_fields(field: FieldDescriptor) -> tuple[FieldDescriptor, FieldDescriptor]:
    """The key and the value of a map. Raises ContractWrong for what is none."""
    entry = field.message_type
    if entry is None or not entry.GetOptions().map_entry:
        raise ContractWrong(f"{field.full_name} is not a map")
    return entry.fields_by_name["key"], entry.fields_by_name["value"]


def is_map(field: FieldDescriptor) -> bool:
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def field_named(message: Descriptor, name: str) -> FieldDescriptor | None:
    """By its name in the contract, or in JSON."""
    if name in message.fields_by_name:
        return message.fields_by_name[name]
    return next((field for field in message.fields if field.json_name == name), None)


def named_in_json(message: Descriptor, name: str) -> FieldDescriptor | None:
    """The same for a key of JSON, where the names of JSON come first."""
    found = next((field for field in message.fields if field.json_name == name), None)
    return found or message.fields_by_name.get(name)
