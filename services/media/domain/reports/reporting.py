"""Reporting what is wrong with a title, until it is resolved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.ids import uuid7
from services.media.domain.reports.errors import ReportMissing
from services.media.domain.reports.report import (
    Complaint,
    Removal,
    Report,
    ReportFilter,
    ReportState,
    ReportView,
    Spot,
    Trouble,
    Turn,
)
from services.media.domain.search import Cards, Found
from services.media.domain.showing import shown

ReportPlace = tuple[datetime, UUID]
"""Where a report stands in a list: when it was made, and its id."""
ReportCounts = Mapping[ReportState, int]
Seen = tuple[Report, Found]
"""A report, and its title as somebody sees it."""


class Reports(Protocol):
    """What must be stored of reports."""

    async def make(self, complaint: Complaint, once: Once) -> Report:
        """Make the complaint a report, with its event: both, or nothing. The report of
        an earlier call with the same `once`, as it is now.

        Raises what `complaint.spot.ensure_in` raises, TitleMissing and KeyReused.
        """

    async def find(self, report_id: UUID) -> Report:
        """Raises ReportMissing."""

    async def newest(
        self, wanted: ReportFilter, size: int, after: ReportPlace | None
    ) -> Sequence[Report]:
        """At most `size` reports, newest first, behind the place `after`."""

    async def counts(self, reported_by: str | None) -> ReportCounts:
        """How many there are of each state, each named; None: everybody's."""

    async def turn(self, turn: Turn) -> Report:
        """Resolve or reopen it, with its event: both, or nothing. Of two at the same
        time, one does. Raises ReportMissing, and what `turn.refusal` says."""

    async def remove(self, removal: Removal) -> None:
        """With its comments and its event: all, or nothing. Raises ReportMissing, and
        what `removal.ensure_of` raises."""


@dataclass(frozen=True, slots=True)
class ReportPage:
    reports: Sequence[Seen]
    last: ReportPlace | None
    """Where the page ends, if another one follows."""


class Reporting:
    def __init__(self, reports: Reports, cards: Cards, clock: Clock) -> None:
        self._reports = reports
        self._cards = cards
        self._clock = clock

    async def report(
        self,
        title_id: UUID,
        trouble: Trouble,
        spot: Spot,
        text: str,
        once: Once,
        *,
        by: Caller,
    ) -> Seen:
        now = self._clock.now()
        complaint = Complaint(uuid7(now), title_id, trouble, spot, text, by, now)
        return await self._seen(await self._reports.make(complaint, once), by)

    async def find(self, report_id: UUID, *, by: Caller) -> Seen:
        """Raises ReportMissing, also for what the caller may not see."""
        report = await self._reports.find(report_id)
        if not ReportView.of(by).shows(report.reported_by):
            raise ReportMissing
        return await self._seen(report, by)

    async def page(
        self, wanted: ReportFilter, size: int, after: ReportPlace | None, *, by: Caller
    ) -> ReportPage:
        """A page, newest first. Raises ReportViewNeeded."""
        seen = wanted.within(ReportView.of(by))
        found = await self._reports.newest(seen, size + 1, after)
        page = found[:size]
        titles = await shown(self._cards, [each.title_id for each in page], by)
        last = (page[-1].created_at, page[-1].id) if len(found) > size else None
        return ReportPage([(each, titles[each.title_id]) for each in page], last)

    async def counts(self, *, by: Caller) -> ReportCounts:
        view = ReportView.of(by)
        return await self._reports.counts(None if view.everybody else view.user_id)

    async def resolve(
        self, report_id: UUID, *, by: Caller, if_version: int = 0
    ) -> Seen:
        return await self._turn(report_id, ReportState.RESOLVED, by, if_version)

    async def reopen(self, report_id: UUID, *, by: Caller, if_version: int = 0) -> Seen:
        return await self._turn(report_id, ReportState.OPEN, by, if_version)

    async def remove(self, report_id: UUID, *, by: Caller, if_version: int = 0) -> None:
        now = self._clock.now()
        await self._reports.remove(Removal(report_id, by, now, if_version))

    async def _turn(
        self, report_id: UUID, to: ReportState, by: Caller, if_version: int
    ) -> Seen:
        turn = Turn(report_id, to, by, self._clock.now(), if_version)
        return await self._seen(await self._reports.turn(turn), by)

    async def _seen(self, report: Report, by: Caller) -> Seen:
        titles = await shown(self._cards, [report.title_id], by)
        return report, titles[report.title_id]
