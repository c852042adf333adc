"""WebSockets that keep to no rule."""

import asyncio

import pytest

from tests.gateway.frames import DEFLATE, VIOLATIONS, bomb, frame, socket
from tests.gateway.house import House, running_house
from tests.gateway.live import inhabited
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def house(lasting_house: House) -> House:
    return lasting_house


@pytest.mark.parametrize(
    ("sent", "code"), [each[1:] for each in VIOLATIONS], ids=[e[0] for e in VIOLATIONS]
)
async def test_a_violation_closes_the_socket_with_its_code(
    house: House, sent: bytes, code: int
) -> None:
    await inhabited(house)
    async with socket(house) as (reader, writer):
        writer.write(sent)
        async with asyncio.timeout(10):
            said = await reader.read()

    assert said[0] == 0x88
    assert int.from_bytes(said[2:4], "big") == code
    await eventually(lambda: house.crowd.all.size == 0)


@pytest.mark.parametrize("form", ["one frame", "pieces"])
async def test_a_bomb_is_not_unpacked(house: House, form: str) -> None:
    await inhabited(house)
    packed = bomb(8)
    sent = frame(0xC1, packed)
    if form == "pieces":
        sent = frame(0x41, packed[:4000]) + frame(0x80, packed[4000:8000])
    async with socket(house, DEFLATE) as (reader, writer):
        writer.write(sent)
        async with asyncio.timeout(10):
            said = await reader.read()

    assert int.from_bytes(said[2:4], "big") == 1009


async def test_who_pings_and_never_reads_is_not_listened_to_and_goes() -> None:
    async with running_house(unread_s=0.3) as house:
        await inhabited(house)
        async with socket(house) as (_, writer):
            pings = frame(0x89, b"a" * 125) * 500
            sent = 0

            async def flood() -> None:
                nonlocal sent
                while True:
                    writer.write(pings)
                    await writer.drain()
                    sent += len(pings)

            with pytest.raises(ConnectionError):
                await flood()

        await eventually(lambda: house.crowd.all.size == 0)
