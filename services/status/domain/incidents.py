"""When something was down, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Incident:
    id: UUID
    monitor_id: UUID
    monitor_name: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None


class Incidents(Protocol):
    async def newest(
        self, limit: int, before: tuple[datetime, UUID] | None
    ) -> Sequence[Incident]:
        """At most `limit`, newest first, from behind a place in that order."""

    async def newest_open(
        self, limit: int, before: tuple[datetime, UUID] | None
    ) -> Sequence[Incident]:
        """The same, of those that are not over."""
