"""HTTP around the calls: negotiation, methods, other origins, health."""

import gzip
import json
from collections.abc import AsyncIterator

import brotli
import pytest
import zstandard

from gateway.http.addresses import Proxies, neighborhood
from gateway.http.negotiation import accepts, encoding_of
from medianest.auth.v1 import sessions_pb2
from tests.gateway.contract import everything
from tests.gateway.house import House, running_house
from tests.gateway.paths import CREATE_SESSION, GET, POST
from tests.gateway.wire import raw

LONG = "long " * 500


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        *((None, b""), (b"", b""), (b"identity", b""), (b"gzip", b"gzip")),
        *((b"br", b"br"), (b"gzip, deflate, br", b"br"), (b"GZIP", b"gzip")),
        *((b"br;q=0.5, gzip;q=0.9", b"gzip"), (b"br;q=0", b""), (b"*", b"zstd")),
        *((b"*;q=0", b""), (b"br;q=x, gzip", b"gzip"), (b"zstd", b"zstd")),
        *((b"gzip, deflate, br, zstd", b"zstd"), (b"br, zstd;q=0.9", b"br")),
        *((b"zstd;q=0, *", b"br"), (b"compress, deflate", b"")),
        (b"x" * 300 + b", gzip", b"gzip"),
    ],
)
def test_an_encoding_is_what_the_client_likes_best(
    accepted: bytes | None, encoding: bytes
) -> None:
    assert encoding_of(accepted) == encoding


@pytest.mark.parametrize(
    ("accepted", "is_json"),
    [
        *((None, True), (b"*/*", True), (b"application/json", True)),
        *((b"application/*;q=0.1", True), (b"text/html", False)),
        *((b"text/html, */*;q=0.1", True), (b"application/json;q=0, */*", False)),
        *((b"*/*;q=0", False), (b"nonsense", False), (b"Application/JSON", True)),
    ],
)
def test_json_is_acceptable_or_not(accepted: bytes | None, is_json: bool) -> None:
    assert accepts(accepted, b"application/json") == is_json


OPENERS = {
    "zstd": zstandard.decompress,
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}


@pytest.mark.parametrize("encoding", OPENERS)
async def test_a_long_answer_is_compressed(house: House, encoding: str) -> None:
    house.backend.on(GET, everything(text=LONG))
    plain = await house.ask("GET", "/v1/everything")

    told = await house.ask(
        "GET", "/v1/everything", headers={"Accept-Encoding": encoding}
    )

    assert json.loads(OPENERS[encoding](told.body))["text"] == LONG
    assert told.headers["content-encoding"] == encoding
    assert len(told.body) < len(plain.body) / 3
    assert "Accept-Encoding" in told.headers["vary"]
    assert told.headers["etag"] != plain.headers["etag"]


async def test_a_tag_is_good_in_every_encoding(house: House) -> None:
    house.backend.on(GET, everything(text=LONG))
    tags = set()
    for held in ("identity", *OPENERS):
        accepted = {"Accept-Encoding": held}
        tag = (await house.ask("GET", "/v1/everything", headers=accepted)).headers[
            "etag"
        ]
        tags.add(tag)

        for wanted in ("identity", *OPENERS):
            told = await house.ask(
                "GET",
                "/v1/everything",
                headers={"Accept-Encoding": wanted, "If-None-Match": tag},
            )

            assert told.status == 304

    # Other bytes have another name.
    assert len(tags) == 1 + len(OPENERS)


async def test_a_short_answer_is_not_compressed(house: House) -> None:
    path = "/v1/everything"
    house.backend.on(POST, everything())

    told = await house.ask("POST", path, headers={"Accept-Encoding": "br"})

    assert "content-encoding" not in told.headers


async def test_a_secret_is_not_compressed(house: House) -> None:
    answer = sessions_pb2.SignedIn(token="secret")
    answer.session.user_agent = LONG
    house.backend.on(CREATE_SESSION, answer)

    told = await house.ask(
        "POST",
        "/v1/sessions",
        json={"login": "a"},
        headers={"Accept-Encoding": "gzip"},
    )

    assert "content-encoding" not in told.headers


async def test_head_is_get_without_the_body(house: House) -> None:
    house.backend.on(GET, everything(text="a"))
    whole = await house.ask("GET", "/v1/everything")

    told = await house.ask("HEAD", "/v1/everything")

    assert (told.status, told.body) == (200, b"")
    assert told.headers["content-length"] == whole.headers["content-length"]
    assert told.headers["etag"] == whole.headers["etag"]


async def test_options_says_what_is_allowed(house: House) -> None:
    told = await house.ask("OPTIONS", "/v1/everything/x")

    assert told.status == 204
    assert told.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    assert "access-control-allow-origin" not in told.headers
    assert (await house.ask("OPTIONS", "/v1/nothing")).status == 404


FRIEND = "https://tv.example.org"


async def test_a_friendly_origin_may_ask_and_read() -> None:
    async with running_house(allowed_origins=f"{FRIEND}, https://b.test/") as house:
        house.backend.on(GET, everything())
        asked = {"Origin": FRIEND, "Access-Control-Request-Method": "POST"}

        before = await house.ask("OPTIONS", "/v1/everything", headers=asked)
        told = await house.ask("GET", "/v1/everything", headers={"Origin": FRIEND})
        failed = await house.ask("GET", "/v1/requests", headers={"Origin": FRIEND})
        stranger = await house.ask(
            "GET", "/v1/everything", headers={"Origin": "https://evil.test"}
        )

    assert before.headers["access-control-allow-origin"] == FRIEND
    assert "POST" in before.headers["access-control-allow-methods"]
    assert "X-Api-Key" in before.headers["access-control-allow-headers"]
    assert told.headers["access-control-allow-origin"] == FRIEND
    assert "ETag" in told.headers["access-control-expose-headers"]
    assert "Origin" in told.headers.getall("vary")
    assert failed.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-origin" not in stranger.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", "/v1/nothing", 404), ("GET", "/v1/", 404), ("GET", "/api/x", 404)),
        *(("DELETE", "/v1/everything", 405), ("BREW", "/v1/everything", 400)),
        *(("POST", "/health", 405), ("DELETE", "/", 405), ("POST", "/v1/events", 405)),
        *(("GET", "/v1/everything/%ff", 400), ("GET", "/v1/everything/%00", 400)),
        ("GET", "/v1/everything/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 200),
        ("GET", "/v1/everything/../../etc/passwd", 404),
    ],
)
async def test_what_is_not_here_is_said_to_be(
    house: House, method: str, path: str, status: int
) -> None:
    house.backend.on(GET, everything())

    told, _ = await raw(house, f"{method} {path} HTTP/1.1\r\nHost: a\r\n\r\n")

    assert told == status


async def test_an_answer_that_nobody_can_give_is_406(house: House) -> None:
    told = await house.ask("GET", "/v1/everything", headers={"Accept": "text/html"})

    assert (told.status, house.backend.times(GET)) == (406, 0)


@pytest.mark.parametrize(
    "headers",
    [
        *({}, {"Content-Type": "text/plain"}, {"Content-Type": ""}),
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonx"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_a_body_that_is_no_json_is_415(
    house: House, headers: dict[str, str]
) -> None:
    told = await house.ask("POST", "/v1/everything", headers=headers, data=b"{}")

    assert (told.status, house.backend.times(POST)) == (415, 0)


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8"]
)
async def test_a_body_is_json_however_it_is_spelled(house: House, kind: str) -> None:
    house.backend.on(POST, everything())

    told = await house.ask(
        "POST", "/v1/everything", headers={"Content-Type": kind}, data=b"{}"
    )

    assert told.status == 200


async def test_a_body_in_pieces_is_one_body(house: House) -> None:
    house.backend.on(POST, everything())

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b'{"text"', b": ", b'"abc"}'):
            yield piece

    told = await house.ask(
        "POST",
        "/v1/everything",
        headers={"Content-Type": "application/json"},
        data=pieces(),
    )

    assert told.status == 200
    assert house.backend.last(POST).message.text == "abc"


@pytest.mark.parametrize("is_declared", [True, False])
async def test_a_body_that_is_too_long_is_413(house: House, is_declared: bool) -> None:
    piece = b"x" * 65536
    head = (
        "POST /v1/everything HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    )
    if is_declared:
        status, body = await raw(house, head + "Content-Length: 9000000\r\n\r\n")
    else:
        chunk = b"10000\r\n" + piece + b"\r\n"
        status, body = await raw(
            house, (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunk * 140
        )

    assert status == 413
    assert json.loads(body)["reason"] == "body_too_large"


async def test_every_answer_forbids_guessing_its_type(house: House) -> None:
    for path in ("/health", "/v1/nothing", "/v1/requests", "/api/docs"):
        told = await house.ask("GET", path)
        assert told.headers["x-content-type-options"] == "nosniff"


async def test_alive_and_ready_are_two_questions(house: House) -> None:
    alive, ready = await house.ask("GET", "/health"), await house.ask("GET", "/ready")

    assert (alive.status, ready.status) == (200, 200)
    assert ready.json["status"] == "ready"
    assert set(ready.json["services"]) >= {"auth", "media", "status"}
    assert ready.json["services"]["media"]["latencyMs"] > 0


async def test_a_service_that_does_not_serve_makes_us_not_ready(house: House) -> None:
    house.backend.is_serving = False

    told = await house.ask("GET", "/api/health")

    assert (told.status, told.json["status"]) == (503, "not_ready")
    assert told.json["services"]["auth"]["ready"] is False
    assert (await house.ask("GET", "/health")).status == 200


async def test_what_was_counted_can_be_read(house: House) -> None:
    house.backend.on(GET, everything())
    await house.ask("GET", "/v1/everything/secret-id")

    told = await house.ask("GET", "/metrics")

    text = told.body.decode()
    assert 'route="GET /v1/everything/{text}",status="200"' in text
    assert "secret-id" not in text
    assert told.body[:20] == (await house.ask("GET", "/api/metrics")).body[:20]


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        *(({}, "10.0.0.1"), ({b"x-forwarded-for": b"9.9.9.9"}, "9.9.9.9")),
        ({b"x-forwarded-for": b"1.1.1.1, 9.9.9.9, 10.0.0.2"}, "9.9.9.9"),
        ({b"x-forwarded-for": b"evil, 10.0.0.3"}, "10.0.0.3"),
        ({b"x-forwarded-for": b"\xff\xff"}, "10.0.0.1"),
        ({b"x-forwarded-for": b"2001:db8::1"}, "2001:db8::1"),
    ],
)
def test_an_address_is_the_last_that_a_proxy_of_ours_saw(
    headers: dict[bytes, bytes], address: str
) -> None:
    proxies = Proxies("10.0.0.0/8, ::1")

    assert proxies.seen_through("10.0.0.1", "http", headers) == (address, False)
    assert proxies.seen_through("8.8.8.8", "http", headers) == ("8.8.8.8", False)


def test_a_household_has_one_address() -> None:
    assert neighborhood("2001:db8:1:2:3:4:5:6") == neighborhood("2001:db8:1:2::9")
    assert neighborhood("192.0.2.1") == "192.0.2.1"
    assert neighborhood("fe80::1%eth0") != neighborhood("192.0.2.1")
