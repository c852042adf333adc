"""Turns that a test takes and sights that it has, by hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from services.status.domain.judging import Turn, Verdict, judge
from services.status.domain.monitors import Monitor, Monitors
from services.status.domain.watching import AHEAD
from services.status.store.rota import PostgresRota
from tests.clock import StoppedClock
from tests.status.builders import NOT_AGAIN, a_caller, a_plan, a_sight

OWNER = a_caller()
HERE = uuid4()


async def add(monitors: Monitors, **fields: Any) -> Monitor:
    fields.setdefault("name", f"Monitor {uuid4()}")
    return await monitors.add(a_plan(**fields), OWNER, NOT_AGAIN)


async def claim(
    rota: PostgresRota, clock: StoppedClock, holder: UUID = HERE, limit: int = 100
) -> Sequence[Turn]:
    return await rota.claim(holder, limit, clock.now(), AHEAD)


async def see(
    rota: PostgresRota, turn: Turn, at: datetime, *, is_up: bool, holder: UUID = HERE
) -> Verdict:
    verdict = judge(turn, a_sight(is_up=is_up, at=at))
    await rota.record(holder, [verdict])
    return verdict
