"""Several workers of one gateway tell the same of all of them."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from medianest.api.v1 import permissions_pb2
from tests.gateway.backend import Backend, running_backend
from tests.gateway.contract import everything
from tests.gateway.house import House, running_house
from tests.gateway.paths import GET
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
ROUTE = "GET /v1/everything/{text}"
COUNT = ("medianest_http_seconds_count", ROUTE, "200")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Sockets have short names: pytest's own folders may be too deep for them."""
    found = Path(tempfile.mkdtemp(prefix="mn-"))
    yield found
    shutil.rmtree(found)


def sockets(folder: Path, name: str = "") -> list[Path]:
    return list(folder.glob(f"{name}*.socket"))


@pytest.fixture
async def backend() -> AsyncIterator[Backend]:
    async with running_backend() as running:
        running.on(GET, everything(text="a"))
        yield running


@asynccontextmanager
async def worker(
    backend: Backend, folder: Path, name: str, **more: Any
) -> AsyncIterator[House]:
    """One that the others have met."""
    async with running_house(
        backend=backend, worker_folder=str(folder), worker_name=name, **more
    ) as house:
        house.sign_in("ada", ADMIN)
        await eventually(lambda: sockets(folder, f"{name}."))
        yield house


@pytest.fixture
async def workers(backend: Backend, folder: Path) -> AsyncIterator[list[House]]:
    async with AsyncExitStack() as stack:
        names = ("one", "two", "three")
        yield [
            await stack.enter_async_context(worker(backend, folder, name))
            for name in names
        ]


async def ask(house: House, times: int) -> None:
    for _ in range(times):
        assert (await house.ask("GET", "/v1/everything/x")).status == 200


async def page(house: House) -> dict[tuple[str, str, str], float]:
    """What Prometheus reads, by name, route and status: as its own parser says, which
    refuses what is not valid."""
    told = await house.ask("GET", "/metrics")
    assert told.status == 200
    found = list(text_string_to_metric_families(told.body.decode()))
    assert len({family.name for family in found}) == len(found)
    return {
        (
            sample.name + sample.labels.get("le", "") + sample.labels.get("state", ""),
            sample.labels.get("route", ""),
            sample.labels.get("status", ""),
        ): sample.value
        for family in found
        for sample in family.samples
    }


async def metrics(house: House) -> Any:
    told = await house.ask("GET", "/v1/admin/metrics", token="ada")
    assert told.status == 200
    return told.json


async def test_whoever_is_asked_tells_of_all(workers: list[House]) -> None:
    for number, house in enumerate(workers, 1):
        await ask(house, number)

    pages = [await page(house) for house in workers]
    told = [await metrics(house) for house in workers]

    assert [each[COUNT] for each in pages] == [6, 6, 6]
    bucket = ("medianest_http_seconds_bucket+Inf", ROUTE, "200")
    assert [each[bucket] for each in pages] == [6, 6, 6]
    for each in told:
        routes = {route["route"]: route["answers"] for route in each["routes"]}
        assert routes[ROUTE] == 6
        assert {(w["name"], w["answering"]) for w in each["workers"]} == {
            *(("one", True), ("two", True), ("three", True))
        }
        assert each["connections"] == sum(w["connections"] for w in each["workers"])
        assert each["memoryBytes"] == sum(w["memoryBytes"] for w in each["workers"])


async def test_caches_of_all_are_one(workers: list[House]) -> None:
    for house in workers:
        await house.ask("GET", "/v1/requests", token="ada")

    told = await workers[0].ask("GET", "/v1/admin/cache", token="ada")

    answers = told.json["tiers"][0]
    assert answers["all"]["misses"] == 3
    assert answers["mostBytes"] == 3 * 32 * 1024 * 1024
    assert len(told.json["workers"]) == 3


async def test_a_worker_that_leaves_takes_nothing_with_it(
    backend: Backend, folder: Path
) -> None:
    async with worker(backend, folder, "one") as one:
        for number in range(1, 4):
            # The same place is taken again: recycled, it begins with nothing.
            async with worker(backend, folder, "two") as two:
                await ask(two, 5)
                before = await page(one)
                await ask(two, 2)
            after = await page(one)

            assert before[COUNT] == 7 * number - 2
            # Also what it counted after it was last asked.
            assert after[COUNT] == 7 * number
            assert after[("medianest_gateway_workersanswering", "", "")] == 1
        told = await metrics(one)
        assert [each["name"] for each in told["workers"]] == ["one"]
        assert {each["route"]: each["answers"] for each in told["routes"]}[ROUTE] == 21
    assert sockets(folder) == []


async def test_no_sum_falls_while_workers_come_and_go(
    backend: Backend, folder: Path
) -> None:
    told: list[float] = []
    is_over = asyncio.Event()

    async def watch(house: House) -> None:
        while not is_over.is_set():
            told.append((await page(house)).get(COUNT, 0))

    async with worker(backend, folder, "one") as one:
        watching = asyncio.create_task(watch(one))
        for _ in range(4):
            async with worker(backend, folder, "two") as two:
                await ask(two, 20)
        is_over.set()
        await watching
        last = (await page(one))[COUNT]

    assert told == sorted(told)
    assert last == 80


Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def saying(words: bytes) -> Answer:
    async def say(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        writer.close()

    return say


async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(b"[" * 65536)
        await writer.drain()


IMPOSTOR = (
    b'{"worker":{"id":"two.1.x","name":"two","process_id":1,"started_at_s":1},'
    b'"taken_at_s":2,"totals":{"routes":[{"route":"%b","status":200,"seconds":1,'
    b'"counts":{"3":%d}}]}}'
)
ROGUES: dict[str, Answer] = {
    "hangs": hang,
    "says nothing": saying(b""),
    "says no JSON": saying(b"\xff\x00{]"),
    "says something else": saying(b'{"worker":[]}'),
    "speaks for another": saying(IMPOSTOR % (ROUTE.encode(), 1000)),
    "counts below nothing": saying(
        (IMPOSTOR % (ROUTE.encode(), -5)).replace(b"two.1.x", b"rogue")
    ),
    "counts beyond reason": saying(
        (IMPOSTOR % (ROUTE.encode(), 10**30)).replace(b"two.1.x", b"rogue")
    ),
    "names a bucket that is not": saying(
        (IMPOSTOR % (ROUTE.encode(), 1))
        .replace(b"two.1.x", b"rogue")
        .replace(b'"3"', b'"999"')
    ),
    "never ends": flood,
}


@pytest.mark.parametrize("rogue", ROGUES)
async def test_a_sibling_that_is_no_good_costs_its_part_only(
    backend: Backend, folder: Path, rogue: str
) -> None:
    at = folder / "rogue.socket"
    async with (
        worker(backend, folder, "one") as one,
        worker(backend, folder, "two") as two,
        await asyncio.start_unix_server(ROGUES[rogue], at),
    ):
        await ask(one, 1)
        await ask(two, 2)

        prometheus, told = await page(one), await metrics(one)
        cache = await one.ask("GET", "/v1/admin/cache", token="ada")

    assert prometheus[COUNT] == 3
    assert prometheus[("medianest_gateway_workerssilent", "", "")] == 1
    silent = [each["name"] for each in told["workers"] if not each["answering"]]
    assert silent == ["rogue"]
    assert cache.status == 200
    assert "rogue" in {
        each["name"] for each in cache.json["workers"] if not each["answering"]
    }


async def test_who_asks_at_the_socket_and_says_nothing_is_left_alone(
    workers: list[House], folder: Path
) -> None:
    at = sockets(folder, "one.")[0]
    silent = [await asyncio.open_unix_connection(at) for _ in range(20)]
    talker = await asyncio.open_unix_connection(at)
    talker[1].write(b"x" * 200_000)

    told = await metrics(workers[1])

    assert all(each["answering"] for each in told["workers"])
    for reader, writer in (*silent, talker):
        # They are sent away.
        with suppress(ConnectionError):
            await reader.read()
        writer.close()


@pytest.mark.parametrize("damage", ["garbage", "a folder", "gone"])
async def test_a_ledger_that_is_damaged_costs_the_past_only(
    workers: list[House], folder: Path, damage: str
) -> None:
    await ask(workers[0], 4)
    await page(workers[0])
    ledger = folder / "counts.json"
    ledger.unlink()
    if damage == "garbage":
        ledger.write_bytes(b'{"since_s": "\xff')
    elif damage == "a folder":
        ledger.mkdir()

    told = await page(workers[1])

    assert told[COUNT] == 4


PROCESS = """
import asyncio, sys
from prometheus_client import CollectorRegistry
from pathlib import Path
from gateway.cache import ResponseCache
from gateway.counts.caches import Caches
from gateway.counts.recorder import Recorder
from gateway.counts.siblings import Siblings
from gateway.metering import Meter
from gateway.written import Written

registry = CollectorRegistry()
meter = Meter(registry)
for _ in range(10):
    meter.answered("GET /v1/everything/{text}", 200, 0.001)
caches = Caches(ResponseCache(1000), Written())
recorder = Recorder("other", registry, meter, caches)
asyncio.run(Siblings(Path(sys.argv[1]), recorder).run())
"""


@pytest.fixture
async def other(folder: Path) -> AsyncIterator[Process]:
    """A worker in a process of its own, to kill."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROCESS, str(folder)), env=environment
    )
    await eventually(lambda: sockets(folder, "other."), within_s=30)
    yield process
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()


async def test_a_worker_that_is_killed_is_still_counted(
    backend: Backend, folder: Path, other: Process
) -> None:
    async with worker(backend, folder, "one") as one:
        await ask(one, 1)
        before = await page(one)
        other.send_signal(signal.SIGKILL)
        await other.wait()

        after, told = await page(one), await metrics(one)

    assert (before[COUNT], after[COUNT]) == (11, 11)
    assert [each["name"] for each in told["workers"]] == ["one"]
    assert sockets(folder, "other.") == []


async def test_a_worker_that_is_stopped_is_silent_and_still_counted(
    backend: Backend, folder: Path, other: Process
) -> None:
    async with worker(backend, folder, "one") as one:
        await ask(one, 1)
        before = await page(one)
        other.send_signal(signal.SIGSTOP)
        stopped, told = await page(one), await metrics(one)
        other.send_signal(signal.SIGCONT)
        again = await page(one)

    assert [each[COUNT] for each in (before, stopped, again)] == [11, 11, 11]
    assert {each["name"]: each["answering"] for each in told["workers"]} == {
        "one": True,
        "other": False,
    }
    silent = ("medianest_gateway_workerssilent", "", "")
    assert (stopped[silent], again[silent]) == (1, 0)
