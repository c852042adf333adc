"""A table that somebody opens in a spreadsheet does nothing there."""

import pytest

from services.auth.rpc.table import line


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", b"'=1+1"),
        ("+1", b"'+1"),
        ("-1", b"'-1"),
        ("@SUM(A1)", b"'@SUM(A1)"),
        ("\t=1", b"'\t=1"),
        (" =1", b"' =1"),
        ("\r=1", b'"\'\r=1"'),
        ("1=1", b"1=1"),
        ("", b'""'),
        ("a,b", b'"a,b"'),
        ('a"b', b'"a""b"'),
        ("a\nb", b'"a\nb"'),
        ("\u0142", "\u0142".encode()),
    ],
)
def test_a_cell_is_text(cell: str, written: bytes) -> None:
    assert line([cell]) == written + b"\r\n"


def test_a_line_ends_as_the_rfc_says() -> None:
    assert line(["a", "", "b"]) == b"a,,b\r\n"
