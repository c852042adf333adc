"""What is watched: added, read, changed and removed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.ids import uuid7
from services.status.domain.errors import MonitorMissing
from services.status.domain.judging import State
from services.status.domain.plans import Plan
from services.status.domain.targets import without_query
from services.status.domain.uptime import Uptime

MANAGE_SERVICES = 40


@dataclass(frozen=True, slots=True)
class Monitor:
    id: UUID
    plan: Plan
    state: State
    detail: str
    latency_ms: float
    checked_at: datetime | None
    changed_at: datetime
    created_at: datetime
    uptime: Uptime
    version: int

    def seen_by(self, caller: Caller) -> "Monitor":
        """The monitor as the caller may see it."""
        if caller.may(MANAGE_SERVICES):
            return self
        plan = replace(self.plan, url=without_query(self.plan.url))
        return replace(self, plan=plan)


@dataclass(frozen=True, slots=True)
class Revision:
    """A changed plan, and what follows from the change."""

    plan: Plan
    is_change: bool
    state: State | None
    """What the monitor becomes by it, if anything."""
    check_now: bool


class Book(Protocol):
    """What must be written down of monitors."""

    async def add(
        self, monitor_id: UUID, plan: Plan, now: datetime, owner_id: str, once: Once
    ) -> UUID:
        """Write a monitor down, due now; the id that it has, which is an earlier one
        when the same was asked before. Raises MonitorExists."""

    async def read(self, monitor_id: UUID, now: datetime) -> Monitor:
        """With its uptime until now. Raises MonitorMissing."""

    async def by_name(
        self, limit: int, after: str | None, now: datetime
    ) -> tuple[Sequence[Monitor], str | None]:
        """At most `limit` from behind a place in the order of names, and the place
        of the last one when there are more."""

    async def revise(
        self,
        monitor_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[Plan], Revision],
    ) -> None:
        """Change a monitor as decided, if that is its version or 0; nobody else
        changes it meanwhile. A check that is under way no longer counts. Raises
        MonitorMissing, VersionChanged, MonitorExists, and what `decide` raises."""

    async def remove(self, monitor_id: UUID, if_version: int, now: datetime) -> None:
        """Raises MonitorMissing, and VersionChanged as `revise`."""


class Monitors:
    """What people do with monitors. `wake` is called when one is to be checked."""

    def __init__(
        self,
        book: Book,
        clock: Clock,
        wake: Callable[[], None],
        *,
        link_local_allowed: bool,
    ) -> None:
        self._book = book
        self._clock = clock
        self._wake = wake
        self._link_local_allowed = link_local_allowed

    async def add(self, plan: Plan, by: Caller, once: Once) -> Monitor:
        """Begin to watch. Raises Invalid kinds and MonitorExists."""
        settled = self._permitted(plan.settled())
        now = self._clock.now()
        monitor_id = await self._book.add(uuid7(now), settled, now, by.user_id, once)
        self._wake()
        return await self._book.read(monitor_id, now)

    async def get(self, monitor_id: UUID, by: Caller) -> Monitor:
        """Raises MonitorMissing."""
        return (await self._book.read(monitor_id, self._clock.now())).seen_by(by)

    async def page(
        self, limit: int, after: str | None, by: Caller
    ) -> tuple[list[Monitor], str | None]:
        """Monitors by name, and where the next page begins if there is one."""
        monitors, behind = await self._book.by_name(limit, after, self._clock.now())
        return [each.seen_by(by) for each in monitors], behind

    async def change(
        self, monitor_id: UUID, changes: dict[str, Any], if_version: int = 0
    ) -> Monitor:
        """Change the named fields of the plan, if that is the monitor's version, or
        0. Raises Invalid kinds, MonitorMissing, VersionChanged and MonitorExists."""
        now = self._clock.now()

        def decide(plan: Plan) -> Revision:
            return revision(plan, self._permitted(plan.revised(changes)))

        await self._book.revise(monitor_id, if_version, now, decide)
        self._wake()
        return await self._book.read(monitor_id, now)

    async def remove(self, monitor_id: UUID, if_version: int = 0) -> None:
        """Raises MonitorMissing, and VersionChanged as `change`."""
        await self._book.remove(monitor_id, if_version, self._clock.now())

    def _permitted(self, plan: Plan) -> Plan:
        if not self._link_local_allowed:
            plan.ensure_not_link_local()
        return plan


def revision(before: Plan, after: Plan) -> Revision:
    """What follows when a plan becomes another."""
    state = None
    if before.paused != after.paused:
        state = State.PAUSED if after.paused else State.UNKNOWN
    renamed_only = replace(before, name=after.name) == after
    return Revision(after, before != after, state, check_now=not renamed_only)


def read_id(text: str) -> UUID:
    """Raises MonitorMissing: what is not an id names no monitor."""
    try:
        return UUID(text)
    except ValueError as exc:
        raise MonitorMissing("There is no such monitor.") from exc
