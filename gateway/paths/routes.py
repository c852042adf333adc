"""Finds what answers a method and a path.

Where two templates match, the one whose first differing segment is the more exact
wins: a literal before `*`, `*` before `**`, and what ends there before a `**` of no
segments; and one with the `:verb` before one that takes the colon for a part of the
value. Of those at the same place, the one with the request's method wins over the one
with any; HEAD is GET where it is not declared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import unquote_to_bytes

from gateway.paths.templates import ONE, REST, Template
from gateway.problems import FieldError, Problem, invalid

Target = TypeVar("Target")

_ANY_METHOD = "*"
_MOST_SEGMENTS = 64
_USUAL = {"GET", "POST", "PUT", "PATCH", "DELETE"}
_SLASH = re.compile("%2f", re.IGNORECASE)
_HEX = set("0123456789abcdefABCDEF")


@dataclass(frozen=True, slots=True)
class Found(Generic[Target]):
    target: Target
    template: Template
    segments: list[str]
    """As they were sent, percent-encoded, without the verb."""


@dataclass(slots=True)
class _Node(Generic[Target]):
    literals: "dict[str, _Node[Target]]" = field(default_factory=dict)
    one: "_Node[Target] | None" = None
    rest: "_Node[Target] | None" = None
    leaves: dict[tuple[str, str], tuple[Template, Target]] = field(default_factory=dict)
    """By verb and method."""


class Routes(Generic[Target]):
    def __init__(self) -> None:
        self._root: _Node[Target] = _Node()
        self._exact: dict[tuple[str, str], Found[Target]] = {}

    def add(self, method: str, template: Template, target: Target) -> None:
        """Raises ValueError when the same place is taken."""
        node = self._root
        for segment in template.segments:
            if segment == ONE:
                node.one = node.one or _Node()
                node = node.one
            elif segment == REST:
                node.rest = node.rest or _Node()
                node = node.rest
            else:
                node = node.literals.setdefault(segment, _Node())
        place = (template.verb, method)
        if place in node.leaves:
            raise ValueError(f"{method} {template.text} is declared twice")
        node.leaves[place] = (template, target)
        if template.is_literal:
            found = Found(target, template, list(template.segments))
            self._exact[(method, template.text)] = found

    def find(self, method: str, path: str) -> Found[Target]:
        """Raises Problem: 404, 405 with Allow, or 400 for a path that is no text."""
        found = self._exact.get((method, path)) or self._find(method, path)
        if found:
            return found
        if methods := self.methods_of(path):
            allowed = ", ".join(methods)
            raise Problem(
                405,
                "method_not_allowed",
                f"Allowed here: {allowed}.",
                headers=[(b"allow", allowed.encode())],
            )
        raise Problem(404, "path_unknown", "There is nothing at this path.")

    def methods_of(self, path: str) -> list[str]:
        """What this path can be asked with; HEAD and OPTIONS included."""
        found: set[str] = set()
        for segments, literal, verb in _readings(path):
            for node in _nodes(self._root, literal, 0, len(segments)):
                found |= {method for v, method in node.leaves if v == verb}
        if not found:
            return []
        if _ANY_METHOD in found:
            found = found - {_ANY_METHOD} | _USUAL
        return sorted(found | {"OPTIONS"} | ({"HEAD"} if "GET" in found else set()))

    def _find(self, method: str, path: str) -> Found[Target] | None:
        for segments, literal, verb in _readings(path):
            for node in _nodes(self._root, literal, 0, len(segments)):
                for each in _answering(method):
                    if leaf := node.leaves.get((verb, each)):
                        return Found(leaf[1], leaf[0], segments)
        return None


def _answering(method: str) -> tuple[str, ...]:
    if method == "HEAD":
        return method, "GET", _ANY_METHOD
    return method, _ANY_METHOD


def _readings(path: str) -> list[tuple[list[str], list[str], str]]:
    """The ways to read a path, the likeliest first: its segments as sent, the same
    decoded, and the verb."""
    if not path.startswith("/"):
        return []
    segments = path[1:].split("/")
    if len(segments) > _MOST_SEGMENTS:
        return []
    readings = []
    head, colon, verb = segments[-1].rpartition(":")
    if colon and head:
        readings.append(([*segments[:-1], head], verb))
    readings.append((segments, ""))
    if "%" in path:
        return [
            (raw, [decode(each) for each in raw], decode(verb))
            for raw, verb in readings
        ]
    return [(raw, raw, verb) for raw, verb in readings]


def _nodes(
    node: _Node[Target], segments: list[str], at: int, end: int
) -> Iterator[_Node[Target]]:
    """Where the segments lead, the most exact first."""
    if at == end:
        yield node
        if node.rest:
            yield node.rest
        return
    segment = segments[at]
    if literal := node.literals.get(segment):
        yield from _nodes(literal, segments, at + 1, end)
    if not segment:
        return
    if node.one:
        yield from _nodes(node.one, segments, at + 1, end)
    if node.rest and all(segments[at:]):
        yield node.rest


def decode(segment: str) -> str:
    """Percent-decode. Raises Problem for what is not UTF-8 text."""
    if "%" not in segment:
        return segment
    pieces = segment.split("%")[1:]
    if any(len(each) < 2 or not _HEX.issuperset(each[:2]) for each in pieces):  # noqa: PLR2004
        raise _not_text()
    try:
        text = unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        raise _not_text() from None
    if "\0" in text:
        raise _not_text()
    return text


def decode_within(segment: str) -> str:
    """Percent-decode one of several segments of a value: an encoded slash stays as it
    is, so that it is not taken for a boundary."""
    return "%2F".join(decode(part) for part in _SLASH.split(segment))


def _not_text() -> Problem:
    return invalid([FieldError("path", "is not percent-encoded UTF-8 text")])
