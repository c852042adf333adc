"""The door to what was done."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from google.api import httpbody_pb2
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.errors import Invalid
from kit.pages import Key, Pages
from medianest.auth.v1 import audit_pb2, audit_pb2_grpc
from services.auth.domain.history import Filter, History, Place, Written
from services.auth.rpc import table, wire

_LONGEST = 128
_LINES_AT_ONCE = 200
_COLUMNS = ("at", "action", "actor_id", "actor_name", "address", "target")
_MORE_COLUMNS = ("session_id", "before", "after", "id")


class AuditHandlers(audit_pb2_grpc.AuditServiceServicer):
    def __init__(self, history: History, pages: Pages) -> None:
        self._history = history
        self._pages = pages

    async def ListAuditEntries(
        self,
        request: audit_pb2.ListAuditEntriesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> audit_pb2.ListAuditEntriesResponse:
        wanted = _filter_from_wire(request.filter)
        of_list = f"audit {wanted}"
        size = self._pages.size(request.page_size)
        after = _place(self._pages.read(of_list, request.page_token))
        rows = await self._history.page(wanted, after, size + 1)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [row.at.isoformat(), str(row.id)]
        )
        return audit_pb2.ListAuditEntriesResponse(
            entries=map(entry_to_wire, page), next_page_token=token
        )

    async def ExportAuditEntries(
        self,
        request: audit_pb2.ExportAuditEntriesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[audit_pb2.AuditEntry]:
        async for entry in self._history.all(_filter_from_wire(request.filter)):
            yield entry_to_wire(entry)

    async def ExportAuditCsv(
        self,
        request: audit_pb2.ExportAuditCsvRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> AsyncIterator[httpbody_pb2.HttpBody]:
        entries = self._history.all(_filter_from_wire(request.filter))
        lines = [table.line((*_COLUMNS, *_MORE_COLUMNS))]
        async for entry in entries:
            lines.append(table.line(_cells(entry)))
            if len(lines) >= _LINES_AT_ONCE:
                yield _csv(lines)
                lines = []
        yield _csv(lines)


def _csv(lines: list[bytes]) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type=table.MEDIA_TYPE, data=b"".join(lines))


def _cells(entry: Written) -> list[str]:
    return [
        entry.at.isoformat(),
        entry.action,
        str(entry.actor_id or ""),
        entry.actor_name or "",
        entry.address,
        entry.target,
        entry.session_id,
        json.dumps(entry.before, ensure_ascii=False),
        json.dumps(entry.after, ensure_ascii=False),
        str(entry.id),
    ]


def entry_to_wire(entry: Written) -> audit_pb2.AuditEntry:
    before, after = Struct(), Struct()
    before.update(dict(entry.before))
    after.update(dict(entry.after))
    return audit_pb2.AuditEntry(
        id=str(entry.id),
        at=wire.time_to_wire(entry.at),
        action=entry.action,
        actor_id=str(entry.actor_id or ""),
        actor_name=entry.actor_name or "",
        session_id=entry.session_id,
        address=entry.address,
        target=entry.target,
        before=before,
        after=after,
    )


def _filter_from_wire(asked: audit_pb2.AuditFilter) -> Filter:
    """Raises Invalid."""
    for name in ("action", "target"):
        if len(getattr(asked, name)) > _LONGEST or "\0" in getattr(asked, name):
            raise Invalid(f"{name} is too long, or no text.", field=f"filter.{name}")
    actor_id: UUID | None = None
    if asked.actor_id:
        actor_id = wire.id_from_wire(asked.actor_id, "filter.actor_id")
    return Filter(
        actor_id,
        asked.action,
        asked.target,
        _time(asked, "since", asked.since),
        _time(asked, "until", asked.until),
    )


def _time(asked: Message, name: str, at: Timestamp) -> datetime | None:
    if not asked.HasField(name):
        return None
    try:
        return at.ToDatetime(UTC)
    except (ValueError, OverflowError) as exc:
        raise Invalid(f"{name} is not a time.", field=f"filter.{name}") from exc


def _place(key: Key | None) -> Place | None:
    if key is None:
        return None
    return datetime.fromisoformat(str(key[0])), UUID(str(key[1]))
