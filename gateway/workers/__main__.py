"""A worker's front door, opened by its parent alone: `python -m gateway.workers AT
LEASH`, the numbers of the socket to serve at and of the leash."""

import asyncio
import signal
import socket
import sys

import structlog
import uvloop

from gateway.app import work
from gateway.settings import Settings
from gateway.workers.leash import Leash
from kit import logs
from kit.settings import load


def main() -> None:
    at, leash = (socket.socket(fileno=int(each)) for each in sys.argv[1:])
    settings = load(Settings)
    logs.configure("gateway", settings.log_format)
    structlog.contextvars.bind_contextvars(worker=settings.worker_name)
    # A terminal's go to everybody: the parent hears them, and says what is to be done.
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    uvloop.run(_work(settings, at, Leash(leash)))


async def _work(settings: Settings, at: socket.socket, leash: Leash) -> None:
    leaving, replaced = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, leaving.set)

    async def until_cut() -> None:
        await leash.until_cut()
        replaced.set()
        leaving.set()

    watching = asyncio.create_task(until_cut(), name="watch leash")
    with at:
        await work(settings, at, leaving, replaced, leash.tell_serving)
    watching.cancel()


if __name__ == "__main__":
    main()
