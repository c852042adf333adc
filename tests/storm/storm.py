"""A gateway in a storm: what was sent, what came back, and what it cost."""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.gateway.backend import ADMIN, Backend, Person, running_backend
from tests.gateway.contract import message
from tests.gateway.fuzz import Echo
from tests.gateway.live import happens
from tests.gateway.paths import WATCH
from tests.storm.decent import Decent
from tests.waiting import eventually

_PAGE_BYTES = 4096
_MEBIBYTE = 1024 * 1024
# What the allocator and the counts of a process at work move by.
_MARGIN, _MARGIN_BYTES = 1.05, 8 * _MEBIBYTE
_SLACK = 24
_FINE = {"503", "504"}
_CRASHES = ("Traceback", "crashed", "Exception in")


@dataclass(frozen=True)
class Sample:
    rss_bytes: int
    files: int
    connections: int
    tasks: int


@dataclass
class Report:
    seed: int
    decent: Decent
    came: dict[str, dict[str, int]] = field(default_factory=dict)
    before: Sample | None = None
    samples: list[Sample] = field(default_factory=list)
    after: Sample | None = None
    log: str = ""

    def thirds(self, name: str = "rss_bytes") -> list[float]:
        """The median of the first, the second and the last third."""
        size = max(1, len(self.samples) // 3)
        parts = [self.samples[:size], self.samples[size:-size], self.samples[-size:]]
        return [
            statistics.median(getattr(s, name) for s in p or parts[0]) for p in parts
        ]

    def faults(self) -> list[str]:
        found = [f"the decent client: {each}" for each in self.decent.wrong[:10]]
        for kind, outcomes in self.came.items():
            for outcome, times in outcomes.items():
                is_ours = outcome.startswith("5") and outcome not in _FINE
                if is_ours or "WRONG" in outcome:
                    found.append(f"{kind}: {outcome} ({times} times)")
        found += [f"in the log: {word}" for word in _CRASHES if word in self.log]
        assert self.before
        assert self.after
        for name in ("files", "connections", "tasks"):
            was, now = getattr(self.before, name), getattr(self.after, name)
            if now > was + _SLACK:
                found.append(f"{now} {name} are left of {was}")
        return found

    def missing(self) -> list[str]:
        """Kinds of which no try came to its end."""
        return [f"no {kind}" for kind, outcomes in self.came.items() if not outcomes]

    def growth(self) -> str:
        """What is wrong with the memory: the last third of the time against the
        second. The first is the warm-up."""
        _, second, last = self.thirds()
        if last <= second * _MARGIN + _MARGIN_BYTES:
            return ""
        return f"memory grows: {second / _MEBIBYTE:.0f} → {last / _MEBIBYTE:.0f} MiB"


async def storm(seconds: float, seed: int, share: float, rest_s: float = 0.0) -> Report:
    """All kinds of attack at once, each by its share of the connections it would have,
    while a decent client asks. What is left is seen after a rest."""
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(running_backend())
        _furnish(backend)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        log = folder / "gateway.log"
        pid, port = await stack.enter_async_context(_door(backend.port, log))
        url = f"http://127.0.0.1:{port}"
        report = Report(seed, Decent(url))
        await eventually(
            lambda: all(backend.watching.get(s) for s in ("auth", "media"))
        )
        beside = [
            asyncio.create_task(each)
            for each in (report.decent.ask(), report.decent.listen(), _tell(backend))
        ]
        try:
            await eventually(lambda: report.decent.heard > 1)
            report.before = await _sample(pid, url)
            given = [str(each) for each in (port, seconds, seed, share)]
            attacks = [_attack(*given, who) for who in ("others", "crowd")]
            attacking = asyncio.gather(*attacks)
            while not attacking.done():
                await asyncio.wait({attacking}, timeout=1)
                with suppress(aiohttp.ClientError, TimeoutError):
                    report.samples.append(await _sample(pid, url))
            others, crowd = attacking.result()
            report.came = others | crowd
            await _settled(pid, url, report.before)
            await asyncio.sleep(rest_s)
            report.after = await _sample(pid, url)
        finally:
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        report.log = log.read_text(errors="replace")
        return report


def _furnish(backend: Backend) -> None:
    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        while True:
            yield message("Named")(name="a" * 60_000)

    backend.answers = Echo()
    backend.answers[WATCH] = endless
    for name in ("storm", "nobody-s", "decent"):
        backend.people[name] = Person(f"user-{name}", f"session-{name}", ADMIN)


async def _tell(backend: Backend) -> None:
    """Something happens ten times a second, and is long to tell."""
    number = 0
    while True:
        number += 1
        rooms = ("user:user-storm", "user:user-decent")
        await happens(backend, number, *rooms, text="a" * 8000)
        # The backend remembers all that it was asked and told.
        backend.asked.clear()
        del backend.told["media"][:-50]
        await asyncio.sleep(0.1)


@asynccontextmanager
async def _door(backend_port: int, log: Path) -> AsyncIterator[tuple[int, int]]:
    with log.open("wb") as written:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.storm.door", str(backend_port)),
            stdin=asyncio.subprocess.PIPE,
            stdout=written,
            stderr=asyncio.subprocess.PIPE,
        )
    assert process.stderr is not None
    said = b""
    while not said.startswith(b"port "):
        said = await process.stderr.readline()
        assert said, f"the gateway did not start, see {log}"
    copying = asyncio.create_task(_copy(process.stderr, log))
    try:
        yield process.pid, int(said.split()[1])
    finally:
        process.kill()
        await process.wait()
        await copying


async def _copy(stream: asyncio.StreamReader, log: Path) -> None:
    with log.open("ab") as written:
        while piece := await stream.read(65536):
            written.write(piece)


async def _attack(*given: str) -> dict[str, dict[str, int]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.storm.attackers", *given),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    came: dict[str, dict[str, int]] = json.loads(said)
    return came


async def _sample(pid: int, url: str) -> Sample:
    rss_bytes, files = _of_process(pid)
    timeout = aiohttp.ClientTimeout(total=10)
    connector = aiohttp.TCPConnector(local_addr=("127.0.0.8", 0))
    async with (
        aiohttp.ClientSession(timeout=timeout, connector=connector) as http,
        http.get(f"{url}/metrics") as answer,
    ):
        page = await answer.text()
    lines = [line.rpartition(" ") for line in page.splitlines() if line[0] != "#"]
    counted = {name: value for name, _, value in lines}
    return Sample(
        rss_bytes,
        files,
        int(float(counted["medianest_http_connections"])),
        int(float(counted["medianest_tasks"])),
    )


def _of_process(pid: int) -> tuple[int, int]:
    """Its memory, and its open files."""
    there = Path(f"/proc/{pid}")
    pages = int((there / "statm").read_text().split()[1])
    return pages * _PAGE_BYTES, len(list((there / "fd").iterdir()))


async def _settled(pid: int, url: str, before: Sample) -> None:
    """Until all is as before, or for a while."""
    until = time.monotonic() + 40
    while True:
        now = await _sample(pid, url)
        is_as_before = now.connections <= before.connections + 2
        if (is_as_before and now.tasks <= before.tasks + 2) or time.monotonic() > until:
            return
        await asyncio.sleep(0.5)
