"""A request's path, query and body → a message."""

from collections.abc import Iterator, Sequence
from typing import Any

from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor

from gateway.messages import json_text
from gateway.messages.query import Parameters, split
from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Errors, Read
from gateway.messages.scalars import Convert, Wrong, from_text
from gateway.messages.well_known import fill_of
from gateway.paths import routes
from gateway.paths.templates import Variable
from gateway.problems import FieldError, Problem, invalid
from gateway.rules import EVERYTHING, Rule, field_at, field_named

_MASK = "update_mask"
_MASK_TYPE = "google.protobuf.FieldMask"


class Decoder:
    """Decodes the requests of one rule."""

    def __init__(self, readers: QuickReaders, rule: Rule) -> None:
        asked = rule.method.input_type
        self._kind = message_factory.GetMessageClass(asked)
        self._variables = [_Setter(each, asked) for each in rule.template.variables]
        self._body = _body_reader(readers, rule)
        self._body_name = _body_name(rule)
        self._parameters = _parameters(rule)
        self._mask = _Mask(rule) if _makes_mask(rule) else None

    def decode(self, segments: Sequence[str], query: bytes, body: bytes) -> Any:
        """The message. Raises Problem, naming all that is wrong."""
        message = self._kind()
        errors: Errors = []
        value = self._read_body(message, body, errors) if body else None
        given = self._read_query(message, query, errors) if query else set()
        for variable in self._variables:
            variable.set(message, segments, errors)
        if errors:
            raise invalid(errors)
        if self._mask and _MASK not in given:
            self._mask.fill(message, value)
        return message

    def _read_body(self, message: Any, body: bytes, errors: Errors) -> Any:
        if self._body is None:
            raise Problem(400, "body_unexpected", "This takes no body.")
        value = json_text.parse(body)
        try:
            self._body(message, value, self._body_name, errors)
        except RecursionError:
            raise json_text.too_deep() from None
        return value

    def _read_query(self, message: Any, query: bytes, errors: Errors) -> set[str]:
        pairs = split(query, errors)
        if self._parameters:
            return self._parameters.read(message, pairs, errors)
        errors += [FieldError(name, "is not a parameter here") for name, _ in pairs]
        return set()


class _Setter:
    """Puts a part of the path into its field."""

    def __init__(self, variable: Variable, asked: Descriptor) -> None:
        self._variable = variable
        *self._outer, self._name = variable.field_path.split(".")
        field = field_at(asked, variable.field_path)
        if field is None:
            raise ValueError(f"{asked.full_name} has no {variable.field_path}")
        self._convert: Convert = from_text(field)

    def set(self, message: Any, segments: Sequence[str], errors: Errors) -> None:
        variable = self._variable
        parts = segments[variable.start : variable.end]
        try:
            if variable.whole:
                text = routes.decode(parts[0])
            else:
                text = "/".join(routes.decode_within(part) for part in parts)
            for outer in self._outer:
                message = getattr(message, outer)
            setattr(message, self._name, self._convert(text))
        except Wrong as exc:
            errors.append(FieldError(variable.field_path, str(exc)))


class _Mask:
    """Makes the update mask of a PATCH from what stands in its body."""

    def __init__(self, rule: Rule) -> None:
        kind = rule.method.input_type.fields_by_name[rule.body].message_type
        if kind is None:
            raise ValueError(f"{rule.body} is not a message")
        self._kind = kind
        within = f"{rule.body}."
        self._bound = {
            each.field_path.removeprefix(within)
            for each in rule.template.variables
            if each.field_path.startswith(within)
        }

    def fill(self, message: Any, value: Any) -> None:
        paths = [p for p in _paths(self._kind, value, "") if p not in self._bound]
        message.update_mask.paths.extend(paths)
        message.update_mask.SetInParent()


def _paths(kind: Descriptor, value: Any, prefix: str) -> Iterator[str]:
    for key, item in (value or {}).items():
        field = field_named(kind, key)
        if field is None:
            continue
        nested = field.message_type
        if item and nested and not field.is_repeated and not fill_of(nested):
            yield from _paths(nested, item, f"{prefix}{field.name}.")
        else:
            yield prefix + field.name


def _makes_mask(rule: Rule) -> bool:
    asked = rule.method.input_type
    mask = asked.fields_by_name.get(_MASK)
    if rule.verb != "PATCH" or rule.body in {"", EVERYTHING} or mask is None:
        return False
    kind = asked.fields_by_name[rule.body]
    return bool(
        mask.message_type
        and mask.message_type.full_name == _MASK_TYPE
        and kind.message_type
        and not kind.is_repeated
        and not fill_of(kind.message_type)
    )


def _body_reader(readers: QuickReaders, rule: Rule) -> Read | None:
    if not rule.body:
        return None
    if rule.body == EVERYTHING:
        return readers.of(rule.method.input_type)
    return readers.of_field(rule.method.input_type.fields_by_name[rule.body])


def _body_name(rule: Rule) -> str:
    """What stands before the names of wrong fields: nothing where the body is an
    object, whose fields the caller knows by their own names."""
    field = rule.method.input_type.fields_by_name.get(rule.body)
    if field is None or (field.message_type and not field.is_repeated):
        return ""
    return "body"


def _parameters(rule: Rule) -> Parameters | None:
    """None where the body is everything that the path is not."""
    if rule.body == EVERYTHING:
        return None
    bound = {each.field_path for each in rule.template.variables}
    return Parameters(rule.method.input_type, frozenset(bound | {rule.body}))
