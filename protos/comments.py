"""Prints the comments of the contract as JSON, by the full names of what they say."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

# The numbers that paths in SourceCodeInfo are made of, and what they lead to.
_OF_FILE = {4: "message_type", 5: "enum_type", 6: "service"}
_OF_MESSAGE = {2: "field", 3: "nested_type", 4: "enum_type", 8: "oneof_decl"}
_OF_ENUM = {2: "value"}
_OF_SERVICE = {2: "method"}
_INSIDE = {
    "message_type": _OF_MESSAGE,
    "nested_type": _OF_MESSAGE,
    "enum_type": _OF_ENUM,
    "service": _OF_SERVICE,
}


def main(contract: str) -> None:
    files = FileDescriptorSet.FromString(Path(contract).read_bytes()).file
    ours = (file for file in files if file.package.startswith("medianest."))
    found = {name: text for file in ours for name, text in _comments(file)}
    print(json.dumps(found, indent=0, sort_keys=True, ensure_ascii=False))


def _comments(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for place in file.source_code_info.location:
        if place.leading_comments and (name := _name(file, list(place.path))):
            lines = place.leading_comments.splitlines()
            yield name, "\n".join(line.strip() for line in lines).strip()


def _name(file: FileDescriptorProto, path: list[int]) -> str:
    """Empty for what has no name of its own, such as an option."""
    names, at, kinds = [file.package], file, _OF_FILE
    for kind, index in zip(path[::2], path[1::2], strict=False):
        if kind not in kinds:
            return ""
        at = _at(at, kinds[kind], index)
        names.append(at.name)
        kinds = _INSIDE.get(kinds[kind], {})
    return ".".join(names) if len(path) % 2 == 0 else ""


def _at(of: Any, kind: str, index: int) -> Any:
    return getattr(of, kind)[index]


if __name__ == "__main__":
    main(sys.argv[1])
