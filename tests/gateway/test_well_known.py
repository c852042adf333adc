"""Every well-known type, in a body, a query and an answer."""

import json

import pytest
from google.protobuf import json_format

from gateway.encode import Encoder, Writers
from tests.gateway.contract import descriptor, everything
from tests.gateway.decoding import decoded, parsed, wrong

_WRITERS = Writers()
TIME = "must be a time such as 2030-01-31T12:00:00Z"
LONG = "must be a duration in seconds such as 1.5s"
MASK = "must be names of fields, separated by commas"
TYPE = "must name a type, such as type.googleapis.com/google.protobuf.Duration"
ANY = "type.googleapis.com/google.protobuf."

# field, as JSON, as a query's text (None: it cannot be one)
GOOD: list[tuple[str, str, str | None]] = [
    *(
        ("timestamp", f'"{each}"', each.replace("+", "%2B"))
        for each in (
            *("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2030-01-31T12:00:00.5Z"),
            *("9999-12-31T23:59:59.999999999Z", "2030-01-31T12:00:00+01:30"),
            *("2030-01-31T12:00:00.000001-23:59", "2028-02-29T00:00:00Z"),
        )
    ),
    *(
        ("duration", f'"{each}"', each)
        for each in (
            *("0s", "1s", "1.5s", "-1.5s", "-0.5s", "0.000000001s", "1.100s"),
            *("315576000000s", "-315576000000.999999999s"),
        )
    ),
    *(
        ("mask", f'"{each}"', each)
        for each in ("", "text", "text,inner.boolValue", "*")
    ),
    *(("struct", each, each) for each in ("{}", '{"a":{"b":[1,"x",null,true,{}]}}')),
    *(("list", each, each) for each in ("[]", '[1,[],{},null,"a",false]')),
    *(("value", each, each) for each in ("null", "1", '"a"', "[]", "{}", "true")),
    *(("string_wrapper", '""', ""), ("string_wrapper", '"a"', "a")),
    *(("int64_wrapper", '"7"', "7"), ("int64_wrapper", "7", "7")),
    *(("bool_wrapper", "false", "false"), ("bool_wrapper", "true", "true")),
    *(("bytes_wrapper", '"-_8"', "-_8"), ("bytes_wrapper", '""', "")),
    *(("double_wrapper", '"NaN"', "NaN"), ("double_wrapper", "0", "0")),
    *(("float_wrapper", "1.5", "1.5"), ("choice_null", "null", "NULL_VALUE")),
    ("empty", "{}", None),
    ("timestamps", '["2030-01-31T12:00:00Z"]', "2030-01-31T12:00:00Z"),
    *(("values", "[null]", "null"), ("values", "[[1]]", "[1]")),
    ("structs", '{"a": {}, "b": {"c": 1}}', None),
    ("any", "{}", None),
    ("any", f'{{"@type": "{ANY}Duration", "value": "1.5s"}}', None),
    ("any", f'{{"@type": "{ANY}Empty"}}', None),
    ("any", f'{{"value": null, "@type": "{ANY}Value"}}', None),
    ("any", f'{{"@type": "{ANY}Int64Value", "value": "7"}}', None),
    ("any", f'{{"@type": "{ANY}Struct", "value": {{"a": [1]}}}}', None),
    ("any", '{"@type": "x/conformance.v1.Inner", "text": "a", "inner": {}}', None),
    (
        "any",
        f'{{"@type": "{ANY}Any", "value": {{"@type": "{ANY}Empty"}}}}',
        None,
    ),
]
# field, as JSON, as a query's text, what is wrong where, within the field
BAD: list[tuple[str, str, str | None, str, str]] = [
    *(
        ("timestamp", f'"{each}"', each.replace("+", "%2B"), "", TIME)
        for each in (
            *("", "x", "2030-01-31", "2030-01-31T12:00:00", "2030-01-31 12:00:00Z"),
            *("2030-1-1T0:0:0Z", "2030-02-30T00:00:00Z", "2030-01-31T25:00:00Z"),
            *("2030-01-31t12:00:00z", "2030-01-31T12:00:00.Z", "10000-01-01T00:00:00Z"),
            *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+00:01", "1893456000"),
            *("9999-12-31T23:59:59-00:01", "2030-01-31T12:00:00+24:00"),
            *("2030-01-31T12:00:00.0000000001Z", "2030-01-31T12:00:00Zx"),
        )
    ),
    ("timestamp", "5", None, "", TIME),
    ("timestamp", "{}", None, "", TIME),
    *(
        ("duration", f'"{each}"', each.replace("+", "%2B"), "", LONG)
        for each in (
            *("", "s", "1", "1S", "1m", "1.s", ".5s", "+1s", "1.5e1s", "--1s", "1_0s"),
            *("315576000001s", "1.0000000001s"),
        )
    ),
    ("duration", "1.5", None, "", LONG),
    ("mask", '["text"]', None, "", MASK),
    ("mask", '"bool_value"', None, "", MASK),
    ("struct", "[]", "[]", "", "must be an object"),
    (
        "struct",
        '{"a":{"b":[1,1e999]}}',
        '{"a":{"b":[1,1e999]}}',
        "a.b[1]",
        "is too large a number",
    ),
    ("struct", '{"a":"\\ud800"}', None, "a", "is not valid text"),
    ("list", "{}", "{}", "", "must be a list"),
    ("list", f"[1,{'9' * 400}]", f"[1,{'9' * 400}]", "[1]", "is too large a number"),
    ("value", "-1e999", "-1e999", "", "is too large a number"),
    ("string_wrapper", "1", None, "", "must be text"),
    ("int64_wrapper", '"x"', "x", "", "must be a number"),
    ("bool_wrapper", "1", "1", "", "must be true or false"),
    ("bytes_wrapper", '"*"', "*", "", "must be base64 text"),
    ("float_wrapper", "1e39", "1e39", "", "is too large a number"),
    ("empty", '{"a": 1}', None, "a", "is not a field of Empty"),
    ("choice_null", "1", "1", "", "must be null"),
    ("any", "[]", None, "", "must be an object with its @type"),
    ("any", '{"value": 1}', None, "@type", TYPE),
    ("any", '{"@type": 1}', None, "@type", TYPE),
    ("any", '{"@type": "google.protobuf.Duration"}', None, "@type", TYPE),
    ("any", '{"@type": "x/none.of.Ours"}', None, "@type", TYPE),
    ("any", f'{{"@type": "{ANY}Duration"}}', None, "value", "must be there"),
    ("any", f'{{"@type": "{ANY}Duration", "value": 1}}', None, "value", LONG),
    (
        "any",
        '{"@type": "x/conformance.v1.Inner", "inner": {"number": "x"}}',
        None,
        "inner.number",
        "must be a number",
    ),
]


def name_in_json(field: str) -> str:
    return str(descriptor("Everything").fields_by_name[field].json_name)


@pytest.mark.parametrize(("field", "json_text", "text"), GOOD)
def test_a_value_is_read_wherever_it_stands(
    field: str, json_text: str, text: str | None
) -> None:
    name = name_in_json(field)
    body = f'{{"{name}": {json_text}}}'

    wanted = parsed(body).SerializeToString(deterministic=True)
    found = [decoded("POST /f/body", body.encode())]
    found.append(decoded(f"POST /f/body/{field}", json_text.encode()))
    if text is not None:
        found.append(decoded(f"GET /f/path?{name}={text}"))

    assert {each.SerializeToString(deterministic=True) for each in found} == {wanted}


@pytest.mark.parametrize(("field", "json_text", "text"), GOOD)
def test_a_value_is_written_as_protobuf_writes_it(
    field: str, json_text: str, text: str | None
) -> None:
    message = parsed(f'{{"{name_in_json(field)}": {json_text}}}')
    alone = Encoder(_WRITERS, message.DESCRIPTOR, field).write(message)

    wanted = json_format.MessageToDict(
        message, always_print_fields_with_no_presence=True
    )
    assert json.loads(alone) == wanted.get(name_in_json(field))


@pytest.mark.parametrize(("field", "json_text", "text", "within", "detail"), BAD)
def test_a_wrong_value_is_named_wherever_it_stands(
    field: str, json_text: str, text: str | None, within: str, detail: str
) -> None:
    name = name_in_json(field)
    separator = "" if within.startswith("[") or not within else "."
    place = f"{name}{separator}{within}"

    body = f'{{"{name}": {json_text}}}'.encode()
    assert wrong("POST /f/body", body) == {place: detail}
    if text is not None:
        assert set(wrong(f"GET /f/path?{name}={text}").values()) == {detail}


NULLABLE = ["value", "choice_null"]


@pytest.mark.parametrize(
    "field", [*dict.fromkeys(each[0] for each in GOOD if each[0] not in NULLABLE)]
)
def test_null_leaves_a_value_absent(field: str) -> None:
    body = f'{{"{name_in_json(field)}": null}}'.encode()

    assert decoded("POST /f/body", body) == everything()
    assert decoded(f"POST /f/body/{field}", b"null") == everything()


def test_a_mask_of_a_query_may_use_the_contract_s_names() -> None:
    message = decoded("GET /f/path?mask=bool_value,inner.inner,int32Value")

    assert list(message.mask.paths) == ["bool_value", "inner.inner", "int32_value"]
    assert wrong("GET /f/path?mask=a_1") == {"mask": MASK}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"everything":' * 99 + "{}" + "}" * 99, ""),
        ('{"everything":' * 101 + "{}" + "}" * 101, "body"),
        ('{"struct":' + '{"a":' * 33 + "1" + "}" * 34, ""),
        ('{"struct":' + '{"a":' * 34 + "1" + "}" * 35, "body"),
        ('{"value":' + "[" * 50 + "]" * 50 + "}", ""),
        ('{"value":' + "[" * 51 + "]" * 51 + "}", "body"),
        ('{"text": "' + "[{" * 300 + '"}', ""),
    ],
    ids=["100", "101", "struct", "deep struct", "list", "deep list", "text"],
)
def test_what_a_service_could_not_read_is_refused(body: str, field: str) -> None:
    if field:
        assert wrong("POST /f/body", body.encode()) == {field: "is nested too deeply"}
    else:
        message = decoded("POST /f/body", body.encode())
        assert type(message).FromString(message.SerializeToString()) == message


def test_a_query_may_be_too_deep_as_well() -> None:
    name = "everything." * 120 + "text"

    assert wrong(f"GET /f/path?{name}=a") == {"query": "is nested too deeply"}
