"""What is wrong with a title, as somebody reported it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from kit.caller import Caller
from kit.errors import Failure, VersionChanged
from services.media.domain.reports.errors import (
    PlaceInvalid,
    ReportCommented,
    ReportMissing,
    ReportNotOpen,
    ReportNotResolved,
    ReportViewNeeded,
)
from services.media.domain.reports.permissions import MANAGE_ISSUES, sees_all_reports
from services.media.domain.requests.errors import NotYours
from services.media.domain.titles import Kind

LAST_SEASON = 10_000
LAST_EPISODE = 10_000
LONGEST_TEXT = 2_000


class ReportState(Enum):
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"

    @property
    def other(self) -> "ReportState":
        """What a report must be to become this."""
        return ReportState.RESOLVED if self is ReportState.OPEN else ReportState.OPEN


class Trouble(Enum):
    VIDEO = "VIDEO"
    AUDIO = "AUDIO"
    SUBTITLES = "SUBTITLES"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a title. None: all of it."""

    season: int | None = None
    episode: int | None = None

    def ensure_in(self, kind: Kind) -> None:
        """Raises PlaceInvalid."""
        if self.season is None:
            if self.episode is not None:
                raise PlaceInvalid("An episode is one of a season.", field="season")
            return
        if kind is not Kind.SERIES:
            raise PlaceInvalid("Only a series has seasons.", field="season")
        if not 0 <= self.season <= LAST_SEASON:
            raise PlaceInvalid(
                f"A season is a number from 0 to {LAST_SEASON}.", field="season"
            )
        if self.episode is not None and not 1 <= self.episode <= LAST_EPISODE:
            raise PlaceInvalid(
                f"An episode is a number from 1 to {LAST_EPISODE}.", field="episode"
            )


@dataclass(frozen=True, slots=True)
class Report:
    id: UUID
    title_id: UUID
    state: ReportState
    trouble: Trouble
    spot: Spot
    text: str
    reported_by: str
    reported_by_name: str
    created_at: datetime
    updated_at: datetime
    resolved_by: str
    comment_count: int
    version: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A report that is not made yet."""

    report_id: UUID
    title_id: UUID
    trouble: Trouble
    spot: Spot
    text: str
    by: Caller
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportView:
    """Whose reports somebody may see."""

    user_id: str
    everybody: bool

    @classmethod
    def of(cls, caller: Caller) -> "ReportView":
        return cls(caller.user_id, sees_all_reports(caller))

    def shows(self, reported_by: str) -> bool:
        return self.everybody or reported_by == self.user_id


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports are looked for. None: any."""

    state: ReportState | None = None
    reported_by: str | None = None
    title_id: UUID | None = None

    def within(self, view: ReportView) -> "ReportFilter":
        """The filter, narrowed to what the view shows. Raises ReportViewNeeded."""
        if self.reported_by is None:
            if view.everybody:
                return self
            return ReportFilter(self.state, view.user_id, self.title_id)
        if not view.shows(self.reported_by):
            raise ReportViewNeeded(
                "You may see your own reports only. Ask the owner for the permission."
            )
        return self


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody wants a report to be resolved, or open again."""

    report_id: UUID
    to: ReportState
    by: Caller
    at: datetime
    if_version: int
    """The version that the report must be; 0: whatever it is."""

    @property
    def is_for_any(self) -> bool:
        """Whether it need not be their own report."""
        return self.by.may(MANAGE_ISSUES)

    def refusal(self, reported_by: str, version: int) -> Failure:
        """Why a report that is there does not take it."""
        if not ReportView.of(self.by).shows(reported_by):
            return ReportMissing()
        if not self.is_for_any and reported_by != self.by.user_id:
            return NotYours("Only who reported it, or who manages reports, can do so.")
        if self.if_version not in {0, version}:
            return VersionChanged()
        if self.to is ReportState.OPEN:
            return ReportNotResolved("This report is open already.")
        return ReportNotOpen("This report is resolved already.")


@dataclass(frozen=True, slots=True)
class Removal:
    """Somebody wants a report to be forgotten."""

    report_id: UUID
    by: Caller
    at: datetime
    if_version: int
    """The version that the report must be; 0: whatever it is."""

    def ensure_of(self, report: Report, commenters: Collection[str]) -> None:
        """Raises ReportMissing, NotYours, VersionChanged and ReportCommented."""
        if not ReportView.of(self.by).shows(report.reported_by):
            raise ReportMissing
        keeps_order = self.by.may(MANAGE_ISSUES)
        if not keeps_order and report.reported_by != self.by.user_id:
            raise NotYours("Only who reported it, or who manages reports, can do so.")
        if self.if_version not in {0, report.version}:
            raise VersionChanged
        if not keeps_order and set(commenters) - {self.by.user_id}:
            raise ReportCommented
