"""Templates, and which of them a path belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.paths.routes import Routes, decode, decode_within
from gateway.paths.templates import TemplateWrong, Variable, parse
from gateway.problems import Problem


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
