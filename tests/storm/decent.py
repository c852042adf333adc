"""Somebody who asks what one may ask, while others storm, and looks at each answer."""

import asyncio
import random
from dataclasses import dataclass, field

import aiohttp

_ADDRESS = "127.0.0.9"
_TRIES = 8
_AWAY = {503, 504}
_SIGNED_IN = {"Authorization": "Bearer decent"}


@dataclass
class Decent:
    url: str
    at_once: int = 0
    """Questions answered rightly when they were asked first."""
    again: int = 0
    """Tries that met 503, 504 or a connection that had just closed, and were made
    again, as any client does."""
    heard: int = 0
    sockets_opened: int = 0
    wrong: list[str] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)

    async def ask(self) -> None:
        """Until cancelled."""
        chance = random.Random(5)
        connector = aiohttp.TCPConnector(local_addr=(_ADDRESS, 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            while True:
                await self._ask_one(http, chance)
                await asyncio.sleep(0.02)

    async def listen(self) -> None:
        """Until cancelled: every event, in order, on a socket that stays open."""
        connector = aiohttp.TCPConnector(local_addr=(_ADDRESS, 0))
        async with aiohttp.ClientSession(connector=connector) as http:
            while True:
                try:
                    await self._listen_once(http)
                except (aiohttp.ClientError, TimeoutError):
                    await asyncio.sleep(0.1)

    async def _ask_one(
        self, http: aiohttp.ClientSession, chance: random.Random
    ) -> None:
        text = f"{chance.getrandbits(64):x}"
        began = asyncio.get_running_loop().time()
        for number in range(_TRIES):
            try:
                status, said = await self._said(http, chance.randrange(3), text)
            except (aiohttp.ClientError, TimeoutError):
                self.again += 1
                continue
            if status in _AWAY:
                self.again += 1
                continue
            if status != 200 or text not in said:
                self.wrong.append(f"{status} {said[:300]}")
            self.at_once += number == 0
            self.took_s.append(asyncio.get_running_loop().time() - began)
            return
        self.wrong.append(f"no answer to any of {_TRIES} tries")

    async def _said(
        self, http: aiohttp.ClientSession, form: int, text: str
    ) -> tuple[int, str]:
        if form == 0:
            asking = http.get(f"{self.url}/v1/everything/{text}", headers=_SIGNED_IN)
        elif form == 1:
            url = f"{self.url}/v1/everything"
            asking = http.post(url, headers=_SIGNED_IN, json={"text": text})
        else:
            asking = http.get(f"{self.url}/health", headers={"X-Request-Id": text})
        async with asyncio.timeout(20), asking as answer:
            said = await answer.text()
            return answer.status, said + answer.headers["x-request-id"]

    async def _listen_once(self, http: aiohttp.ClientSession) -> None:
        async with http.ws_connect(f"{self.url}/v1/ws", headers=_SIGNED_IN) as socket:
            self.sockets_opened += 1
            last = 0
            while True:
                said = await socket.receive()
                if said.type is not aiohttp.WSMsgType.TEXT:
                    return
                event = said.json().get("event")
                if event is None:
                    continue
                number = int(event["id"].partition(":")[2])
                if last and number != last + 1:
                    self.wrong.append(f"event {number} after {last}")
                last = number
                self.heard += 1
