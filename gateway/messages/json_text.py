"""JSON text → Python values, as strictly as a contract deserves."""

import json
from collections import Counter
from typing import Any

from gateway.problems import FieldError, Problem, invalid

# Protobuf reads messages in messages 100 levels deep, and each takes one object, or an
# object and a list; orjson writes 254.
DEEPEST = 200
# A mebibyte of `{},` would keep the loop for a second as messages.
MOST_VALUES = 50_000


class NotJson(ValueError):
    """What is wrong with a text: "is not UTF-8"."""


class _Repeated(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise _Repeated(next(name for name, times in names.items() if times > 1))
    return found


def _constant(word: str) -> Any:
    raise ValueError(f"{word} is not a JSON number")


# Measured: with both hooks it is quicker than orjson and a walk that looks for the
# keys that orjson has quietly dropped.
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def parse(body: bytes) -> Any:
    """Raises Problem for what is not JSON in UTF-8, for a name that stands twice in an
    object, for what is nested more deeply than any contract asks, and for text with a
    NUL, which no database behind us could hold."""
    try:
        return _value_of(body.decode())
    except _Repeated as exc:
        raise invalid([FieldError(str(exc), "is there twice")]) from None
    except UnicodeDecodeError:
        raise _wrong("is not UTF-8") from None
    except NotJson as exc:
        raise _wrong(str(exc)) from None


def value_of(text: str) -> Any:
    """The same for a text that stands elsewhere. Raises NotJson."""
    try:
        return _value_of(text)
    except _Repeated as exc:
        raise NotJson(f"{exc} is there twice") from None


def _value_of(text: str) -> Any:
    try:
        value = _decoder.decode(text)
    except _Repeated:
        raise
    except json.JSONDecodeError as exc:
        place = f"line {exc.lineno} column {exc.colno}"
        raise NotJson(f"is not JSON: {exc.msg} at {place}") from None
    except ValueError:
        raise NotJson("has a number that is none, or that is too long") from None
    except RecursionError:
        raise NotJson("is nested too deeply") from None
    opened = text.count("{") + text.count("[")
    if opened + text.count(",") > MOST_VALUES and _has_many(value):
        raise NotJson(f"has more than {MOST_VALUES} values")
    if opened > DEEPEST and _is_deep(value):
        raise NotJson("is nested too deeply")
    if "\\u0000" in text and _has_nul(value):
        raise NotJson("has text with a NUL character")
    return value


def too_deep() -> Problem:
    return _wrong("is nested too deeply")


def _wrong(detail: str) -> Problem:
    return Problem(
        400,
        "json_invalid",
        f"The body {detail}.",
        errors=[FieldError("body", detail)],
    )


def _has_many(value: Any) -> bool:
    found, level = 1, [value]
    while level and found <= MOST_VALUES:
        within = [each.values() if type(each) is dict else each for each in level]
        found += sum(map(len, within))
        level = [item for each in within for item in each if type(item) in {dict, list}]
    return found > MOST_VALUES


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            item
            for each in level
            for item in (each.values() if type(each) is dict else each)
            if type(item) in {dict, list}
        ]
        if not level:
            return False
    return True


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(_has_nul(item) for item in value)
