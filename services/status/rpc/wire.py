"""Monitors, heartbeats and incidents as messages, and back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from medianest.status.v1 import heartbeats_pb2, incidents_pb2, monitors_pb2
from services.status.domain.errors import MonitorInvalid
from services.status.domain.heartbeats import Heartbeat
from services.status.domain.incidents import Incident
from services.status.domain.judging import State
from services.status.domain.monitors import Monitor
from services.status.domain.plans import Plan

STATES = {
    State.UNKNOWN: monitors_pb2.UNKNOWN,
    State.UP: monitors_pb2.UP,
    State.DOWN: monitors_pb2.DOWN,
    State.PENDING: monitors_pb2.PENDING,
    State.PAUSED: monitors_pb2.PAUSED,
}
CHANGEABLE = (
    "name",
    "url",
    "interval_s",
    "timeout_s",
    "retries",
    "retry_interval_s",
    "paused",
)


def plan_from_wire(monitor: monitors_pb2.Monitor) -> Plan:
    return Plan(**{field: getattr(monitor, field) for field in CHANGEABLE})


def changes_from_wire(monitor: monitors_pb2.Monitor, mask: FieldMask) -> dict[str, Any]:
    """What the mask names. Raises MonitorInvalid when that is nothing, or what
    nobody may change."""
    strange = sorted(set(mask.paths) - set(CHANGEABLE))
    if strange or not mask.paths:
        raise MonitorInvalid(
            f"update_mask names some of {', '.join(CHANGEABLE)}.", field="update_mask"
        )
    return {field: getattr(monitor, field) for field in mask.paths}


def monitor_to_wire(monitor: Monitor) -> monitors_pb2.Monitor:
    return monitors_pb2.Monitor(
        id=str(monitor.id),
        **{field: getattr(monitor.plan, field) for field in CHANGEABLE},
        state=STATES[monitor.state],
        detail=monitor.detail,
        latency_ms=monitor.latency_ms,
        checked_at=_time(monitor.checked_at),
        changed_at=_time(monitor.changed_at),
        created_at=_time(monitor.created_at),
        uptime_24h=monitors_pb2.Uptime(
            ratio=monitor.uptime.ratio,
            up_s=monitor.uptime.up_s,
            down_s=monitor.uptime.down_s,
        ),
        version=monitor.version,
    )


def heartbeats_to_wire(
    heartbeats: Iterable[Heartbeat],
) -> list[heartbeats_pb2.Heartbeat]:
    return [
        heartbeats_pb2.Heartbeat(
            checked_at=_time(each.checked_at),
            state=STATES[each.state],
            latency_ms=each.latency_ms,
            detail=each.detail,
        )
        for each in heartbeats
    ]


def incidents_to_wire(incidents: Iterable[Incident]) -> list[incidents_pb2.Incident]:
    return [
        incidents_pb2.Incident(
            id=str(each.id),
            monitor_id=str(each.monitor_id),
            monitor_name=each.monitor_name,
            detail=each.detail,
            opened_at=_time(each.opened_at),
            closed_at=_time(each.closed_at),
        )
        for each in incidents
    ]


def _time(moment: datetime | None) -> Timestamp | None:
    if moment is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp
