"""A webhook's template: JSON whose texts hold variables, as Overseerr writes it.

    {"subject": "{{subject}}", "{{media}}": {"tmdbId": "{{media_tmdbid}}"},
     "{{extra}}": []}

A variable is replaced inside a text and nowhere else, once: what it stands for is
never read as a template, nor as JSON. A key in braces is a section: it is there with
what is in it when there is something to say, and null when not. `{{extra}}` is a list
of what else is told.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from kit.delivery.message import Message, TargetRefused
from kit.errors import Invalid

LONGEST = 10_000
_DEEPEST = 20
_LARGEST_BYTES = 256 * 1024
_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
_OWN = frozenset({"event", "subject", "message", "image", "link", "notification_type"})
_EXTRA = "extra"


class TemplateInvalid(Invalid):
    reason = "template_invalid"


def ensure_template(text: str, variables: Collection[str], field: str) -> None:
    """Raises TemplateInvalid for what is no template of these variables."""
    if len(text) > LONGEST:
        raise TemplateInvalid(
            f"A template has at most {LONGEST} characters.", field=field
        )
    try:
        tree = orjson.loads(text)
    except ValueError as exc:
        raise TemplateInvalid(f"The template is not JSON: {exc}.", field=field) from exc
    if not isinstance(tree, dict | list):
        raise TemplateInvalid("A template is an object or a list in JSON.", field=field)
    _ensure_shallow(tree, _DEEPEST, field)
    unknown = _asked(tree) - _OWN - set(variables)
    if unknown:
        raise TemplateInvalid(
            f"There is no variable {{{{{min(unknown)}}}}}.", field=field
        )


def render(text: str, message: Message) -> bytes:
    """JSON. Raises TargetRefused when it would be too long."""
    try:
        tree = orjson.loads(text)
    except ValueError as exc:
        raise TargetRefused("The template is not JSON any more.") from exc
    variables = {
        "notification_type": message.event,
        **message.variables,
        "event": message.headline,
        "subject": message.subject,
        "message": message.body,
        "image": message.image,
        "link": message.link,
    }
    return orjson.dumps(_Rendering(message, variables).of(tree))


class _Rendering:
    def __init__(self, message: Message, variables: Mapping[str, str]) -> None:
        self._message = message
        self._variables = variables
        self._left = _LARGEST_BYTES

    def of(self, tree: Any) -> Any:
        if isinstance(tree, str):
            return self._spend(_VARIABLE.sub(self._value, tree))
        if isinstance(tree, list):
            return [self.of(each) for each in tree]
        if isinstance(tree, dict):
            return dict(self._entry(key, value) for key, value in tree.items())
        return tree

    def _entry(self, key: str, value: Any) -> tuple[str, Any]:
        section = _VARIABLE.fullmatch(key)
        if section is None:
            return self._spend(key), self.of(value)
        name = section.group(1)
        if name == _EXTRA:
            return name, [
                {"name": self._spend(what), "value": self._spend(said)}
                for what, said in self._message.extra
            ]
        return name, self.of(value) if name in self._message.sections else None

    def _value(self, found: re.Match[str]) -> str:
        return self._variables.get(found.group(1), "")

    def _spend(self, text: str) -> str:
        self._left -= len(text.encode("utf-8", "replace"))
        if self._left < 0:
            raise TargetRefused(
                f"The template makes more than {_LARGEST_BYTES // 1024} KiB of this."
            )
        return text


def _asked(tree: Any) -> set[str]:
    """The variables in its texts."""
    if isinstance(tree, str):
        return set(_VARIABLE.findall(tree))
    if isinstance(tree, list):
        return {name for each in tree for name in _asked(each)}
    if isinstance(tree, dict):
        return {name for each in tree.values() for name in _asked(each)}
    return set()


def _ensure_shallow(tree: Any, left: int, field: str) -> None:
    if left == 0:
        raise TemplateInvalid(f"A template has at most {_DEEPEST} floors.", field=field)
    inner = tree.values() if isinstance(tree, dict) else tree
    for each in inner:
        if isinstance(each, dict | list):
            _ensure_shallow(each, left - 1, field)
