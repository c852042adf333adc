"""`fields=`: an answer with what was asked for, and nothing else of it.

A google.protobuf.FieldMask, `requests.title.name,nextPageToken`, in the names of the
contract or of JSON. Other than a mask of an update it reaches into the items of lists.
"""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.messages.query import decode
from gateway.messages.well_known import fill_of
from gateway.problems import FieldError, Problem, invalid
from gateway.rules import ContractWrong, Rule, field_named, is_map

PARAMETER = "fields"
_GIVEN = b"fields="
_MOST_PATHS = 100

Tree = dict[str, Any]
"""JSON names, each with the tree of what is wanted of it, or None for all of it."""


def split(query: bytes) -> tuple[bytes, str | None]:
    """The query without `fields`, and what `fields` says. Raises Problem."""
    if _GIVEN not in query:
        return query, None
    parts = query.split(b"&")
    given = [part.removeprefix(_GIVEN) for part in parts if part.startswith(_GIVEN)]
    if not given:
        return query, None
    try:
        wanted = ",".join(decode(part) for part in given)
    except ValueError:
        raise _wrong("is not percent-encoded UTF-8 text") from None
    return b"&".join(part for part in parts if not part.startswith(_GIVEN)), wanted


class Trimmer:
    """Knows what there is to choose from in the answers of one rule."""

    def __init__(self, rule: Rule) -> None:
        if PARAMETER in rule.method.input_type.fields_by_name:
            name = rule.method.full_name
            raise ContractWrong(f"{name}: the parameter {PARAMETER} is the gateway's")
        answered: Descriptor | None = rule.method.output_type
        if rule.response_body:
            answered = _inside(
                rule.method.output_type.fields_by_name[rule.response_body]
            )
        self._answered = answered

    def tree(self, wanted: str) -> Tree | None:
        """None for all of the answer. Raises Problem for what is not in it."""
        paths = [path.strip() for path in wanted.split(",") if path.strip()]
        if len(paths) > _MOST_PATHS:
            raise _wrong(f"has more than {_MOST_PATHS} paths")
        if not paths or "*" in paths:
            return None
        tree: Tree = {}
        wrong = [path for path in paths if not self._add(tree, path)]
        if wrong:
            raise _wrong(f"is not of this answer: {', '.join(wrong)}")
        return tree

    def _add(self, tree: Tree, path: str) -> bool:
        """Whether the path leads to something."""
        message = self._answered
        *outer, last = path.split(".")
        for name in outer:
            field = field_named(message, name) if message else None
            if field is None:
                return False
            message = _inside(field)
            inner = tree.setdefault(field.json_name, {})
            # All of it is wanted already; the rest of the path must be good still.
            tree = {} if inner is None else inner
        field = field_named(message, last) if message else None
        if field is None:
            return False
        tree[field.json_name] = None
        return True


def trimmed(value: Any, tree: Tree) -> Any:
    """What is wanted of what an encoder has made."""
    if isinstance(value, list):
        return [trimmed(each, tree) for each in value]
    if value is None:
        return None
    return {
        name: value[name] if inner is None else trimmed(value[name], inner)
        for name, inner in tree.items()
        if name in value
    }


def _inside(field: FieldDescriptor) -> Descriptor | None:
    """The message that a field, or each of its items, is an object of."""
    kind = field.message_type
    return None if kind is None or is_map(field) or fill_of(kind) else kind


def _wrong(detail: str) -> Problem:
    return invalid([FieldError(PARAMETER, detail)])
