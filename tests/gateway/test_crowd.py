"""Many who are connected at once, and who of them has to go."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from tests.gateway.contract import everything
from tests.gateway.house import running_house
from tests.gateway.paths import GET, POST
from tests.gateway.wire import HEALTH, POSTED, Said, answer, answers, connected
from tests.waiting import eventually


async def test_of_one_address_the_silent_go_when_there_are_too_many() -> None:
    async with (
        running_house(connections_per_address=20) as house,
        AsyncExitStack() as stack,
    ):
        idle = [await stack.enter_async_context(connected(house)) for _ in range(60)]

        assert await health(idle[-1]) == 200
        async with connected(house) as late:
            assert await health(late) == 200
        assert house.crowd.all.size <= 20
        assert house.crowd.sent_away >= 40


async def test_who_asks_now_and_then_stays_among_many_who_never_do() -> None:
    async with running_house(connections=20) as house, AsyncExitStack() as stack:
        faithful = await stack.enter_async_context(connected(house))
        for _ in range(100):
            assert await health(faithful) == 200
            await stack.enter_async_context(connected(house))

        assert await health(faithful) == 200


async def test_who_waits_for_an_answer_is_not_sent_away_for_others() -> None:
    go_on = asyncio.Event()

    async def slow(request: Any, context: Any) -> Any:
        await go_on.wait()
        return everything(text="a")

    async with (
        running_house(connections_per_address=5) as house,
        AsyncExitStack() as stack,
    ):
        house.backend.on(GET, slow)
        asking = [await stack.enter_async_context(connected(house)) for _ in range(5)]
        for _, writer in asking:
            writer.write(b"GET /v1/everything/a HTTP/1.1\r\nHost: nest\r\n\r\n")
        await eventually(lambda: house.backend.times(GET) == 5)

        [refused] = await answers(house, b"")
        go_on.set()
        said = [await answer(reader) for reader, _ in asking]

    assert (refused.status, refused.problem["reason"]) == (503, "connections_too_many")
    assert refused.headers["retry-after"] == "5"
    assert [each and each.status for each in said] == [200] * 5


async def test_a_trusted_proxy_stands_for_many() -> None:
    async with (
        running_house(
            connections_per_address=5, trusted_proxies="127.0.0.0/8"
        ) as house,
        AsyncExitStack() as stack,
    ):
        held = [await stack.enter_async_context(connected(house)) for _ in range(30)]

        assert [await health(each) for each in held] == [200] * 30


async def test_long_bodies_find_room_for_so_many_and_short_ones_always() -> None:
    async with running_house(connections_per_address=0) as house:
        house.backend.on(POST, everything(text="a"))
        head = POSTED + b"Content-Length: 1000000\r\n\r\n"
        async with AsyncExitStack() as stack:
            for _ in range(70):
                _, writer = await stack.enter_async_context(connected(house))
                writer.write(head + b" " * 990_000)
            await eventually(lambda: house.crowd.body_bytes > 60 * 1024 * 1024)

            async def is_full() -> bool:
                async with connected(house) as (reader, writer):
                    writer.write(head + b" " * 999_998 + b"{}")
                    said = await answer(reader)
                    return bool(said) and said.status == 503

            await eventually(is_full)
            short = await house.ask("POST", "/v1/everything", json={"text": "a"})
            assert short.status == 200
        await eventually(lambda: house.crowd.body_bytes == 0)


async def health(
    there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> int:
    reader, writer = there
    writer.write(HEALTH)
    said: Said | None = await answer(reader)
    return said.status if said else 0
