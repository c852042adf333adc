"""`python -m tests.storm.door BACKEND_PORT`: a gateway as a process of its own, with
the tests' contract beside MediaNest's. It prints its port, and ends with its input."""

import asyncio
import sys

import uvloop

from gateway.http.bounds import Bounds
from tests.gateway.backend import Backend
from tests.gateway.house import running_house

# Shorter than the defaults, so that all that has a time-out meets it often.
PATIENCE = {"head_within_s": 5.0, "body_within_s": 5.0, "idle_s": 15.0, "unread_s": 8.0}
CONNECTIONS = 11_000


async def main(backend_port: int) -> None:
    bounds = Bounds(connections=CONNECTIONS).within_open_files()
    async with running_house(
        backend=Backend(port=backend_port),
        connections=bounds.connections,
        **PATIENCE,
    ) as house:
        # The log has a line for each slow request, and so may its reader be slow.
        print("port", house.base_url.rpartition(":")[2], file=sys.stderr, flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
