"""Path templates of google.api.http.

Template = "/" Segments [ ":" Verb ]
Segments = Segment { "/" Segment }
Segment  = "*" | "**" | LITERAL | "{" FieldPath [ "=" Segments ] "}"
"""

import re
from dataclasses import dataclass
from urllib.parse import unquote

ONE = "*"
REST = "**"
_FIELD_PATH = re.compile(r"[a-zA-Z_]\w*(\.[a-zA-Z_]\w*)*")
_LITERAL = re.compile(r"([\w.~!$&'()+,;=@-]|%[0-9a-fA-F]{2})+")


class TemplateWrong(ValueError):
    """The contract has a path that is none. Seen when the process starts."""


@dataclass(frozen=True, slots=True)
class Variable:
    """The segments from `start` to before `end` (None: all that follow) are the value
    of a field."""

    field_path: str
    start: int
    end: int | None
    whole: bool
    """One segment, so that an encoded slash in it is part of the value."""


@dataclass(frozen=True, slots=True)
class Template:
    text: str
    segments: tuple[str, ...]
    variables: tuple[Variable, ...]
    verb: str

    @property
    def is_literal(self) -> bool:
        return not {ONE, REST} & set(self.segments)


def parse(text: str) -> Template:
    """Raises TemplateWrong."""
    if not text.startswith("/"):
        raise TemplateWrong(f"{text}: a path begins with /")
    path, verb = _split_verb(text)
    segments: list[str] = []
    variables: list[Variable] = []
    for part in _parts(path[1:], text):
        if part.startswith("{"):
            variables.append(_variable(part, segments, text))
        else:
            segments.append(_segment(part, text))
    if REST in segments[:-1]:
        raise TemplateWrong(f"{text}: ** is the last segment or none")
    names = [each.field_path for each in variables]
    if len(set(names)) < len(names):
        raise TemplateWrong(f"{text}: a variable is bound twice")
    return Template(text, tuple(segments), tuple(variables), verb)


def _split_verb(text: str) -> tuple[str, str]:
    end = max(text.rfind("/"), text.rfind("}"))
    colon = text.find(":", end)
    if colon < 0:
        return text, ""
    verb = text[colon + 1 :]
    if not _LITERAL.fullmatch(verb):
        raise TemplateWrong(f"{text}: the verb is not one")
    return text[:colon], verb


def _parts(path: str, text: str) -> list[str]:
    """Split at slashes that stand outside braces."""
    parts = [""]
    depth = 0
    for letter in path:
        depth += (letter == "{") - (letter == "}")
        if depth not in {0, 1}:
            raise TemplateWrong(f"{text}: braces do not nest")
        if letter == "/" and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def _variable(part: str, segments: list[str], text: str) -> Variable:
    if not part.endswith("}"):
        raise TemplateWrong(f"{text}: a variable is a whole segment")
    field_path, _, pattern = part[1:-1].partition("=")
    if not _FIELD_PATH.fullmatch(field_path):
        raise TemplateWrong(f"{text}: {field_path!r} is not a field path")
    start = len(segments)
    segments.extend(_segment(each, text) for each in (pattern or ONE).split("/"))
    end = None if segments[-1] == REST else len(segments)
    whole = len(segments) - start == 1 and end is not None
    return Variable(field_path, start, end, whole)


def _segment(part: str, text: str) -> str:
    """Literals are decoded, as the paths that they are compared with will be."""
    if part in {ONE, REST}:
        return part
    if _LITERAL.fullmatch(part):
        try:
            literal = unquote(part, errors="strict")
        except UnicodeDecodeError:
            literal = ""
        if literal not in {"", ONE, REST}:
            return literal
    raise TemplateWrong(f"{text}: {part!r} is not a segment")
