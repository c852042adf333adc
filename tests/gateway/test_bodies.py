"""Bodies → messages, as proto3 JSON says."""

import pytest

from gateway.problems import Problem
from tests.gateway.contract import everything
from tests.gateway.decoding import BODIES, decoded, parsed, wrong


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
        ('{"any": {"@type": "nonsense"}}', "any.@type"),
        ('{"any": {"a": 1}}', "any.@type"),
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
        ('{"struct":' + '{"a":' * 500 + "1" + "}" * 501, "body"),
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
        ("", '{"labels": {"a": "b"}, "structs": {"a": {}}}', ["labels", "structs"]),
        ("", '{"stringWrapper": "a", "inner": {}}', ["string_wrapper", "inner"]),
        ("", '{"any": {"@type": "x/google.protobuf.Empty"}}', ["any"]),
        ("", '{"value": null, "list": [], "empty": {}}', ["value", "list", "empty"]),
        ("", '{"everything": {"inner": {"text": null}}}', ["everything.inner.text"]),
        ("", '{"calledOtherwise": "a", "maybe_text": ""}', ["renamed", "maybe_text"]),
        ("?updateMask=inner,boolValue", "{}", ["inner", "bool_value"]),
        ("?update_mask=bool_value", '{"text": "b"}', ["bool_value"]),
        ("?updateMask=text", '{"boolValue": true}', ["text"]),
        ("?update_mask=", '{"boolValue": true}', []),
    ],
)
def test_a_patch_knows_what_it_changes(query: str, body: str, paths: list[str]) -> None:
    message = decoded(f"PATCH /v1/everything/a{query}", body.encode())

    assert list(message.update_mask.paths) == paths
    assert message.everything.text == "a"
