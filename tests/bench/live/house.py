"""Gateways with a Valkey, in front of a backend that the bench itself rules."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from tests.bench.door.processes import Started, started
from tests.gateway.backend import ADMIN, WATCHER, Backend, Person
from tests.servers import Valkey
from tests.waiting import eventually

USERS = 100
"""Each may have 200 sockets."""
_OFTEN = "100000000/1min"
_KINDS = ("READ", "WRITE", "REQUEST", "ADMIN", "SIGN_IN")


def populate(backend: Backend) -> list[str]:
    """Members, by token; all may everything."""
    tokens = [f"user-{number}" for number in range(USERS)]
    for token in tokens:
        backend.people[token] = Person(token, f"session-{token}", ADMIN, 3600)
    return tokens


@contextmanager
def running_valkey() -> Iterator[Valkey]:
    server = Valkey()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@asynccontextmanager
async def gateway(backend: Backend, redis_url: str) -> AsyncIterator[Started]:
    """One worker, as `medianest up` starts it: limits are counted with the others in
    Redis, and never reached."""
    names = ("auth", "media", "status")
    prefix, address = "MEDIANEST_GATEWAY_", f"127.0.0.1:{backend.port}"
    environment = {
        f"{prefix}HTTP_ADDRESS": "127.0.0.1:{port}",
        f"{prefix}REDIS_URL": redis_url,
        f"{prefix}EVENTS_TOKEN": WATCHER,
        f"{prefix}WORKERS": "1",
        f"{prefix}CONNECTIONS_PER_ADDRESS": "0",
        **{f"{prefix}{name.upper()}_ADDRESSES": address for name in names},
        **{f"{prefix}LIMIT_{kind}": _OFTEN for kind in _KINDS},
    }
    watching = {name: len(backend.watching.get(name, ())) for name in names}
    async with started("gateway", environment=environment) as front:
        await eventually(
            lambda: all(
                len(backend.watching.get(name, ())) > before
                for name, before in watching.items()
            )
        )
        yield front


class Clients:
    """A process of clients, and its orders."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, what: str, group: str, **order: Any) -> dict[str, Any]:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        line = json.dumps({"do": what, "group": group, **order})
        stdin.write(line.encode() + b"\n")
        answered = await stdout.readline()
        assert answered, "the clients died: see above"
        answer: dict[str, Any] = json.loads(answered)
        return answer


@asynccontextmanager
async def clients(port: int) -> AsyncIterator[Clients]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.live.clients", str(port)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
        env=dict(os.environ),
    )
    try:
        yield Clients(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
