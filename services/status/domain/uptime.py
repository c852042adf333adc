"""How much of a span something was up, by time and not by count."""

from dataclasses import dataclass
from datetime import timedelta

WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Uptime:
    up_s: float
    down_s: float

    @property
    def ratio(self) -> float | None:
        """0 to 1; None when nothing is known."""
        known_s = self.up_s + self.down_s
        return self.up_s / known_s if known_s else None
