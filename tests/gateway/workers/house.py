"""A gateway of several workers, as a process."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.data import ROOT
from tests.gateway.backend import WATCHER, Backend, running_backend
from tests.gateway.contract import everything
from tests.servers import free_port
from tests.waiting import eventually

SETUP = "/medianest.auth.v1.SetupService/GetSetup"


def environment(backend: Backend, port: int, **more: str) -> dict[str, str]:
    address = f"127.0.0.1:{backend.port}"
    ours = {
        "http_address": f"127.0.0.1:{port}",
        "events_token": WATCHER,
        **dict.fromkeys(
            ("auth_addresses", "media_addresses", "status_addresses"), address
        ),
        "limit_read": "0/min",
        "log_format": "json",
        "workers": "2",
        **more,
    }
    named = {f"MEDIANEST_GATEWAY_{key.upper()}": value for key, value in ours.items()}
    path = os.pathsep.join([str(ROOT), str(ROOT / "protos" / "gen")])
    return {**os.environ, "PYTHONPATH": path, **named}


@dataclass
class Gateway:
    port: int
    backend: Backend
    parent: "subprocess.Popen[bytes]"
    log: Path

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def workers(self) -> set[int]:
        return {each.pid for each in psutil.Process(self.parent.pid).children()}

    def times(self, event: str) -> int:
        return self.said.count(f'"event": "{event}"')

    async def until(self, event: str, times: int = 1) -> None:
        await eventually(lambda: self.times(event) >= times, within_s=60)

    @property
    def folder(self) -> Path:
        """Where the workers meet."""
        told = psutil.Process(min(self.workers)).environ()
        return Path(told["MEDIANEST_GATEWAY_WORKER_FOLDER"])

    async def ended(self) -> int:
        return await asyncio.to_thread(self.parent.wait, 30)


@asynccontextmanager
async def running_gateway(
    folder: Path, backend: Backend | None = None, **more: str
) -> AsyncIterator[Gateway]:
    """Once all of its workers serve. None of its processes is left afterwards."""
    log, port = folder / "gateway.log", free_port()
    async with running_backend() as own:
        backend = backend or own
        backend.on(SETUP, everything())
        parent = begun(environment(backend, port, **more), log)
        gateway = Gateway(port, backend, parent, log)
        workers: set[int] = set()
        try:
            await gateway.until("workers_serving")
            workers = gateway.workers
            yield gateway
        finally:
            parent.kill()
            parent.wait()
            await eventually(lambda: not alive(workers), within_s=30)


def begun(told: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "gateway"],
            env=told,
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if psutil.pid_exists(pid)}
