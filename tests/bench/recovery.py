"""How long a kill -9 of each part is felt by somebody who writes."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from uuid import uuid4

import aiohttp

from tests.e2e.client import Crowd, Person
from tests.house import RunningHouse
from tests.waiting import eventually

PARTS = ("auth", "media", "status", "gateway", "valkey", "postgres")


async def recoveries(
    house: RunningHouse, crowd: Crowd, owner: Person
) -> AsyncIterator[tuple[str, float]]:
    """Each part with the seconds from its kill until all of the house answers again:
    who is asking, a write to status, a read of media, past all memory."""
    for part in PARTS:
        killed = house.kill(part)
        began = time.perf_counter()
        await house.restarted(part, killed, within_s=60)
        await eventually(lambda: _all_answers(crowd, owner), within_s=60)
        yield part, time.perf_counter() - began


async def _all_answers(crowd: Crowd, owner: Person) -> bool:
    monitor = {"name": uuid4().hex, "url": "tcp://127.0.0.1:9", "intervalS": 3600}
    with suppress(aiohttp.ClientError, TimeoutError, AssertionError):
        answers = [
            await owner.ask("POST", "/v1/monitors", monitor),
            await owner.ask("GET", "/v1/requests", **{"Cache-Control": "no-cache"}),
            await owner.ask("GET", "/v1/auth/session", **{"Cache-Control": "no-cache"}),
            await crowd.somebody().ask("GET", "/ready"),
        ]
        return all(each.status == HTTPStatus.OK for each in answers)
    return False
