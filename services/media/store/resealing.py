"""Brings what is sealed to the present key, whichever store has it."""

import asyncio
from typing import Protocol

import structlog

from kit.errors import Unavailable

log = structlog.get_logger()

_AGAIN_S = 60.0


class Sealed(Protocol):
    async def reseal(self) -> None:
        """Seal anew what another key than the present one has sealed."""


async def reseal(*sealed: Sealed) -> None:
    """All of them, once the database lets us. Run it beside what serves."""
    for each in sealed:
        while True:
            try:
                await each.reseal()
                break
            except Unavailable as exc:
                log.info("resealing_put_off", error=exc.reason)
            await asyncio.sleep(_AGAIN_S)
