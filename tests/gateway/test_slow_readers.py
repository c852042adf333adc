"""WebSockets whose clients read more slowly than things happen."""

import asyncio
import random

import pytest

from gateway.live.listeners import MOST_WAITING
from tests.gateway.frames import DEFLATE, frames, socket
from tests.gateway.house import House, running_house
from tests.gateway.live import happens, inhabited
from tests.waiting import eventually


def listeners(house: House) -> float | None:
    return house.registry.get_sample_value("medianest_event_listeners")


async def flooded(house: House, events: int) -> None:
    text = random.Random(5).randbytes(20_000).hex()
    for number in range(1, events):
        await happens(house.backend, number, "user:user-ada", text=text)


async def last_words(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The last frame that comes, of those that are whole."""
    async with asyncio.timeout(10):
        return frames(await reader.read())[-1]


@pytest.mark.parametrize("more", [b"", DEFLATE], ids=["plain", "deflated"])
async def test_who_reads_too_late_finds_the_reason_behind_what_was_sent(
    house: House, more: bytes
) -> None:
    await inhabited(house)
    async with socket(house, more) as (reader, _):
        await flooded(house, MOST_WAITING * 2)
        await eventually(lambda: listeners(house) == 0)

        head, said = await last_words(reader)

    assert head == 0x88
    assert said == (1013).to_bytes(2, "big") + b"too_slow"


async def test_who_has_not_read_for_long_is_told_so_before_it_is_cut_off() -> None:
    async with running_house(unread_s=0.3) as house:
        await inhabited(house)
        async with socket(house) as (reader, _):
            await flooded(house, MOST_WAITING // 2)
            await eventually(lambda: listeners(house) == 0)

            head, said = await last_words(reader)

    assert head == 0x88
    assert said == (1013).to_bytes(2, "big") + b"too_slow"
