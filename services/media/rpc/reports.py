"""The door for those who report what is wrong, and for those who mend it."""

from collections.abc import Hashable
from typing import Any
from uuid import UUID

from google.protobuf import empty_pb2
from google.protobuf.message import Message
from grpc import aio

from kit.caller import Caller
from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from kit.unchanged import Unchanged
from medianest.media.v1 import reports_pb2, reports_pb2_grpc
from services.media.domain.reports.errors import ReportMissing
from services.media.domain.reports.report import (
    LONGEST_TEXT,
    ReportFilter,
    ReportState,
    Spot,
    Trouble,
)
from services.media.domain.reports.reporting import Reporting, Seen
from services.media.rpc.fields import (
    place_from_key,
    title_id_given,
    user_id_from_wire,
    uuid_from_wire,
    words_from_wire,
)
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.titles import found_to_wire

STATE_TO_WIRE = {
    ReportState.OPEN: reports_pb2.Report.OPEN,
    ReportState.RESOLVED: reports_pb2.Report.RESOLVED,
}
STATE_FROM_WIRE: dict[int, ReportState | None] = {
    reports_pb2.Report.STATE_ANY: None,
    **{wire: state for state, wire in STATE_TO_WIRE.items()},
}
TROUBLE_TO_WIRE = {
    Trouble.VIDEO: reports_pb2.Report.VIDEO,
    Trouble.AUDIO: reports_pb2.Report.AUDIO,
    Trouble.SUBTITLES: reports_pb2.Report.SUBTITLES,
    Trouble.OTHER: reports_pb2.Report.OTHER,
}
TROUBLE_FROM_WIRE: dict[int, Trouble] = {
    wire: trouble for trouble, wire in TROUBLE_TO_WIRE.items()
}

_Context = aio.ServicerContext[Any, Any]


class ReportsHandlers(reports_pb2_grpc.ReportsServiceServicer):
    def __init__(self, reporting: Reporting, pages: Pages, unchanged: Unchanged):
        self._reporting = reporting
        self._pages = pages
        self._unchanged = unchanged

    async def CreateReport(
        self, request: reports_pb2.CreateReportRequest, context: _Context
    ) -> reports_pb2.Report:
        made = await self._reporting.report(
            title_id_given(request.title_id),
            _trouble(request.kind),
            Spot(
                request.season if request.HasField("season") else None,
                request.episode if request.HasField("episode") else None,
            ),
            words_from_wire(request.text, "text", LONGEST_TEXT),
            once(request, context),
            by=identity.of(context),
        )
        return report_to_wire(made)

    async def GetReport(
        self, request: reports_pb2.GetReportRequest, context: _Context
    ) -> reports_pb2.Report:
        report_id = report_id_from_wire(request.report_id)
        by = identity.of(context)
        return report_to_wire(await self._reporting.find(report_id, by=by))

    async def ListReports(
        self, request: reports_pb2.ListReportsRequest, context: _Context
    ) -> reports_pb2.ListReportsResponse:
        by = identity.of(context)
        return await self._unchanged.get(
            _asked(request, by), lambda: self._page(request, by)
        )

    async def CountReports(
        self, request: reports_pb2.CountReportsRequest, context: _Context
    ) -> reports_pb2.ReportCounts:
        by = identity.of(context)
        return await self._unchanged.get(_asked(request, by), lambda: self._counts(by))

    async def ResolveReport(
        self, request: reports_pb2.ResolveReportRequest, context: _Context
    ) -> reports_pb2.Report:
        resolved = await self._reporting.resolve(
            report_id_from_wire(request.report_id),
            by=identity.of(context),
            if_version=request.if_version,
        )
        return report_to_wire(resolved)

    async def ReopenReport(
        self, request: reports_pb2.ReopenReportRequest, context: _Context
    ) -> reports_pb2.Report:
        reopened = await self._reporting.reopen(
            report_id_from_wire(request.report_id),
            by=identity.of(context),
            if_version=request.if_version,
        )
        return report_to_wire(reopened)

    async def DeleteReport(
        self, request: reports_pb2.DeleteReportRequest, context: _Context
    ) -> empty_pb2.Empty:
        await self._reporting.remove(
            report_id_from_wire(request.report_id),
            by=identity.of(context),
            if_version=request.if_version,
        )
        return empty_pb2.Empty()

    async def _page(
        self, request: reports_pb2.ListReportsRequest, by: Caller
    ) -> reports_pb2.ListReportsResponse:
        of_list = f"reports {request.state} {request.reported_by} {request.title_id}"
        wanted = ReportFilter(
            _state(request.state),
            user_id_from_wire(request.reported_by, "reported_by"),
            title_id_given(request.title_id) if request.title_id else None,
        )
        page = await self._reporting.page(
            wanted,
            self._pages.size(request.page_size),
            place_from_key(self._pages.read(of_list, request.page_token)),
            by=by,
        )
        token = ""
        if page.last is not None:
            at, report_id = page.last
            token = self._pages.token(of_list, (at.isoformat(), str(report_id)))
        return reports_pb2.ListReportsResponse(
            reports=map(report_to_wire, page.reports), next_page_token=token
        )

    async def _counts(self, by: Caller) -> reports_pb2.ReportCounts:
        counts = await self._reporting.counts(by=by)
        return reports_pb2.ReportCounts(
            total=sum(counts.values()),
            open=counts[ReportState.OPEN],
            resolved=counts[ReportState.RESOLVED],
        )


def report_id_from_wire(text: str) -> UUID:
    """What is no id is no report's id either."""
    found = uuid_from_wire(text)
    if found is None:
        raise ReportMissing
    return found


def report_to_wire(seen: Seen) -> reports_pb2.Report:
    report, title = seen
    return reports_pb2.Report(
        id=str(report.id),
        title=found_to_wire(title),
        state=STATE_TO_WIRE[report.state],
        kind=TROUBLE_TO_WIRE[report.trouble],
        season=report.spot.season,
        episode=report.spot.episode,
        text=report.text,
        reported_by=report.reported_by,
        reported_by_name=report.reported_by_name,
        created_at=time_to_wire(report.created_at),
        updated_at=time_to_wire(report.updated_at),
        resolved_by=report.resolved_by,
        comment_count=report.comment_count,
        version=report.version,
    )


def _asked(request: Message, by: Caller) -> Hashable:
    """All that an answer depends on, but the database."""
    text = request.SerializeToString(deterministic=True)
    return request.DESCRIPTOR.name, by.user_id, by.permissions, text


def _trouble(number: int) -> Trouble:
    if number not in TROUBLE_FROM_WIRE:
        raise Invalid("kind is VIDEO, AUDIO, SUBTITLES or OTHER.", field="kind")
    return TROUBLE_FROM_WIRE[number]


def _state(number: int) -> ReportState | None:
    if number not in STATE_FROM_WIRE:
        raise Invalid("state is OPEN, RESOLVED or left out.", field="state")
    return STATE_FROM_WIRE[number]
