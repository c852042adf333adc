"""Templates, and which of them a path belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.paths.routes import Routes, decode, decode_within
from gateway.paths.templates import TemplateWrong, Variable, parse
from gateway.problems import Problem
from tests.gateway.contract import everything
from tests.gateway.decoding import WAYS, decoded, wrong


def routes(*declared: str) -> Routes[str]:
    found: Routes[str] = Routes()
    for each in declared:
        method, text = each.split()
        found.add(method, parse(text), each)
    return found


def test_a_template_names_its_segments_variables_and_verb() -> None:
    template = parse("/v1/{name=shelves/*/books/**}:read")

    assert template.segments == ("v1", "shelves", "*", "books", "**")
    assert template.variables == (Variable("name", 1, None, whole=False),)
    assert template.verb == "read"


@pytest.mark.parametrize(
    "text",
    [
        *("v1", "/v1/{}", "/v1/{a", "/v1/a}", "/v1/{a}b", "/v1/**/a", "/v1/{a.}"),
        *("/v1/{a}/{a}", "/v1//a", "/v1/{a={b}}", "/v1/a:", "/v1/{a=**}/b", "/v1/a b"),
    ],
)
def test_what_is_no_template_is_refused(text: str) -> None:
    with pytest.raises(TemplateWrong):
        parse(text)


PRECEDENCE = routes(
    *("GET /v1/a", "GET /v1/{x}", "GET /v1/{x}:verb", "GET /v1/a:verb", "GET /v1/**"),
    *("GET /v1/a/{y}", "GET /v1/{x}/b", "GET /v1/{x}/c/d", "POST /v1/a"),
)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/v1/a", "/v1/a"),
        ("/v1/b", "/v1/{x}"),
        ("/v1/a:verb", "/v1/a:verb"),
        ("/v1/b:verb", "/v1/{x}:verb"),
        ("/v1/b:other", "/v1/{x}"),
        ("/v1/b%3Averb", "/v1/{x}"),
        ("/v1/:verb", "/v1/{x}"),
        ("/v1/a/b", "/v1/a/{y}"),
        ("/v1/b/b", "/v1/{x}/b"),
        ("/v1/a/c/d", "/v1/{x}/c/d"),
        ("/v1/a/c/e", "/v1/**"),
        ("/v1/%61", "/v1/a"),
    ],
)
def test_the_more_exact_template_wins(path: str, wanted: str) -> None:
    assert PRECEDENCE.find("GET", path).target == f"GET {wanted}"


@pytest.mark.parametrize(
    "path", ["/", "/v2/a", "/v1", "/v1/", "/v1//b", "/v1/a/", "", "*", "v1/a"]
)
def test_an_unknown_path_is_404(path: str) -> None:
    with pytest.raises(Problem) as refused:
        routes("GET /v1/a", "GET /v1/{x}/b").find("GET", path)

    assert refused.value.status == 404


def test_a_wrong_method_is_405_and_says_what_is_allowed() -> None:
    with pytest.raises(Problem) as refused:
        PRECEDENCE.find("DELETE", "/v1/a")

    assert refused.value.status == 405
    assert dict(refused.value.headers)[b"allow"] == b"GET, HEAD, OPTIONS, POST"


def test_a_place_cannot_be_taken_twice() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        routes("GET /v1/{a}", "GET /v1/{b}")


@pytest.mark.parametrize("segment", ["%", "%1", "%zz", "%ff", "%c3%28", "a%00b", "%u1"])
def test_a_segment_that_is_no_text_is_400(segment: str) -> None:
    with pytest.raises(Problem) as refused:
        decode(segment)

    assert refused.value.status == 400


def test_an_encoded_slash_is_a_part_of_one_segment_and_stays_in_many() -> None:
    assert decode("a%2Fb%C3%A9") == "a/bé"
    assert decode_within("a%2fb%C3%A9") == "a%2Fbé"


def status_of(path: str) -> int:
    try:
        PRECEDENCE.find("GET", path)
    except Problem as problem:
        return problem.status
    return 200


@given(st.text(max_size=60))
def test_no_path_crashes_the_routes(path: str) -> None:
    assert status_of(path) in {200, 400, 404, 405}


@given(st.text(st.sampled_from("a%:/{}*.2Ff"), max_size=80))
def test_no_odd_path_crashes_the_routes(path: str) -> None:
    assert status_of("/v1/" + path) in {200, 400, 404, 405}


FORMS = [
    *(("GET /f/literal", ""), ("GET /f/%6Citeral", ""), ("GET /f/one/x", "")),
    *(("GET /f/rest", ""), ("GET /f/rest/a/b", ""), ("GET /f/named", "")),
    *(("GET /f/named/a", "a"), ("GET /f/named/a/b", "a/b"), ("GET /f/named:verb", "")),
    *(("GET /f/named/a/b:verb", "a/b"), ("GET /f/named/a/b:%76erb", "a/b")),
    *(("GET /f/named/a:other", "a:other"), ("GET /f/named/a%3Averb", "a:verb")),
    *(("GET /f/named/%2f/a%2Fb", "%2F/a%2Fb"), ("GET /f/named/%21%3F%20", "!? ")),
    *(("GET /f/named/../%2e%2e", "../.."), ("GET /f/whole", "whole")),
    *(("GET /f/whole/a", "whole/a"), ("GET /f/shelf/a%2Fb/and/3", "shelf/a%2Fb")),
    *(
        ("GET /f/only", "only"),
        ("GET /f/same/a%2Fb", "a/b"),
        ("GET /f/same/a+b", "a+b"),
    ),
    *(("GET /f/caf%C3%A9/a%2Fb/x", "x"), ("GET /f/caf%c3%a9/a%2fb/x", "x")),
    *(
        (f"{method} /f/any/x", "x")
        for method in ("GET", "POST", "PURGE", "HEAD", "PUT")
    ),
    *(("HEAD /f/head", ""), ("PURGE /f/head", "")),
]


@pytest.mark.parametrize(("request_line", "name"), FORMS)
def test_every_form_of_a_template_is_found(request_line: str, name: str) -> None:
    assert decoded(request_line).name == name


@pytest.mark.parametrize(
    "path",
    [
        *("/f/one", "/f/one/", "/f/one/a/b", "/f/rest/", "/f/rest//a", "/f/named/"),
        *("/f/named/a//b", "/f/shelf/and/3", "/f/only/a", "/f/same", "/f/same/"),
        *("/f/literal/", "//f/literal", "/f//literal", "/f/literal:verb", "/F/literal"),
    ],
)
def test_what_no_form_is_is_404(path: str) -> None:
    with pytest.raises(Problem) as refused:
        decoded(f"GET {path}")

    assert refused.value.status == 404


def test_any_method_is_any_and_the_request_s_own_is_before_it() -> None:
    put, post = WAYS.find("PUT", "/f/any/x"), WAYS.find("POST", "/f/any/x")

    assert (put.target.rule.verb, post.target.rule.verb) == ("PUT", "*")
    usual = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]
    assert WAYS.methods_of("/f/any/x") == usual
    assert WAYS.methods_of("/f/head") == ["HEAD", "OPTIONS", "PURGE"]


@pytest.mark.parametrize(
    ("request_line", "body", "field"),
    [
        ("POST /f/oneof/a", b'{"choiceNumber": 1}', "choice_text"),
        ("GET /f/oneof/a?choiceNumber=1", b"", "choice_text"),
        ("GET /f/oneof/inner/a?choiceText=b", b"", "choice_inner.text"),
        ("POST /f/body/choice_inner?choiceText=a", b"{}", "choiceText"),
        ("GET /f/path?choiceText=a&choiceInner.text=b", b"", "choiceInner.text"),
    ],
)
def test_two_of_a_oneof_are_refused_wherever_they_stand(
    request_line: str, body: bytes, field: str
) -> None:
    found = wrong(request_line, body)

    assert list(found) == [field]
    assert found[field].startswith("cannot be there together with ")


def test_one_of_a_oneof_may_stand_in_two_places() -> None:
    message = decoded("GET /f/oneof/inner/a?choiceInner.number=3")

    assert message == everything(choice_inner={"text": "a", "number": 3})
    assert decoded("POST /f/oneof/a", b'{"choiceText": "b"}').choice_text == "a"
