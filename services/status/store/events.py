"""What is told of monitors, as outbox events."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kit.outbox import Event, Json
from services.status.domain.judging import State

_ROOMS = ("services",)
_TAGS = ("monitors",)


@dataclass(frozen=True, slots=True)
class Change:
    """A state that became another."""

    monitor_id: UUID
    name: str
    state: State
    previous: State
    detail: str
    latency_ms: float
    at: datetime


def of_monitor(kind: str, monitor_id: UUID, name: str, at: datetime) -> Event:
    """That a monitor was added, changed or removed."""
    data = {"monitorId": str(monitor_id), "monitorName": name}
    return Event(kind, str(monitor_id), at, _ROOMS, _TAGS, data)


def of_change(change: Change) -> Event:
    data: dict[str, Json] = {
        "monitorId": str(change.monitor_id),
        "monitorName": change.name,
        "state": change.state.name,
        "previous": change.previous.name,
        "detail": change.detail,
        "latencyMs": change.latency_ms,
    }
    kind = "monitor.state_changed"
    return Event(kind, str(change.monitor_id), change.at, _ROOMS, _TAGS, data)


def of_incident(kind: str, change: Change, incident_id: UUID) -> Event:
    """That a change opened or closed an incident."""
    data = {
        "incidentId": str(incident_id),
        "monitorId": str(change.monitor_id),
        "monitorName": change.name,
        "detail": change.detail,
    }
    return Event(kind, str(change.monitor_id), change.at, _ROOMS, _TAGS, data)
