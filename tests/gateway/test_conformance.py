"""Requests → messages → answers, as google.api.http and proto3 JSON say."""

from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf import json_format

from gateway import rules
from gateway.decode import Decoder
from gateway.messages.readers import Readers
from gateway.paths.routes import Routes
from gateway.problems import Problem
from tests.gateway import contract
from tests.gateway.contract import everything


@dataclass
class Way:
    rule: rules.Rule
    decoder: Decoder


def _ways() -> Routes[Way]:
    found: Routes[Way] = Routes()
    readers = Readers()
    for rule in rules.rules([contract.conformance()]):
        found.add(rule.verb, rule.template, Way(rule, Decoder(readers, rule)))
    return found


WAYS = _ways()


def decoded(request: str, body: bytes = b"") -> Any:
    method, target = request.split(maxsplit=1)
    path, _, query = target.partition("?")
    found = WAYS.find(method, path)
    return found.target.decoder.decode(found.segments, query.encode(), body)


def wrong(request: str, body: bytes = b"") -> dict[str, str]:
    """What is wrong, by field."""
    with pytest.raises(Problem) as refused:
        decoded(request, body)
    assert refused.value.status == 400
    return {each.field: each.detail for each in refused.value.errors}


def parsed(text: str) -> Any:
    return json_format.Parse(text, everything())


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
        ("struct={", "struct", "must be an object, written as JSON"),
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


BODIES = [
    *("{}", '{"text": null}', '{"texts": null, "inner": null, "labels": null}'),
    '{"text": "é\\u0041 \\ud83d\\ude00 \\"", "bool_value": true}',
    '{"int32Value": 5.0, "int64Value": "5", "uint64Value": 5, "sint32Value": "-3"}',
    '{"int64Value": "9223372036854775807", "doubleValue": "1.5", "floatValue": 0.1}',
    '{"doubleValue": "NaN", "doubles": ["Infinity", -1, 2.5]}',
    '{"bytesValue": "-_8", "blobs": ["AA==", "AA"]}',
    '{"color": 2, "colors": ["RED", 7]}',
    '{"inner": {}, "empty": {}, "inners": [{}, {"number": 1}]}',
    '{"inner": {"inner": {"inner": {"text": "deep"}}}}',
    '{"innerByNumber": {"1": {"text": "a"}, "-2": {}}}',
    '{"byBool": {"true": 1, "false": 2}}',
    '{"colorByLong": {"9007199254740993": "RED"}}',
    '{"labels": {"": "", "a.b": "c"}}',
    *('{"maybeText": ""}', '{"maybeText": null}', '{"choiceNull": null}'),
    *('{"choiceInner": {}}', '{"choiceText": null, "choiceNumber": 0}'),
    '{"timestamp": "0001-01-01T00:00:00Z", "duration": "-0.000000001s"}',
    '{"timestamps": ["9999-12-31T23:59:59.999999999Z"]}',
    '{"mask": "", "struct": {"a": {"b": [1, "x", null, true]}}}',
    '{"value": null}',
    '{"values": [null, 1, "a", [], {}], "list": []}',
    '{"any": {"@type": "type.googleapis.com/google.protobuf.Duration", "value": "1s"}}',
    '{"stringWrapper": "", "int64Wrapper": 5, "bytesWrapper": "AA=="}',
    '{"structs": {"a": {}, "b": {"c": 1}}}',
    '{"from": "x", "calledOtherwise": "y"}',
    ' \\n{"everything": {"everything": {"numbers": [1, 2, 3]}}} '.replace("\\n", "\n"),
]


@pytest.mark.parametrize("body", BODIES)
def test_a_body_is_read_as_protobuf_reads_it(body: str) -> None:
    assert decoded("POST /v1/everything", body.encode()) == parsed(body)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *(("[]", "body"), ('"a"', "body"), ("null", "body"), ("5", "body")),
        ('{"a": 1}', "a"),
        ('{"inner": {"a": 1}}', "inner.a"),
        ('{"inners": [{}, {"a": 1}]}', "inners[1].a"),
        ('{"innerByNumber": {"1": {"a": 1}}}', "innerByNumber.1.a"),
        ('{"innerByNumber": {"x": {}}}', "innerByNumber.x"),
        *(('{"text": 1}', "text"), ('{"text": ["a"]}', "text")),
        *(('{"boolValue": "true"}', "boolValue"), ('{"boolValue": 1}', "boolValue")),
        ('{"int32Value": 1.5}', "int32Value"),
        ('{"int32Value": true}', "int32Value"),
        ('{"int32Value": 1e10}', "int32Value"),
        ('{"int32Value": " 1"}', "int32Value"),
        ('{"uint64Value": -1}', "uint64Value"),
        ('{"int64Value": 9223372036854775808}', "int64Value"),
        ('{"doubleValue": "1e999"}', "doubleValue"),
        ('{"doubleValue": 1e999}', "doubleValue"),
        ('{"floatValue": 1e39}', "floatValue"),
        *(('{"bytesValue": "*"}', "bytesValue"), ('{"bytesValue": 1}', "bytesValue")),
        *(('{"color": "GREEN"}', "color"), ('{"color": 1.5}', "color")),
        *(('{"texts": "a"}', "texts"), ('{"texts": ["a", 1]}', "texts[1]")),
        *(('{"texts": [null]}', "texts[0]"), ('{"inners": [null]}', "inners[0]")),
        ('{"numbers": [1, 9999999999]}', "numbers[1]"),
        *(('{"labels": []}', "labels"), ('{"labels": {"a": 1}}', "labels.a")),
        ('{"labels": {"a": null}}', "labels.a"),
        ('{"inner": []}', "inner"),
        ('{"choiceText": "a", "choiceNumber": 1}', "choiceNumber"),
        ('{"bool_value": true, "boolValue": true}', "bool_value"),
        *(('{"timestamp": 5}', "timestamp"), ('{"timestamp": "x"}', "timestamp")),
        ('{"timestamp": "99999-01-01T00:00:00Z"}', "timestamp"),
        ('{"duration": "99999999999999999s"}', "duration"),
        ('{"mask": ["a"]}', "mask"),
        *(('{"struct": []}', "struct"), ('{"list": {}}', "list")),
        ('{"any": {"@type": "nonsense"}}', "any"),
        ('{"any": {"a": 1}}', "any"),
        ('{"stringWrapper": 5}', "stringWrapper"),
        ('{"text": "\\ud800"}', "text"),
        ('{"texts": ["\\ud800"]}', "texts[0]"),
        *(('{"a": 1, "a": 1}', "a"), ('{"text": "a", "text": "b"}', "text")),
        ('{"inner": {"text": "", "text": ""}}', "text"),
        *(("{", "body"), ("", ""), ("{}{}", "body"), ('{"text": NaN}', "body")),
        *(("{'a': 1}", "body"), ('{"a": 1,}', "body"), ('{"text": "a\nb"}', "body")),
        ('{"int32Value": ' + "9" * 5000 + "}", "body"),
        ('{"text": "\\u0000"}', "body"),
        ('{"labels": {"\\u0000": ""}}', "body"),
        ('{"a":' * 100_000, "body"),
        ("[" * 100_000, "body"),
        ('{"struct":' + '{"a":' * 500 + "1" + "}" * 501, "struct"),
        ('{"everything":' * 900 + "1" + "}" * 900, "body"),
    ],
)
def test_what_is_wrong_in_a_body_is_named(body: str, field: str) -> None:
    if field:
        assert field in wrong("POST /v1/everything", body.encode("utf-8"))
    else:
        assert decoded("POST /v1/everything", b"") == everything()


@pytest.mark.parametrize(
    "body",
    [b"\xff", b'{"text": "\xff"}', b"\xef\xbb\xbf{}", '{"text":"a"}'.encode("utf-16")],
)
def test_a_body_is_utf_8(body: bytes) -> None:
    assert "body" in wrong("POST /v1/everything", body)


def test_a_body_can_be_one_field_and_the_rest_a_query() -> None:
    message = decoded("PUT /v1/everything/a?int32Value=5", b'{"number": 1}')

    assert message == everything(text="a", int32_value=5, inner={"number": 1})


def test_a_body_can_be_a_list() -> None:
    assert decoded("POST /v1/texts", b'["a", "b"]') == everything(texts=["a", "b"])
    assert wrong("POST /v1/texts", b'"a"') == {"body": "must be a list"}
    assert wrong("POST /v1/texts", b'["a", 1]') == {"body[1]": "must be text"}


def test_the_field_that_is_the_body_is_no_parameter() -> None:
    assert "inner.number" in wrong("PUT /v1/everything/a?inner.number=1", b"{}")


def test_with_the_whole_body_there_are_no_parameters() -> None:
    assert "text" in wrong("POST /v1/everything?text=a", b"{}")


def test_the_path_wins_over_the_body() -> None:
    message = decoded("POST /v1/everything/a:inner", b'{"text": "b"}')

    assert message.text == "a"


def test_a_get_takes_no_body() -> None:
    with pytest.raises(Problem) as refused:
        decoded("GET /v1/everything", b"{}")

    assert refused.value.reason == "body_unexpected"


@pytest.mark.parametrize(
    ("query", "body", "paths"),
    [
        ("", '{"boolValue": false, "int32_value": 1}', ["bool_value", "int32_value"]),
        (
            "",
            '{"inner": {"text": "a", "inner": {"number": 1}}}',
            ["inner.text", "inner.inner.number"],
        ),
        (
            "",
            '{"inner": null, "inners": [{}], "labels": {}}',
            ["inner", "inners", "labels"],
        ),
        ("", '{"struct": {"a": 1}, "timestamp": null}', ["struct", "timestamp"]),
        ("", '{"text": "other", "from": "a"}', ["from"]),
        ("", "{}", []),
        ("?updateMask=text", '{"boolValue": true}', ["text"]),
        ("?update_mask=", '{"boolValue": true}', []),
    ],
)
def test_a_patch_knows_what_it_changes(query: str, body: str, paths: list[str]) -> None:
    message = decoded(f"PATCH /v1/everything/a{query}", body.encode())

    assert list(message.update_mask.paths) == paths
    assert message.everything.text == "a"
