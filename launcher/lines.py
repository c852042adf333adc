"""Lines of files that may be compressed, damaged, or no text at all."""

import gzip
import zlib
from collections.abc import Iterator
from typing import BinaryIO, cast

LONGEST_BYTES = 1024 * 1024
"""A longer line is cut there: it is nothing that somebody wants whole."""

_GZIP = b"\x1f\x8b"


class Damaged(Exception):
    """What is compressed ends early or is not what it says. `number` is the line
    that could not be read."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def lines_of(raw: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, without those that are blank, of a file that is
    plain or gzip. Reads on as asked. Raises Damaged."""
    compressed = raw.read(len(_GZIP)) == _GZIP
    raw.seek(0)
    plain = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if compressed else raw
    number = 0
    try:
        while line := plain.readline(LONGEST_BYTES + 1):
            number += 1
            rest = line
            while len(rest) > LONGEST_BYTES and not rest.endswith(b"\n"):
                rest = plain.readline(LONGEST_BYTES + 1)
            if line.strip():
                yield number, line
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise Damaged(number + 1) from exc
