"""The processes that the door is measured with, each on a port of its own."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.servers import answers, free_port
from tests.waiting import eventually

TOKEN = "ada"
_OFTEN = "100000000/1min"
# Asked by everybody and counted for each, as ever; the limit is never reached.
_LIMITS = {f"MEDIANEST_GATEWAY_LIMIT_{kind}": _OFTEN for kind in ("READ", "SIGN_IN")}


@dataclass
class Started:
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def started(
    module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Started]:
    """`python -m module`, where `{port}` in the arguments and in the environment is a
    free port, until it listens there."""
    port = free_port()
    more = {key: value.format(port=port) for key, value in (environment or {}).items()}
    words = [word.format(port=port) for word in arguments]
    process = subprocess.Popen(  # noqa: ASYNC220 - of a bench, which waits for it
        [sys.executable, "-m", module, *words],
        env={**os.environ, **more},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        await eventually(lambda: answers(port), within_s=30)
        yield Started(port, process.pid)
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def memory_service() -> AsyncIterator[Started]:
    async with started("tests.bench.door.memory", "127.0.0.1:{port}") as service:
        yield service


@asynccontextmanager
async def gateway(service: Started) -> AsyncIterator[Started]:
    """One worker, without a parent."""
    prefix, address = "MEDIANEST_GATEWAY_", f"127.0.0.1:{service.port}"
    environment = {
        f"{prefix}HTTP_ADDRESS": "127.0.0.1:{port}",
        f"{prefix}WORKERS": "1",
        f"{prefix}AUTH_ADDRESSES": address,
        f"{prefix}MEDIA_ADDRESSES": address,
        **_LIMITS,
    }
    async with started("gateway", environment=environment) as front:
        yield front


@asynccontextmanager
async def baseline(name: str, service: Started) -> AsyncIterator[Started]:
    """`app`, as people write it, or `bare`, the least that can be."""
    address = f"127.0.0.1:{service.port}"
    async with started(f"tests.bench.baseline.{name}", "{port}", address) as front:
        yield front
