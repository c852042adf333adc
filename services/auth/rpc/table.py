"""Lines of CSV that a spreadsheet reads as text, whatever is in them."""

import csv
import io
from collections.abc import Sequence

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
# What a spreadsheet takes for the beginning of a formula.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")


def line(cells: Sequence[str]) -> bytes:
    """RFC 4180: CRLF at the end, quotes where there must be."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerow(map(_defused, cells))
    return written.getvalue().encode()


def _defused(cell: str) -> str:
    # Behind blanks a formula is one too.
    if cell.startswith(_FORMULAS) or cell.lstrip().startswith(_FORMULAS):
        return f"'{cell}"
    return cell
