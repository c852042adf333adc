"""From a write in a real house, two of each service and Postgres's outbox in it, to
those who are not its writer: another user's remembered list at another gateway, and a
client's WebSocket."""

import asyncio
import gzip
import os
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import OK
from itertools import islice
from pathlib import Path

import aiohttp
import orjson
import psutil

from tests.bench.furnish import titles
from tests.bench.house import UNLIMITED
from tests.bench.tables import held, markdown
from tests.data import CATALOG
from tests.e2e.client import Json, Person, people
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

_FILMS = 20_000
_AT_MOST_MS = 100.0
_DROPS = 100
_WRITES_PER_S = 200
_HEARD_WITHIN_S = 10.0
# One user's writes wait for one another: their number is counted in one row.
_WRITERS = 20


@dataclass
class _Lively:
    writers: Sequence[Person]
    """At the first gateway. The owner is the first of them."""
    reader: Person
    """Somebody else, at the second one."""
    titles: Iterator[str]
    pids: Mapping[str, int]


async def dropped_elsewhere() -> str:
    """How long somebody else's remembered list, read again and again at another
    gateway, does not show what was written."""
    async with _lively(_DROPS, 1) as house:
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
    await house.writers[0].post("/v1/requests", {"titleId": title})
    answered = time.monotonic()
    await looking
    return (seen[title] - asked) * 1000, max(0.0, seen[title] - answered) * 1000


async def told_of_writes(seconds: int) -> str:
    """From 200 writes a second at one gateway, of many who each have their own, to a
    WebSocket at the other one; and what a write costs each process."""
    async with _lively(seconds * _WRITES_PER_S, _WRITERS) as house:
        asked: dict[str, float] = {}
        url = house.reader.base_url + "/v1/ws?rooms=requests"
        shown = {"Authorization": f"Bearer {house.reader.token}"}
        async with (
            aiohttp.ClientSession() as http,
            http.ws_connect(url, headers=shown) as ws,
        ):
            await ws.receive_json()
            heard = _Heard(ws)
            hearing = asyncio.create_task(heard.listen())
            before = _cpu_s(house.pids)
            began = time.monotonic()
            refused = await _write(house, seconds, asked)
            rate = len(asked) / (time.monotonic() - began)
            await eventually(
                lambda: heard.at.keys() >= asked.keys() - refused,
                within_s=_HEARD_WITHIN_S,
            )
            spent = {name: s - before[name] for name, s in _cpu_s(house.pids).items()}
            hearing.cancel()
    asked_ms = [(at - asked[title]) * 1000 for title, at in heard.at.items()]
    head = (f"{rate:.0f} writes a second, to a socket", "p50 ms", "p99 ms", "target")
    rows = [
        ["since it happened, as the event says", *_judged(heard.waits_ms)],
        ["since the write was asked for", *_judged(asked_ms)],
    ]
    costs = [[name, f"{s * 1000 / len(asked):.2f}"] for name, s in spent.items()]
    costs.append(["refused, of all writes", f"{len(refused)} of {len(asked)}"])
    told = (markdown(head, rows), markdown(("a write's CPU", "ms"), costs))
    return "\n\n".join(told)


async def _write(
    house: _Lively, seconds: int, asked: dict[str, float]
) -> AbstractSet[str]:
    """At an even pace, however long each takes; what was not done."""
    refused: set[str] = set()

    async def write(writer: Person, title: str) -> None:
        asked[title] = time.monotonic()
        answer = await writer.ask("POST", "/v1/requests", {"titleId": title})
        if answer.status != OK:
            refused.add(title)

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(seconds * _WRITES_PER_S):
            await asyncio.sleep(began + number / _WRITES_PER_S - time.monotonic())
            writer = house.writers[number % len(house.writers)]
            group.create_task(write(writer, next(house.titles)))
    return refused


class _Heard:
    """By title, when its event came, and how long after it had happened."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self.at: dict[str, float] = {}
        self.waits_ms: list[float] = []

    async def listen(self) -> None:
        async for message in self._ws:
            event: Json = orjson.loads(message.data).get("event", {})
            if event.get("type") == "request.created":
                happened = datetime.fromisoformat(event["occurredAt"]).timestamp()
                self.waits_ms.append((time.time() - happened) * 1000)
                self.at[event["data"]["titleId"]] = time.monotonic()


def _cpu_s(pids: Mapping[str, int]) -> dict[str, float]:
    """By name, replicas together, and of ourselves."""
    spent: Counter[str] = Counter()
    for name, pid in (*pids.items(), ("this bench", os.getpid())):
        parent = psutil.Process(pid)
        children = parent.children(recursive=True) if pid != os.getpid() else []
        for process in (parent, *children):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                spent[name.partition("-")[0]] += times.user + times.system
    return spent


@asynccontextmanager
async def _lively(writes: int, writers: int) -> AsyncIterator[_Lively]:
    with tempfile.TemporaryDirectory(prefix="medianest-bench-") as folder:
        where = Path(folder)
        async with (
            running_house(where / "house", 2, environment=UNLIMITED) as house,
            people(house.base_url) as crowd,
        ):
            owner = await crowd.owner(house.setup_token)
            await _import_films(house, _films(where / "films.jsonl"))
            invite = await owner.post("/v1/invites", {"role": "admin", "maxUses": 99})
            others = []
            for number in range(writers):
                other = crowd.somebody()
                password = {"name": f"otto{number}", "password": "correct horse 8"}
                await other.enter(f"/v1/invites/{invite['code']}:redeem", password)
                others.append(other)
            found = await titles(owner, writes)
            here, there = house.facts().gateway_urls
            reader, *more = others
            reader.base_url = there
            for writer in (owner, *more):
                writer.base_url = here
            yield _Lively((owner, *more), reader, iter(found), house.pids())


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
