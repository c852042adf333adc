"""HTTP/1.1 itself: what is said before there is a request, and between requests."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.gateway.contract import everything, message
from tests.gateway.house import House
from tests.gateway.paths import GET, POST, WATCH
from tests.gateway.wire import answer, answers, connected
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def house(lasting_house: House) -> House:
    return lasting_house


HOST = b"Host: nest\r\n"
JSON = b"Content-Type: application/json\r\n"
SOCKET = b"Connection: Upgrade\r\nUpgrade: websocket\r\n"
KEY = b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


def get(*headers: bytes, target: bytes = b"/health", version: bytes = b"1.1") -> bytes:
    return b"GET %b HTTP/%b\r\n%b\r\n" % (target, version, b"".join(headers))


def post(*headers: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    line = b"POST /v1/everything HTTP/%b\r\n" % version
    return line + HOST + JSON + b"".join(headers) + b"\r\n" + body


REFUSED: list[tuple[str, bytes, int, str]] = [
    ("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "method_unknown"),
    ("zeros", b"\0" * 100 + b"\r\n\r\n", 400, "method_unknown"),
    ("no target", b"GET\r\n\r\n", 400, ""),
    ("an odd method", b"FETCH / HTTP/1.1\r\n" + HOST, 400, "method_unknown"),
    ("a small method", b"get / HTTP/1.1\r\n" + HOST, 400, "method_unknown"),
    ("a proxy's method", b"CONNECT a:1 HTTP/1.1\r\n" + HOST + b"\r\n", 400, ""),
    ("another protocol", get(HOST, version=b"9.9"), 400, "http_invalid"),
    ("HTTP/2 in words", get(HOST, version=b"2.0"), 400, "http_version"),
    ("HTTP/0.9", get(HOST, version=b"0.9"), 400, "http_version"),
    ("a target that is no text", get(HOST, target=b"/\xff"), 400, "http_invalid"),
    ("half an address", get(HOST, target=b"http://[::1"), 400, "http_invalid"),
    ("no host", get(), 400, "host_invalid"),
    ("two hosts", get(HOST, HOST), 400, "host_invalid"),
    ("a host with a blank", get(b"Host: a b\r\n"), 400, "host_invalid"),
    ("a host with a path", get(b"Host: a/b\r\n"), 400, "host_invalid"),
    ("a host with a user", get(b"Host: a@b\r\n"), 400, "host_invalid"),
    ("two hosts of 1.0", get(HOST, HOST, version=b"1.0"), 400, "host_invalid"),
    ("a name with a blank", get(HOST, b"Bad Name: x\r\n"), 400, "http_invalid"),
    ("a blank before the colon", get(HOST, b"X : x\r\n"), 400, "http_invalid"),
    ("a folded line", get(HOST, b"X: a\r\n b\r\n"), 400, "http_invalid"),
    ("bare line feeds", b"GET / HTTP/1.1\nHost: a\n\n", 400, "http_invalid"),
    ("a bare return", get(HOST, b"X: a\rb\r\n"), 400, "http_invalid"),
    ("a NUL", get(HOST, b"X: a\0b\r\n"), 400, "http_invalid"),
    ("a length below nothing", post(b"Content-Length: -1\r\n"), 400, "http_invalid"),
    ("a length with a sign", post(b"Content-Length: +2\r\n"), 400, "http_invalid"),
    ("a list of lengths", post(b"Content-Length: 2, 2\r\n"), 400, "http_invalid"),
    ("two lengths", post(b"Content-Length: 2\r\n" * 2), 400, "http_invalid"),
    ("a huge length", post(b"Content-Length: " + b"9" * 30), 400, "http_invalid"),
    (
        "a length and chunks",
        post(b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"),
        400,
        "http_invalid",
    ),
    (
        "chunks and a length",
        post(b"Transfer-Encoding: chunked\r\n", b"Content-Length: 5\r\n"),
        400,
        "http_invalid",
    ),
    ("an odd coding", post(b"Transfer-Encoding: gzip\r\n"), 400, ""),
    (
        "a coding within",
        post(b"Transfer-Encoding: gzip, chunked\r\n", body=b"0\r\n\r\n"),
        400,
        "transfer_encoding_unsupported",
    ),
    (
        "chunks of 1.0",
        post(b"Transfer-Encoding: chunked\r\n", version=b"1.0"),
        400,
        "transfer_encoding_unsupported",
    ),
    (
        "an odd chunk",
        post(b"Transfer-Encoding: chunked\r\n", body=b"zz\r\n{}\r\n"),
        400,
        "http_invalid",
    ),
    ("a long target", get(HOST, target=b"/" + b"a" * 9000), 414, "url_too_long"),
    ("a long header", get(HOST, b"X: " + b"a" * 40_000), 431, "headers_too_large"),
    ("an endless header", get(HOST, b"X: " + b"a" * 400_000), 431, "headers_too_large"),
    ("many headers", get(HOST, b"X: a\r\n" * 200), 431, "headers_too_large"),
    (
        "very many headers",
        get(HOST, *(b"X%d: a\r\n" % n for n in range(9000))),
        431,
        "headers_too_large",
    ),
    ("a socket without a key", get(HOST, SOCKET), 400, "websocket_invalid"),
    (
        "a socket with half a key",
        get(HOST, SOCKET, b"Sec-WebSocket-Key: AAAA\r\n"),
        400,
        "websocket_invalid",
    ),
    ("a socket by POST", post(SOCKET, KEY), 400, "websocket_invalid"),
    ("an old socket", get(HOST, SOCKET, KEY), 426, "websocket_version"),
    (
        "a socket elsewhere",
        get(HOST, SOCKET, KEY, b"Sec-WebSocket-Version: 13\r\n"),
        404,
        "path_unknown",
    ),
]


@pytest.mark.parametrize(
    ("sent", "status", "reason"),
    [each[1:] for each in REFUSED],
    ids=[each[0] for each in REFUSED],
)
async def test_what_is_no_request_is_refused_as_all_else_is(
    house: House, sent: bytes, status: int, reason: str
) -> None:
    [said] = await answers(house, sent + b"\r\n")

    assert said.status == said.problem["status"] == status
    assert said.problem["reason"] == reason or not reason
    assert said.headers["content-type"] == "application/problem+json"
    assert said.headers["x-request-id"] == said.problem["requestId"]
    assert said.headers["x-content-type-options"] == "nosniff"
    assert said.headers["connection"] == "close"


async def test_a_refusal_is_called_what_the_client_called_its_request(
    house: House,
) -> None:
    [said] = await answers(house, get(b"X-Request-Id: mine\r\n"))

    assert said.problem["requestId"] == said.headers["x-request-id"] == "mine"


async def test_http_1_0_needs_no_host_and_keeps_nothing_open(house: House) -> None:
    [said] = await answers(house, get(version=b"1.0"))

    assert (said.status, said.headers["connection"]) == (200, "close")


async def test_requests_in_one_breath_are_answered_in_order(house: House) -> None:
    first_may_end = asyncio.Event()

    async def slow_first(request: Any, context: Any) -> Any:
        if request.text == "0":
            await first_may_end.wait()
        return everything(text=request.text)

    house.backend.on(GET, slow_first)
    async with connected(house) as (reader, writer):
        for number in range(50):
            writer.write(get(HOST, target=b"/v1/everything/%d" % number))
        await eventually(lambda: house.backend.times(GET) == 1)
        first_may_end.set()
        said = [await answer(reader) for _ in range(50)]

    texts = [each.problem["text"] for each in said if each]
    assert texts == [str(number) for number in range(50)]


@pytest.mark.parametrize(
    ("broken", "request_id"),
    [
        (b"FETCH / HTTP/1.1\r\n\r\n", ""),
        (get(b"X-Request-Id: second\r\n"), "second"),
        (
            post(
                b"X-Request-Id: second\r\n",
                b"Transfer-Encoding: chunked\r\n",
                body=b"zz\r\n",
            ),
            "second",
        ),
    ],
    ids=["method", "host", "chunk"],
)
async def test_a_refusal_waits_for_the_answers_before_it(
    house: House, broken: bytes, request_id: str
) -> None:
    may_end = asyncio.Event()

    async def slow(request: Any, context: Any) -> Any:
        await may_end.wait()
        return everything(text=request.text)

    house.backend.on(GET, slow)
    async with connected(house) as (reader, writer):
        writer.write(get(HOST, target=b"/v1/everything/a") + broken + get(HOST))
        await eventually(lambda: house.backend.times(GET) == 1)
        may_end.set()
        first, second, third = [await answer(reader) for _ in range(3)]

    assert first
    assert first.problem["text"] == "a"
    assert second
    assert second.status == 400
    assert not request_id or second.problem["requestId"] == request_id
    assert third is None


async def test_a_stream_ends_for_who_has_gone_whatever_was_asked_after_it(
    house: House,
) -> None:
    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            yield message("Named")(name="first")
            await asyncio.Event().wait()
        finally:
            house.backend.canceled.set()

    house.backend.on(WATCH, endless)
    async with connected(house) as (reader, writer):
        writer.write(get(HOST, target=b"/v1/watch/a") + get(HOST))
        async with asyncio.timeout(10):
            await reader.readuntil(b"first")

    async with asyncio.timeout(10):
        await house.backend.canceled.wait()


async def test_who_expects_to_be_told_to_continue_is(house: House) -> None:
    house.backend.on(POST, everything(text="done"))
    async with connected(house) as (reader, writer):
        head = post(b"Expect: 100-continue\r\n", b"Content-Length: 2\r\n")
        writer.write(head)
        go_on = await answer(reader)
        writer.write(b"{}")
        said = await answer(reader)

    assert go_on
    assert go_on.status == 100
    assert said
    assert said.problem["text"] == "done"


async def test_who_would_send_too_much_is_told_before_it_is_sent(house: House) -> None:
    head = post(b"Expect: 100-continue\r\n", b"Content-Length: 9999999\r\n")

    [said] = await answers(house, head)

    assert said.status == 413


HEADS = [
    *("/", "/health", "/api/docs", "/api/openapi.json", "/assets/nothing"),
    *("/v1/everything/a", "/v1/everything?x=1", "/v1/nothing", "/v1/texts"),
]


@pytest.mark.parametrize("path", HEADS)
async def test_head_is_get_without_its_body(house: House, path: str) -> None:
    house.backend.on(GET, everything(text="a" * 2000))
    same = {"Accept-Encoding": "gzip", "X-Request-Id": "same"}

    get_told = await house.ask("GET", path, headers=same)
    head_told = await house.ask("HEAD", path, headers=same)

    assert head_told.body == b""
    assert head_told.status == get_told.status
    differing = {"date"}
    assert {
        k: v for k, v in head_told.headers.items() if k.lower() not in differing
    } == {k: v for k, v in get_told.headers.items() if k.lower() not in differing}


@pytest.mark.parametrize(
    ("target", "allowed"),
    [
        *(("/", "GET, HEAD, OPTIONS"), ("/health", "GET, HEAD, OPTIONS")),
        *(("/invite/CODE", "GET, HEAD, OPTIONS"), ("/api/docs", "GET, HEAD, OPTIONS")),
        ("/v1/everything", "GET, HEAD, OPTIONS, POST"),
        ("*", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
    ],
)
async def test_options_are_told_everywhere(
    house: House, target: str, allowed: str
) -> None:
    head = f"OPTIONS {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    [said] = await answers(house, head.encode())

    assert (said.status, said.headers["allow"], said.body) == (204, allowed, b"")


@pytest.mark.parametrize("path", ["/", "/health", "/api/docs", "/assets/nothing"])
async def test_a_page_is_only_read(house: House, path: str) -> None:
    told = await house.ask("POST", path, data=b"")

    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
