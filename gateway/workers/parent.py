"""The process that workers are started by, and that opens the door for them.

It holds the socket that listens, so that nobody who has come to the door is sent away
while one worker follows another; who accepts is whichever of them is free.
"""

import asyncio
import signal
import tempfile
from collections.abc import Mapping
from contextlib import suppress

import structlog

from gateway.http.doors import listen
from gateway.settings import Settings
from gateway.workers.crew import Crew, Pace
from gateway.workers.worker import Worker

log = structlog.get_logger()

# What is cut off after the grace has this long to end.
_LAST_S = 2.0


async def run(
    settings: Settings, environment: Mapping[str, str], pace: Pace | None = None
) -> None:
    """Keep workers serving until told to leave. Raises AddressTaken and GaveUp."""
    pace = pace or Pace(gone_within_s=settings.grace_s + _LAST_S)
    with (
        tempfile.TemporaryDirectory(prefix="medianest-gateway-") as folder,
        listen(settings.http_address) as at,
    ):

        async def hire(name: str) -> Worker:
            told = {
                "MEDIANEST_GATEWAY_WORKER_FOLDER": folder,
                "MEDIANEST_GATEWAY_WORKER_NAME": name,
            }
            return await Worker.start(name, at, {**environment, **told})

        crew = Crew(settings.workers, settings.memory_limit_mb, hire, pace)
        keeping = asyncio.create_task(crew.keep(), name="keep crew")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, keeping.cancel)
        loop.add_signal_handler(signal.SIGHUP, crew.renew)
        try:
            with suppress(asyncio.CancelledError):
                await keeping
        finally:
            # Who comes now is told so at once, and not kept waiting for nobody.
            at.close()
            await crew.dismiss()
    log.info("stopped", workers=settings.workers)
