"""The audit log, read."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

_AT_ONCE = 500
Place = tuple[datetime, UUID]
"""Where an entry stands: newest first."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What must be so of an entry. Nothing matches all."""

    actor_id: UUID | None = None
    action: str = ""
    target: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """An entry as it stands in the log. `actor_name` is today's, if there is one."""

    id: UUID
    at: datetime
    action: str
    actor_id: UUID | None
    actor_name: str | None
    session_id: str
    address: str
    target: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def place(self) -> Place:
        return self.at, self.id


class Log(Protocol):
    async def page(
        self, wanted: Filter, after: Place | None, limit: int
    ) -> list[Written]:
        """Newest first, behind `after`."""


class History:
    def __init__(self, log: Log) -> None:
        self._log = log

    async def page(
        self, wanted: Filter, after: Place | None, limit: int
    ) -> list[Written]:
        return await self._log.page(wanted, after, limit)

    async def all(self, wanted: Filter) -> AsyncIterator[Written]:
        """Every entry, read as it is taken: nothing is held meanwhile, neither a
        connection nor what is in a long log."""
        after: Place | None = None
        while batch := await self._log.page(wanted, after, _AT_ONCE):
            for each in batch:
                yield each
            after = batch[-1].place
