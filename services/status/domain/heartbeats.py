"""What each check saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.status.domain.judging import State


@dataclass(frozen=True, slots=True)
class Heartbeat:
    checked_at: datetime
    state: State
    latency_ms: float
    detail: str


class Heartbeats(Protocol):
    async def newest(
        self, monitor_id: UUID, limit: int, before: datetime | None
    ) -> Sequence[Heartbeat]:
        """At most `limit`, newest first, from before a time. Raises MonitorMissing."""
