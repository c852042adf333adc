"""Valid things, of which a test names what matters to it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kit.caller import Caller, Once
from kit.ids import uuid7
from services.status.domain.judging import Sight, State, Turn
from services.status.domain.plans import Plan
from tests.clock import NOON

NOT_AGAIN = Once("", b"")
ADMIN, MANAGE_SERVICES, VIEW_SERVICES = 1 << 1, 1 << 40, 1 << 41


def a_plan(**fields: Any) -> Plan:
    usual: dict[str, Any] = {"name": "Plex", "url": "http://127.0.0.1:32400/"}
    return Plan(**{**usual, **fields}).settled()


def a_turn(**fields: Any) -> Turn:
    usual: dict[str, Any] = {
        "monitor_id": UUID("01990000-0000-7000-8000-000000000000"),
        "name": "Plex",
        "url": "http://127.0.0.1:32400/",
        "interval": timedelta(seconds=60),
        "timeout": timedelta(seconds=10),
        "retries": 0,
        "retry_interval": timedelta(seconds=60),
        "state": State.UP,
        "failures": 0,
        "known_until": NOON + timedelta(seconds=1),
        "due_at": NOON,
        "leased_until": NOON + timedelta(seconds=15),
    }
    return Turn(**{**usual, **fields})


def a_sight(*, is_up: bool, at: datetime = NOON, detail: str = "") -> Sight:
    said = detail or ("200 OK" if is_up else "connection refused")
    return Sight(
        is_up, said, 12.5 if is_up else 0.0, at, at + timedelta(milliseconds=12)
    )


def a_caller(permissions: int = MANAGE_SERVICES | VIEW_SERVICES) -> Caller:
    return Caller(
        str(uuid7(NOON)),
        "ada",
        "owner",
        permissions,
        "session",
        datetime(2100, 1, 1, tzinfo=UTC),
    )
