"""Requests → messages → answers, as google.api.http and proto3 JSON say."""

from typing import Any

import pytest

from tests.gateway.contract import everything
from tests.gateway.decoding import decoded, parsed, wrong

QUERIES = [
    ("", "{}"),
    ("text=a%20b+c", '{"text": "a b c"}'),
    ("text=", '{"text": ""}'),
    ("boolValue=true&bool_value=", None),
    ("boolValue=true", '{"boolValue": true}'),
    ("bool_value=false", "{}"),
    ("int32Value=-7", '{"int32Value": -7}'),
    ("uint32_value=4294967295", '{"uint32Value": 4294967295}'),
    ("int64Value=-9223372036854775808", '{"int64Value": "-9223372036854775808"}'),
    ("uint64Value=18446744073709551615", '{"uint64Value": "18446744073709551615"}'),
    ("floatValue=1.5&doubleValue=-1e300", '{"floatValue":1.5,"doubleValue":-1e300}'),
    ("doubleValue=NaN", '{"doubleValue": "NaN"}'),
    ("doubleValue=-Infinity", '{"doubleValue": "-Infinity"}'),
    ("bytesValue=-_8", '{"bytesValue": "+/8="}'),
    ("bytesValue=%2B%2F8%3D", '{"bytesValue": "+/8="}'),
    ("color=RED", '{"color": "RED"}'),
    ("color=2", '{"color": "BLUE"}'),
    ("color=77", '{"color": 77}'),
    (
        "inner.text=a&inner.inner.number=3",
        '{"inner":{"text":"a","inner":{"number":3}}}',
    ),
    ("texts=a&texts=b&texts=", '{"texts": ["a", "b", ""]}'),
    ("colors=RED&colors=2&numbers=1&numbers=2", '{"colors":[1,2],"numbers":[1,2]}'),
    ("labels[a]=b&labels[c.d]=e", '{"labels": {"a": "b", "c.d": "e"}}'),
    ("byBool[true]=1", '{"byBool": {"true": 1}}'),
    ("colorByLong[-5]=RED", '{"colorByLong": {"-5": "RED"}}'),
    ("maybeText=", '{"maybeText": ""}'),
    ("maybe_number=0", '{"maybeNumber": 0}'),
    ("choiceNumber=0", '{"choiceNumber": 0}'),
    (
        "timestamp=2030-01-31T12:00:00.5%2B01:00",
        '{"timestamp":"2030-01-31T11:00:00.5Z"}',
    ),
    ("duration=1.5s", '{"duration": "1.5s"}'),
    ("mask=text,inner.number", '{"mask": "text,inner.number"}'),
    ("mask=boolValue", '{"mask": "boolValue"}'),
    ('struct={"a":[1,null]}', '{"struct": {"a": [1, null]}}'),
    ("value=[1]", '{"value": [1]}'),
    ("list=[1,%22a%22]", '{"list": [1, "a"]}'),
    ("stringWrapper=", '{"stringWrapper": ""}'),
    ("int64Wrapper=5&boolWrapper=false", '{"int64Wrapper":"5","boolWrapper":false}'),
    ("timestamps=2030-01-01T00:00:00Z", '{"timestamps": ["2030-01-01T00:00:00Z"]}'),
    ("from=here&calledOtherwise=x", '{"from": "here", "calledOtherwise": "x"}'),
    ("renamed=x", '{"calledOtherwise": "x"}'),
    ("&&text=a&", '{"text": "a"}'),
    ("everything.everything.text=a", '{"everything":{"everything":{"text":"a"}}}'),
]


@pytest.mark.parametrize(("query", "wanted"), QUERIES)
def test_a_query_becomes_fields(query: str, wanted: str | None) -> None:
    if wanted is None:
        assert wrong(f"GET /v1/everything?{query}")
    else:
        assert decoded(f"GET /v1/everything?{query}") == parsed(wanted)


@pytest.mark.parametrize(
    ("query", "field", "detail"),
    [
        ("unknown=1", "unknown", "is not a parameter here"),
        ("inner.unknown=1", "inner.unknown", "is not a parameter here"),
        ("inner=1", "inner", "cannot be given as a parameter"),
        ("inners.text=1", "inners.text", "is not a parameter here"),
        ("text.x=1", "text.x", "is not a parameter here"),
        ("text=a&text=b", "text", "is there twice"),
        ("text=a&labels[x=b", "labels[x", "is not a parameter here"),
        ("labels=b", "labels", "cannot be given as a parameter"),
        ("text[a]=b", "text[a]", "cannot be given as a parameter"),
        ("innerByNumber[1]=b", "innerByNumber[1]", "cannot be given as a parameter"),
        ("any=b", "any", "cannot be given as a parameter"),
        ("boolValue=yes", "boolValue", "must be true or false"),
        ("int32Value=1.5", "int32Value", "must be a whole number"),
        ("int32Value=", "int32Value", "must be a number"),
        ("int32Value=1_000", "int32Value", "must be a number"),
        ("int32Value=%D9%A1", "int32Value", "must be a number"),
        (
            "int32Value=2147483648",
            "int32Value",
            "must be from -2147483648 to 2147483647",
        ),
        ("uint32Value=-1", "uint32Value", "must be from 0 to 4294967295"),
        ("doubleValue=1e999", "doubleValue", "is too large a number"),
        ("floatValue=1e39", "floatValue", "is too large a number"),
        ("bytesValue=*", "bytesValue", "must be base64 text"),
        ("color=GREEN", "color", "must be one of NONE, RED, BLUE"),
        ("color=99999999999999999999", "color", "must be one of NONE, RED, BLUE"),
        (
            "timestamp=yesterday",
            "timestamp",
            "must be a time such as 2030-01-31T12:00:00Z",
        ),
        ("duration=1", "duration", "must be a duration in seconds such as 1.5s"),
        ("struct=[1]", "struct", "must be an object"),
        (
            "struct=[",
            "struct",
            "is not JSON: Expecting value at line 1 column 2",
        ),
        (
            "choiceText=a&choiceNumber=1",
            "choiceNumber",
            "cannot be there together with choiceText",
        ),
        ("text=%ff", "text", "is not percent-encoded UTF-8 text"),
        ("text=%zz", "text", "is not percent-encoded UTF-8 text"),
        ("text=%00", "text", "is not percent-encoded UTF-8 text"),
    ],
)
def test_what_is_wrong_in_a_query_is_named(query: str, field: str, detail: str) -> None:
    assert wrong(f"GET /v1/everything?{query}") == {field: detail}


def test_all_that_is_wrong_is_named_at_once() -> None:
    found = wrong("GET /v1/everything?a=1&int32Value=x&boolValue=1")

    assert list(found) == ["a", "int32Value", "boolValue"]


def test_a_query_has_so_many_parameters_and_no_more() -> None:
    assert "query" in wrong("GET /v1/everything?" + "texts=a&" * 201)


@pytest.mark.parametrize(
    ("request_line", "wanted"),
    [
        ("GET /v1/everything/a%2Fb%20c+d", everything(text="a/b c+d")),
        (
            "GET /v1/nested/a/deep/b",
            everything(inner={"text": "a", "inner": {"text": "b"}}),
        ),
        (
            "GET /v1/numbers/-5/true/BLUE",
            everything(int64_value=-5, bool_value=True, color=2),
        ),
        (
            "GET /v1/nested/a/deep/b?inner.number=3",
            everything(inner={"text": "a", "number": 3, "inner": {"text": "b"}}),
        ),
    ],
)
def test_a_path_becomes_fields(request_line: str, wanted: Any) -> None:
    assert decoded(request_line) == wanted


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/shelves/a/books/b", "shelves/a/books/b"),
        ("/v1/shelves/a%2Fx/books/b%20c", "shelves/a%2Fx/books/b c"),
        ("/v1/files/a/b/c", "a/b/c"),
        ("/v1/files/a/b:verb", "a/b"),
        ("/v1/files/a/b:other", "a/b:other"),
        ("/v1/any/thing/of/x", "x"),
        ("/v1/everything/x:say", "x"),
    ],
)
def test_a_pattern_takes_several_segments(path: str, name: str) -> None:
    assert decoded(f"GET {path}").name == name


def test_what_the_path_binds_is_no_parameter() -> None:
    assert "text" in wrong("GET /v1/everything/a?text=b")
    assert "inner.text" in wrong("GET /v1/nested/a/deep/b?inner.text=c")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/numbers/x/true/RED", "int64_value"),
        ("/v1/numbers/1/x/RED", "bool_value"),
        ("/v1/numbers/1/true/x", "color"),
    ],
)
def test_a_wrong_part_of_a_path_is_named(path: str, field: str) -> None:
    assert list(wrong(f"GET {path}")) == [field]


def test_a_custom_verb_is_a_method() -> None:
    assert decoded("PURGE /v1/everything/literal").name == ""
