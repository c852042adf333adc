"""`fields=` trims an answer, and a list says where it goes on."""

from typing import Any

import pytest

from gateway.encode import Encoder, Writers
from gateway.http.links import next_page
from medianest.media.v1 import requests_pb2
from tests.gateway.contract import everything, message
from tests.gateway.house import House
from tests.gateway.paths import GET, LIST_REQUESTS, POST, WATCH

INNER = {"text": "b", "number": 2, "inner": {"text": "c", "number": 0}}
ANSWER = everything(
    text="a",
    inner={"text": "b", "number": 2, "inner": {"text": "c"}},
    inners=[{"text": "d", "number": 4}, {"text": "e"}],
    labels={"k": "v"},
    renamed="r",
)


@pytest.mark.parametrize(
    ("fields", "document"),
    [
        ("text", {"text": "a"}),
        ("inner.text", {"inner": {"text": "b"}}),
        ("inner.inner.text", {"inner": {"inner": {"text": "c"}}}),
        ("inners.number", {"inners": [{"number": 4}, {"number": 0}]}),
        ("inner.text,inner.number", {"inner": {"text": "b", "number": 2}}),
        (
            "inner.text,inner",
            {"inner": INNER},
        ),
        (
            "inner,inner.text",
            {"inner": INNER},
        ),
        ("labels", {"labels": {"k": "v"}}),
        ("int32_value, int64Value", {"int32Value": 0, "int64Value": "0"}),
        ("calledOtherwise", {"calledOtherwise": "r"}),
        ("renamed", {"calledOtherwise": "r"}),
        ("maybeText", {}),
        ("text&fields=color", {"text": "a", "color": "NONE"}),
        ("inner%2Etext", {"inner": {"text": "b"}}),
    ],
)
async def test_an_answer_has_the_fields_that_were_asked_for(
    house: House, fields: str, document: dict[str, Any]
) -> None:
    house.backend.on(GET, ANSWER)

    told = await house.ask("GET", f"/v1/everything?fields={fields}")

    assert (told.status, told.json) == (200, document)


@pytest.mark.parametrize("fields", ["", "*", ",", "text,*"])
async def test_no_field_and_a_star_are_all_of_it(house: House, fields: str) -> None:
    house.backend.on(GET, ANSWER)
    whole = await house.ask("GET", "/v1/everything")

    told = await house.ask("GET", f"/v1/everything?fields={fields}")

    assert told.body == whole.body


@pytest.mark.parametrize(
    "fields",
    [
        *("nothing", "text.length", "inner.nothing", "labels.k", "timestamp.seconds"),
        *(
            "inners[0].text",
            "inner..text",
            ".text",
            "text.",
            "struct.a",
            "%F0%9F%8E%AC",
        ),
    ],
)
async def test_what_is_not_in_the_answer_is_named(house: House, fields: str) -> None:
    house.backend.on(GET, ANSWER)

    told = await house.ask("GET", f"/v1/everything?fields=text,{fields}")

    assert told.status == 400
    assert "is not of this answer" in told.wrong_fields["fields"]
    assert house.backend.times(GET) == 0


@pytest.mark.parametrize(
    "fields", ["%ff", "%zz", "a%00", ",".join(["text"] * 101), "a." * 900 + "a"]
)
async def test_fields_that_cannot_be_read_are_refused(
    house: House, fields: str
) -> None:
    told = await house.ask("GET", f"/v1/everything?fields={fields}")

    assert (told.status, list(told.wrong_fields)) == (400, ["fields"])


async def test_a_write_with_wrong_fields_is_not_done(house: House) -> None:
    house.backend.on(POST, ANSWER)

    wrong = await house.ask("POST", "/v1/everything?fields=nothing", json={})
    right = await house.ask("POST", "/v1/everything?fields=text", json={})

    assert (wrong.status, house.backend.times(POST)) == (400, 1)
    assert right.json == {"text": "a"}


async def test_an_answer_that_is_one_field_is_trimmed_inside(house: House) -> None:
    house.backend.on(POST, ANSWER)

    told = await house.ask("POST", "/v1/everything/x:inner?fields=number", json={})
    outside = await house.ask("POST", "/v1/everything/x:inner?fields=text", json={})

    assert told.json == {"number": 2}
    assert outside.json == {"text": "b"}


async def test_each_message_of_a_stream_is_trimmed(house: House) -> None:
    async def watch(_request: Any, _context: Any) -> Any:
        yield message("Named")(name="a", count=1)

    house.backend.answers[WATCH] = watch

    told = await house.ask("GET", "/v1/watch/a?fields=count")

    assert told.body == b'{"result":{"count":1}}\n'


async def test_each_selection_has_a_tag_of_its_own(house: House) -> None:
    house.backend.on(GET, ANSWER)
    whole = await house.ask("GET", "/v1/everything")
    part = await house.ask("GET", "/v1/everything?fields=text")

    again = await house.ask(
        "GET",
        "/v1/everything?fields=text",
        headers={"If-None-Match": part.headers["etag"]},
    )

    assert part.headers["etag"] != whole.headers["etag"]
    assert again.status == 304


def test_a_field_that_is_not_there_stays_away() -> None:
    kind = everything().DESCRIPTOR
    encoder = Encoder(Writers(), kind, "everything")

    assert encoder.write(everything(), {"text": None}) == b"null"


@pytest.mark.parametrize(
    ("query", "link"),
    [
        ("", "/v1/requests?pageToken=to%2Fken%3D"),
        ("?pageSize=2", "/v1/requests?pageSize=2&pageToken=to%2Fken%3D"),
        ("?pageToken=old&pageSize=2", "/v1/requests?pageSize=2&pageToken=to%2Fken%3D"),
        (
            "?page_token=old&fields=requests.id",
            "/v1/requests?fields=requests.id&pageToken=to%2Fken%3D",
        ),
    ],
)
async def test_a_page_links_to_the_next(house: House, query: str, link: str) -> None:
    friend = house.sign_in("friend")
    page = requests_pb2.ListMediaRequestsResponse(next_page_token="to/ken=")
    house.backend.on(LIST_REQUESTS, page)

    told = await house.ask("GET", f"/v1/requests{query}", token=friend)
    again = await house.ask("GET", f"/v1/requests{query}", token=friend)

    assert told.headers["link"] == f'<{link}>; rel="next"'
    assert again.headers["link"] == told.headers["link"]


async def test_the_last_page_links_to_nothing(house: House) -> None:
    friend = house.sign_in("friend")
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())

    told = await house.ask("GET", "/v1/requests", token=friend)

    assert (told.status, "link" in told.headers) == (200, False)


def test_a_link_cannot_be_left() -> None:
    _, link = next_page("/v1/requests", b'query=">, <x>; rel="\xff\r\n', "token")

    assert link.isascii()
    assert link.count(b">") == link.count(b"<") == 1
    assert b"\r" not in link
