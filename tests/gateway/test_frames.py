"""Frames that are written once, as different clients read them."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.http import frames
from tests.gateway.house import House
from tests.gateway.live import happens, heard, inhabited

NAMES = "An event, of which much is said again and again. " * 30


@pytest.mark.parametrize("window_bits", [0, 9, 11, 12, 15])
async def test_an_event_is_the_same_whatever_was_agreed(
    house: House, window_bits: int
) -> None:
    await inhabited(house)
    url = f"{house.base_url}/v1/ws?rooms=libraries"
    shown = {"Authorization": "Bearer ada"}

    async with house.http.ws_connect(url, headers=shown, compress=window_bits) as ws:
        assert "welcome" in await heard(ws)
        assert bool(ws.compress) == bool(window_bits)
        for number in range(1, 4):
            await happens(house.backend, number, "libraries", name=NAMES)
            told = await heard(ws)
            assert told["event"]["data"]["name"] == NAMES

        # What clients say is deflated, too, and refers to nothing said before.
        for _ in range(2):
            await ws.send_json({"ping": NAMES})
            assert (await heard(ws))["pong"] == NAMES


@given(st.text(max_size=300).map(str.encode) | st.just(b"x" * 70_000))
def test_what_was_deflated_is_read_without_what_came_before(text: bytes) -> None:
    frame = frames.deflated(text)

    start = {126: 4, 127: 10}.get(frame[1], 2)
    body = frame[start:]
    assert frame[0] & 0x8F == 0x81
    if frame[0] & 0x40:
        window = zlib.decompressobj(-frames.WINDOW_BITS)
        body = window.decompress(body + b"\0\0\xff\xff")
    assert body == text
    assert frames.plain(text).endswith(text)
