"""Every scalar, in a body, a query and a path."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from gateway.encode import Encoder, Writers
from tests.gateway.contract import descriptor, everything
from tests.gateway.decoding import decoded, wrong

_WRITERS = Writers()
INT32, INT64 = (-(2**31), 2**31 - 1), (-(2**63), 2**63 - 1)
UINT32, UINT64 = (0, 2**32 - 1), (0, 2**64 - 1)
WHOLE = {
    **dict.fromkeys(("int32_value", "sint32_value", "sfixed32_value"), INT32),
    **dict.fromkeys(("uint32_value", "fixed32_value"), UINT32),
    **dict.fromkeys(("int64_value", "sint64_value", "sfixed64_value"), INT64),
    **dict.fromkeys(("uint64_value", "fixed64_value"), UINT64),
    **dict.fromkeys(("maybe_number", "choice_number"), INT32),
}

FLOATS = ("float_value", "double_value")

# field, as text, as JSON, the value
Good = tuple[str, str, str, Any]
GOOD: list[Good] = [
    *((name, str(end), str(end), end) for name, ends in WHOLE.items() for end in ends),
    *((name, "7", '"7"', 7) for name in WHOLE),
    *((name, "7.0", "7.0", 7) for name in WHOLE),
    *((name, "1e2", "1e2", 100) for name in WHOLE),
    *((name, "1e2", '"1e2"', 100) for name in WHOLE),
    *((name, "0", "0", 0) for name in WHOLE),
    ("bool_value", "true", "true", True),
    ("bool_value", "false", "false", False),
    *((n, "1.5", "1.5", 1.5) for n in FLOATS),
    *((n, "-2", "-2", -2.0) for n in FLOATS),
    *((n, "1e3", '"1e3"', 1000.0) for n in FLOATS),
    *((n, "-0", "-0.0", -0.0) for n in FLOATS),
    *((n, "-0", '"-0"', -0.0) for n in FLOATS),
    *((n, "NaN", '"NaN"', float("nan")) for n in FLOATS),
    *((n, "Infinity", '"Infinity"', 1e999) for n in FLOATS),
    *((n, "-Infinity", '"-Infinity"', -1e999) for n in FLOATS),
    (
        "double_value",
        "1.7976931348623157e308",
        "1.7976931348623157e308",
        1.7976931348623157e308,
    ),
    ("double_value", "5e-324", "5e-324", 5e-324),
    ("float_value", "3.4028235e38", "3.4028235e38", 3.4028234663852886e38),
    *(("text", "", '""', ""), ("text", "é💥 %", '"é\\ud83d\\udca5 %"', "é💥 %")),
    *(("text", "a/b", '"a/b"', "a/b"), ("text", "null", '"null"', "null")),
    *(("maybe_text", "a", '"a"', "a"), ("maybe_text", "", '""', "")),
    ("bytes_value", "", '""', b""),
    *(("bytes_value", each, f'"{each}"', b"\xfb\xff") for each in ("-_8", "-_8=")),
    *(("bytes_value", each, f'"{each}"', b"\xfb\xff") for each in ("+/8", "+/8=")),
    *(("color", "RED", '"RED"', 1), ("color", "2", "2", 2), ("color", "77", "77", 77)),
    *(("color", "-1", "-1", -1), ("color", "0", "0.0", 0)),
]
# field, as text, as JSON, what is wrong
BAD: list[tuple[str, str, str, str]] = [
    *(
        (name, str(past), str(past), f"must be from {ends[0]} to {ends[1]}")
        for name, ends in WHOLE.items()
        for past in (ends[0] - 1, ends[1] + 1)
    ),
    *((name, "1.5", "1.5", "must be a whole number") for name in WHOLE),
    *((name, "1.5", '"1.5"', "must be a whole number") for name in WHOLE),
    *((name, "x", '"x"', "must be a number") for name in WHOLE),
    *((name, " 1", '" 1"', "must be a number") for name in WHOLE),
    *((name, "1_0", '"1_0"', "must be a number") for name in WHOLE),
    *((name, "٣", '"٣"', "must be a number") for name in WHOLE),
    *((name, "0x1", '"0x1"', "must be a number") for name in WHOLE),
    *((n, "inf", '"inf"', "must be a number") for n in FLOATS),
    *((n, "nan", '"nan"', "must be a number") for n in FLOATS),
    *((n, "1e999", "1e999", "is too large a number") for n in FLOATS),
    ("float_value", "3.5e38", "3.5e38", "is too large a number"),
    *(("bool_value", each, f'"{each}"', "must be true or false") for each in "1tT"),
    *(("bytes_value", each, f'"{each}"', "must be base64 text") for each in ("A", "*")),
    *(
        ("color", each, f'"{each}"', "must be one of NONE, RED, BLUE")
        for each in ("red", "x")
    ),
    *(
        ("color", each, each, "must be one of NONE, RED, BLUE")
        for each in ("1.5", str(2**31))
    ),
]


def name_in_json(field: str) -> str:
    return str(descriptor("Everything").fields_by_name[field].json_name)


def same(found: Any, wanted: Any) -> bool:
    """NaN is not itself; to protobuf's bytes it is."""
    return bool(found.SerializeToString() == wanted.SerializeToString())


@pytest.mark.parametrize(("field", "text", "json_text", "value"), GOOD)
def test_a_scalar_is_read_wherever_it_stands(
    field: str, text: str, json_text: str, value: Any
) -> None:
    wanted = everything(**{field: value})

    for name in (field, name_in_json(field)):
        body = f'{{"{name}": {json_text}}}'.encode()
        assert same(decoded("POST /f/body", body), wanted)
        assert same(decoded(f"GET /f/path?{name}={quote(text, safe='')}"), wanted)
    assert same(decoded(f"POST /f/body/{field}", json_text.encode()), wanted)
    if text:
        assert same(decoded(f"GET /f/path/{field}/{quote(text, safe='')}"), wanted)


@pytest.mark.parametrize(("field", "text", "json_text", "detail"), BAD)
def test_a_wrong_scalar_is_named_wherever_it_stands(
    field: str, text: str, json_text: str, detail: str
) -> None:
    name, quoted = name_in_json(field), quote(text, safe="")

    body = f'{{"{name}": {json_text}}}'.encode()
    assert wrong("POST /f/body", body) == {name: detail}
    assert wrong(f"POST /f/body/{field}", json_text.encode()) == {"body": detail}
    assert wrong(f"GET /f/path?{name}={quoted}") == {name: detail}
    assert wrong(f"GET /f/path/{field}/{quoted}") == {field: detail}


OTHER_JSON = ["[]", "{}", "true", "1", '"x"', "1.5"]
TAKES = {
    **{name: {"1"} for name in WHOLE},
    **{name: {"1", "1.5"} for name in FLOATS},
    **{name: {'"x"'} for name in ("text", "maybe_text")},
    "bool_value": {"true"},
    "bytes_value": set(),
    "color": {"1"},
}


@pytest.mark.parametrize("field", TAKES)
def test_a_scalar_takes_no_json_of_another_kind(field: str) -> None:
    for other in set(OTHER_JSON) - TAKES[field]:
        body = f'{{"{field}": {other}}}'.encode()
        assert list(wrong("POST /f/body", body)) == [field]


@pytest.mark.parametrize("field", TAKES)
def test_null_leaves_a_scalar_absent(field: str) -> None:
    assert decoded("POST /f/body", f'{{"{field}": null}}'.encode()) == everything()
    assert decoded(f"POST /f/body/{field}", b"null") == everything()


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        *((name, ends[1], ends[1]) for name, ends in WHOLE.items() if "64" not in name),
        *(
            (name, ends[1], str(ends[1]))
            for name, ends in WHOLE.items()
            if "64" in name
        ),
        *(
            ("bool_value", True, True),
            ("text", "é", "é"),
            ("bytes_value", b"\xfb", "+w=="),
        ),
        *(("float_value", 0.1, 0.1), ("float_value", 16777216.0, 16777216.0)),
        *(
            ("float_value", 1.4e-45, 1.4013e-45),
            ("float_value", 3.4028235e38, 3.4028235e38),
        ),
        *(("double_value", 0.1, 0.1), ("double_value", float("nan"), "NaN")),
        *(("double_value", 1e999, "Infinity"), ("float_value", -1e999, "-Infinity")),
        *(("color", 1, "RED"), ("color", 77, 77), ("color", -1, -1)),
    ],
)
def test_a_scalar_is_written(field: str, value: Any, written: Any) -> None:
    message = everything(**{field: value})
    whole = Encoder(_WRITERS, message.DESCRIPTOR, "").write(message)
    alone = Encoder(_WRITERS, message.DESCRIPTOR, field).write(message)

    assert json.loads(whole)[name_in_json(field)] == written
    assert json.loads(alone) == written


def test_minus_nothing_is_written() -> None:
    message = everything(double_value=-0.0, float_value=-0.0)

    written = Encoder(_WRITERS, message.DESCRIPTOR, "").write(message)

    assert b'"floatValue":-0.0,"doubleValue":-0.0' in written
