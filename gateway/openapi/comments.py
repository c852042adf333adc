"""What the contract says of itself, in words: its comments."""

import json
import re
from collections.abc import Mapping
from importlib import resources

import grpc
from google.protobuf.descriptor import EnumDescriptor

_FAILS = "Fails with"
# `NOT_FOUND (invite_missing)`, `FAILED_PRECONDITION (invite_spent, invite_expired)`.
_CODES = "|".join(grpc.StatusCode.__members__)
_FAILURE = re.compile(rf"\b({_CODES})\b(?:\s\(([^)]*)\))?")
_REASON = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")

Failures = dict[str, list[str]]
"""Reasons, by the name of the gRPC code. None where the contract names a field."""


class Comments:
    """By full name. What has no comment has an empty one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    @classmethod
    def of_contract(cls) -> "Comments":
        file = resources.files("medianest") / "comments.json"
        return cls(json.loads(file.read_text()))

    def of(self, name: str) -> str:
        """Paragraphs, each a line."""
        paragraphs = self._texts.get(name, "").split("\n\n")
        return "\n\n".join(" ".join(each.split()) for each in paragraphs)

    def said_of(self, name: str) -> str:
        """Without the name that it begins with (`ListUsers pages through users` is
        `Pages through users`), and without what it fails with, in gRPC's words."""
        text = self.of(name).partition(f"\n\n{_FAILS}")[0]
        own, _, rest = text.partition(" ")
        if own and own == name.rpartition(".")[2]:
            text = rest
        return text[:1].upper() + text[1:]

    def summary_of(self, name: str) -> str:
        """The first sentence, without its full stop."""
        return re.split(r"(?<=[a-z)])[.:](?=\s)", self.said_of(name))[0].rstrip(".")

    def failures_of(self, name: str) -> Failures:
        """What a method fails with."""
        found: Failures = {}
        for paragraph in self.of(name).split("\n\n"):
            if paragraph.startswith(_FAILS):
                for code, inner in _FAILURE.findall(paragraph):
                    reasons = found.setdefault(code, [])
                    if code != "INVALID_ARGUMENT":
                        reasons += _reasons(inner)
        return found

    def of_values(self, enum: EnumDescriptor) -> str:
        """A line for each value that has a comment."""
        said = {
            each.name: self.of(f"{enum.full_name}.{each.name}") for each in enum.values
        }
        return "\n".join(f"- `{name}`: {text}" for name, text in said.items() if text)


def _reasons(text: str) -> list[str]:
    begun = (_REASON.match(part.strip()) for part in re.split("[,;]", text))
    return [found[0] for found in begun if found]
