"""From a write in a real house, two of each service and Postgres's outbox in it, to
those who are not its writer: another user's remembered list at another gateway, and a
client's WebSocket."""

import asyncio
import gzip
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

import aiohttp

from tests.bench.furnish import titles
from tests.bench.house import UNLIMITED
from tests.bench.tables import held, markdown
from tests.data import CATALOG
from tests.e2e.client import Json, Person, people
from tests.house import RunningHouse, running_house

_FILMS = 20_000
_AT_MOST_MS = 100.0
_DROPS = 100
_WRITES_PER_S = 200
_HEARD_WITHIN_S = 10.0


@dataclass
class _Lively:
    writer: Person
    """At the first gateway."""
    reader: Person
    """Somebody else, at the second one."""
    titles: Iterator[str]


async def dropped_elsewhere() -> str:
    """How long somebody else's remembered list, read again and again at another
    gateway, does not show what was written."""
    async with _lively(_DROPS) as house:
        waits = [await _until_seen(house) for _ in range(_DROPS)]
    since_asked, since_answered = zip(*waits, strict=True)
    head = ("a write, seen in another's list at another gateway", "p50 ms", "p99 ms")
    rows = [
        ["since it was asked for", *_judged(since_asked)],
        ["since it was answered", *_judged(since_answered)],
    ]
    return markdown((*head, "target"), rows)


async def _until_seen(house: _Lively) -> tuple[float, float]:
    """Milliseconds since the write was asked for, and since it was answered."""
    title = next(house.titles)
    seen: dict[str, float] = {}

    async def look() -> None:
        while title not in seen:
            told = await house.reader.get("/v1/requests?pageSize=5")
            now = time.monotonic()
            for each in told["requests"]:
                seen.setdefault(each["title"]["id"], now)
            await asyncio.sleep(0.001)

    # So that there is something to be dropped.
    await house.reader.get("/v1/requests?pageSize=5")
    looking = asyncio.create_task(look())
    asked = time.monotonic()
    await house.writer.post("/v1/requests", {"titleId": title})
    answered = time.monotonic()
    await looking
    return (seen[title] - asked) * 1000, max(0.0, seen[title] - answered) * 1000


async def told_of_writes(seconds: int) -> str:
    """From 200 writes a second to a WebSocket at the other gateway."""
    async with _lively(seconds * _WRITES_PER_S) as house:
        asked: dict[str, float] = {}
        url = house.reader.base_url + "/v1/ws?rooms=requests"
        shown = {"Authorization": f"Bearer {house.reader.token}"}
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(url, headers=shown) as ws,
        ):
            await ws.receive_json()
            hearing = asyncio.create_task(_hear(ws, seconds * _WRITES_PER_S))
            began = time.monotonic()
            await _write(house, seconds, asked)
            rate = len(asked) / (time.monotonic() - began)
            heard = await hearing
    happened_ms = [wait_ms for wait_ms, _ in heard.values()]
    asked_ms = [(heard[title][1] - at) * 1000 for title, at in asked.items()]
    head = (f"{rate:.0f} writes a second, to a socket", "p50 ms", "p99 ms", "target")
    rows = [
        ["since it happened, as the event says", *_judged(happened_ms)],
        ["since the write was asked for", *_judged(asked_ms)],
    ]
    return markdown(head, rows)


async def _write(house: _Lively, seconds: int, asked: dict[str, float]) -> None:
    """At an even pace, however long each takes."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(seconds * _WRITES_PER_S):
            await asyncio.sleep(began + number / _WRITES_PER_S - time.monotonic())
            title = next(house.titles)
            asked[title] = time.monotonic()
            group.create_task(house.writer.post("/v1/requests", {"titleId": title}))


async def _hear(
    ws: aiohttp.ClientWebSocketResponse, count: int
) -> dict[str, tuple[float, float]]:
    """By title, how long ago it had happened, and when we heard."""
    heard: dict[str, tuple[float, float]] = {}
    while len(heard) < count:
        event: Json = (await ws.receive_json(timeout=_HEARD_WITHIN_S))["event"]
        if event["type"] == "request.created":
            happened = datetime.fromisoformat(event["occurredAt"]).timestamp()
            wait_ms = (time.time() - happened) * 1000
            heard[event["data"]["titleId"]] = wait_ms, time.monotonic()
    return heard


@asynccontextmanager
async def _lively(writes: int) -> AsyncIterator[_Lively]:
    with tempfile.TemporaryDirectory(prefix="medianest-bench-") as folder:
        where = Path(folder)
        async with (
            running_house(where / "house", 2, environment=UNLIMITED) as house,
            people(house.base_url) as crowd,
        ):
            owner = await crowd.owner(house.setup_token)
            await _import_films(house, _films(where / "films.jsonl"))
            invite = await owner.post("/v1/invites", {"role": "admin", "maxUses": 1})
            other = crowd.somebody()
            password = {"name": "otto", "password": "correct horse 8"}
            await other.enter(f"/v1/invites/{invite['code']}:redeem", password)
            found = await titles(owner, writes)
            owner.base_url, other.base_url = house.facts().gateway_urls
            yield _Lively(owner, other, iter(found))


def _films(into: Path) -> Path:
    with gzip.open(CATALOG / "movies.jsonl.gz", "rt") as lines:
        into.write_text("".join(islice(lines, _FILMS)))
    return into


async def _import_films(house: RunningHouse, films: Path) -> None:
    done = await house.command("catalog", "import", str(films))
    assert done.returncode == 0, done.stdout + done.stderr


def _judged(waits_ms: Sequence[float]) -> list[str]:
    ordered = sorted(waits_ms)
    middle, p99 = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return [f"{middle:.0f}", f"{p99:.0f}", held(p99, _AT_MOST_MS)]
