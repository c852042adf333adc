"""A client that listens, and a service in which things happen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from google.protobuf.struct_pb2 import Struct

from tests.gateway.backend import ADMIN, Backend
from tests.gateway.house import House
from tests.waiting import eventually

Socket = aiohttp.ClientWebSocketResponse


async def inhabited(house: House) -> House:
    """With ada and the owner in it, once the gateway watches every service."""
    house.sign_in("ada")
    house.sign_in("owner", ADMIN)
    watching = house.backend.watching
    await eventually(lambda: all(watching.get(s) for s in ("auth", "media", "status")))
    return house


@asynccontextmanager
async def socket(house: House, token: str, query: str = "") -> AsyncIterator[Socket]:
    shown = {"Authorization": f"Bearer {token}"}
    url = f"{house.base_url}/v1/ws{query}"
    async with house.http.ws_connect(url, headers=shown) as open_:
        yield open_


async def heard(ws: Socket) -> Any:
    return await ws.receive_json(timeout=5)


async def told(ws: Socket, said: Any) -> Any:
    await ws.send_json(said)
    return await heard(ws)


async def happens(
    backend: Backend, number: int, *rooms: str, key: str = "7", **data: str
) -> None:
    """An event of media: positions begin with 1, and grow."""
    struct = Struct()
    struct.update(data)
    await backend.tell(
        "media",
        id=f"media:{number}",
        type="request.approved",
        key=key,
        rooms=rooms,
        tags=["requests"],
        data=struct,
    )
