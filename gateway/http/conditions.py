"""Writes that are done only to the version that was seen (RFC 9110, 13.1.1).

    GET                     ──► `int32 version` of the answer  ──► ETag: "8c2f….v3"
    If-Match: "8c2f….v3"    ──► `int32 if_version` of the request ──► done, or 412

A tag names bytes, and those also change by what nobody wrote: a monitor is checked, a
title arrives. What a write depends on is the version in the tag, and only the service
can compare it in the statement that writes: nothing of a write is compared here.
"""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from gateway.problems import FieldError, Problem, invalid
from gateway.rules import Rule

VERSION, IF_VERSION = "version", "if_version"
_HEADER = "If-Match"
_WHATEVER = 0
# Versions begin at 1. The service is asked all the same: what is missing or forbidden
# is so in whatever version, and is the answer then.
_NONE_THERE_IS = -1
_LARGEST = 2**31 - 1

# Possessive, so that a long header is read once. A tag may have a comma inside.
_NEXT = re.compile(rb'[ \t,]*+(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*+)"[ \t]*+(?=,|\Z))?')
_OURS = re.compile(rb"[0-9a-f]{20}\.v([1-9][0-9]{0,9})(?:\.[a-z]+)?")


def digest(body: bytes) -> bytes:
    """What a tag says of the bytes of an answer, before any encoding."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()[:20].encode()


def versioned(tag: bytes, version: int) -> bytes:
    return b"%b.v%d" % (tag, version) if version else tag


class Versions:
    """Where the version stands in the requests and the answers of one rule."""

    def __init__(self, rule: Rule) -> None:
        asked, answered = rule.method.input_type, rule.method.output_type
        self._is_taken = _has_number(asked, IF_VERSION)
        self._response_body = rule.response_body
        told: Descriptor | None = answered
        if rule.response_body:
            field = answered.fields_by_name[rule.response_body]
            told = None if field.is_repeated else field.message_type
        self._is_told = told is not None and _has_number(told, VERSION)

    def of(self, answer: Any) -> int:
        """The version of what an answer tells; 0 where there is none."""
        if not self._is_told:
            return 0
        told = getattr(answer, self._response_body) if self._response_body else answer
        return int(told.version)

    def demand(self, message: Any, if_match: bytes | None) -> None:
        """Put the version that a write depends on into its request. Raises Problem."""
        wanted = _WHATEVER if if_match is None else _version_in(if_match)
        if wanted == _WHATEVER:
            return
        if not self._is_taken:
            raise Problem(
                412, "version_unknown", "What this changes has no versions to match."
            )
        if message.if_version not in {_WHATEVER, wanted}:
            detail = "names another version than ifVersion"
            raise invalid([FieldError(_HEADER, detail)])
        message.if_version = wanted


def ensure_matches(if_match: bytes, tag: bytes) -> None:
    """Raises Problem, 412, for a read whose answer is not what `tag` (without quotes)
    stands for, in whatever content encoding."""
    if _is_star(if_match):
        return
    if not any(held.partition(b".")[0] == tag for held in _strong_tags(if_match)):
        raise Problem(412, "version_changed", "There is something else here now.")


def _version_in(if_match: bytes) -> int:
    if _is_star(if_match):
        return _WHATEVER
    found = [_OURS.fullmatch(tag) for tag in _strong_tags(if_match)]
    versions = [int(each[1]) for each in found if each]
    # A version only grows: of several that were seen, only the newest may still be it.
    newest = max(versions, default=_NONE_THERE_IS)
    return newest if newest <= _LARGEST else _NONE_THERE_IS


def _is_star(if_match: bytes) -> bool:
    return if_match.strip(b" \t") == b"*"


def _strong_tags(if_match: bytes) -> list[bytes]:
    """The tags that are not weak, which match nothing here. Raises Problem for what is
    no list of tags, and for a list of none."""
    tags = list(_tags(if_match))
    if not tags:
        raise _malformed()
    return [tag for is_weak, tag in tags if not is_weak]


def _tags(if_match: bytes) -> Iterator[tuple[bool, bytes]]:
    at = 0
    while at < len(if_match):
        found = _NEXT.match(if_match, at)
        if found is None or found.end() == at:
            raise _malformed()
        at = found.end()
        if found[2] is not None:
            yield found[1] is not None, found[2]


def _malformed() -> Problem:
    return invalid([FieldError(_HEADER, "is * or a list of tags in double quotes")])


def _has_number(message: Descriptor, name: str) -> bool:
    field = message.fields_by_name.get(name)
    return bool(
        field and field.type == FieldDescriptor.TYPE_INT32 and not field.is_repeated
    )
