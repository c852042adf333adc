"""How long a client may take, and what is kept of those that never end."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.messages.json_text import MOST_VALUES
from gateway.problems import Problem
from tests.gateway.contract import everything, message
from tests.gateway.decoding import decoded
from tests.gateway.frames import socket
from tests.gateway.house import House, running_house
from tests.gateway.live import happens, inhabited
from tests.gateway.paths import GET, POST, WATCH
from tests.gateway.wire import HEALTH, POSTED, answer, answers, connected
from tests.waiting import eventually

SOON = {"head_within_s": 0.3, "body_within_s": 0.3}


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running_house(**SOON) as running:
        running.backend.on(POST, everything(text="a"))
        running.backend.on(GET, everything(text="a"))
        yield running


async def test_a_head_that_never_ends_is_408(house: House) -> None:
    [said] = await answers(house, b"GET /health HTTP/1.1\r\nHost:")

    assert (said.status, said.problem["reason"]) == (408, "headers_slow")
    assert said.headers["connection"] == "close"


async def test_a_head_wins_no_time_by_coming_byte_by_byte(house: House) -> None:
    async with connected(house) as (reader, writer):
        writer.write(b"GET /health HTTP/1.1\r\n")
        told = asyncio.create_task(answer(reader))

        def one_more() -> bool:
            writer.write(b"X")
            return told.done()

        await eventually(one_more)

    said = told.result()
    assert said
    assert said.status == 408


@pytest.mark.parametrize(
    "unfinished",
    [
        b"Content-Length: 100\r\n\r\n{",
        b"Content-Length: 100\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1;" + b"a" * 5000,
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX: ",
    ],
    ids=["half", "none", "no last chunk", "an endless extension", "half a trailer"],
)
async def test_a_body_that_never_ends_is_408(house: House, unfinished: bytes) -> None:
    [said] = await answers(house, POSTED + unfinished)

    assert (said.status, said.problem["reason"]) == (408, "body_slow")
    assert said.headers["connection"] == "close"
    assert house.backend.times(POST) == 0


async def test_a_body_that_nobody_waits_for_keeps_nothing_open(house: House) -> None:
    head = b"GET /health HTTP/1.1\r\nHost: nest\r\nContent-Length: 100\r\n\r\n"

    said = await answers(house, head)

    assert said[0].status == 200
    assert [each.status for each in said[1:]] in ([], [408])


async def test_blank_lines_between_requests_keep_nothing_open(house: House) -> None:
    async with connected(house) as (reader, writer):
        writer.write(HEALTH)
        first = await answer(reader)
        writer.write(b"\r\n")
        nothing = await answer(reader)

    assert first
    assert first.status == 200
    assert nothing is None


async def test_who_says_nothing_is_hung_up_on(house: House) -> None:
    assert await answers(house, b"") == []


async def test_a_socket_and_a_long_answer_outlive_all_patience(house: House) -> None:
    go_on = asyncio.Event()

    async def slow(request: Any, context: Any) -> Any:
        await go_on.wait()
        return everything(text="late")

    await inhabited(house)
    house.backend.on(GET, slow)
    async with connected(house) as waiting, socket(house) as listening:
        waiting[1].write(b"GET /v1/everything/a HTTP/1.1\r\nHost: nest\r\n\r\n")
        # Whoever begins after them and says nothing is gone before them.
        assert await answers(house, b"") == []
        assert await answers(house, b"") == []
        go_on.set()
        said = await answer(waiting[0])
        await happens(house.backend, 1, "user:user-ada")
        async with asyncio.timeout(10):
            await listening[0].readuntil(b"media:1")

    assert said
    assert said.problem["text"] == "late"


async def test_more_requests_at_once_than_can_be_kept_are_refused(
    house: House,
) -> None:
    go_on = asyncio.Event()

    async def slow(request: Any, context: Any) -> Any:
        await go_on.wait()
        return everything(text="a")

    house.backend.on(GET, slow)
    asked = b"GET /v1/everything/a HTTP/1.1\r\nHost: nest\r\n\r\n"
    asking = asyncio.create_task(answers(house, asked * 2000))
    await eventually(lambda: house.backend.times(GET) == 1)
    go_on.set()

    said = [each.status for each in await asking]

    assert said == [*[200] * (len(said) - 1), 429]
    assert 50 < len(said) < 110


async def test_a_head_is_not_charged_for_what_came_before_it(house: House) -> None:
    body = b'{"text":"%b"}' % (b"a" * 60_000)
    first = POSTED + b"Content-Length: %d\r\n\r\n" % len(body) + body

    async with connected(house) as (reader, writer):
        writer.write(first + HEALTH[:20])
        one = await answer(reader)
        writer.write(HEALTH[20:])
        two = await answer(reader)

    assert [each and each.status for each in (one, two)] == [200, 200]


async def test_trailers_are_no_headers(house: House) -> None:
    house.sign_in("ada")
    said = await answers(
        house,
        POSTED
        + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
        + b"X-Request-Id: smuggled\r\nX-HTTP-Method-Override: DELETE\r\n\r\n",
    )

    assert [each.status for each in said] == [200]
    assert said[0].headers["x-request-id"] != "smuggled"


async def test_endless_trailers_are_refused(house: House) -> None:
    sent = POSTED + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"

    said = await answers(house, sent + b"X: aaaaaaaa\r\n" * 5000)

    assert [each.status for each in said] == [431]


async def test_after_another_protocol_was_asked_for_nothing_is_read(
    house: House,
) -> None:
    h2c = HEALTH.replace(
        b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
    )

    said = await answers(house, h2c + HEALTH * 2)

    assert [each.status for each in said] == [200]
    assert said[0].headers["connection"] == "close"


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"%d":1' % n for n in range(45_000)) + b',"44999":1}',
        b'{"struct":{"a":[' + b"{}," * 340_000 + b"1]}}",
        b'{"inners":[' + b"{}," * 340_000 + b"{}]}",
        b'{"numbers":[' + b"1," * 500_000 + b"1]}",
        b"[" + b"[]," * 340_000 + b"1]",
    ],
    ids=["a name twice", "free form", "messages", "numbers", "lists"],
)
def test_a_body_made_to_take_long_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(Problem) as refused:
        decoded("POST /v1/everything", body)

    assert refused.value.status == 400
    assert len(refused.value.errors) == 1


def test_a_long_text_is_not_many_values() -> None:
    text = "," * (MOST_VALUES + 1)

    assert decoded("POST /v1/everything", b'{"text":"%b"}' % text.encode()).text == text


async def test_who_never_reads_a_long_answer_goes() -> None:
    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            while True:
                yield message("Named")(name="a" * 60_000)
        finally:
            house.backend.canceled.set()

    async with running_house(unread_s=0.3) as house:
        house.backend.on(WATCH, endless)
        async with connected(house) as (_, writer):
            writer.write(b"GET /v1/watch/a HTTP/1.1\r\nHost: nest\r\n\r\n")

            async with asyncio.timeout(10):
                await house.backend.canceled.wait()
            await eventually(lambda: house.crowd.all.size == 0)
