"""What time it is, as something that is handed over."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware time in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
