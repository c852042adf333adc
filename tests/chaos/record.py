"""What clients did and were told: the one side of the comparison."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum


class Said(Enum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    """No answer, or one that says that there is none: it may have been done."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request that somebody asked for, however often, with one Idempotency-Key."""

    user_id: str
    title_id: str
    key: str
    said: Said
    request_ids: tuple[str, ...] = ()
    """What the answers named: one id, if all is well."""


@dataclass(frozen=True, slots=True)
class Step:
    """A state that somebody wanted a request to go over to, once. LEFT: who took it
    back only left it to others who wait for it."""

    user_id: str
    request_id: str
    to: str
    said: Said


@dataclass
class Record:
    asks: list[Ask] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    """Answers that are neither yes, nor a clear no, nor a clear away."""
    kills: list[str] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    """Why somebody was told no."""
    limits: dict[str, int] = field(default_factory=dict)
    """How many films each person may ask for."""

    def summary(self) -> str:
        asked = _counted([each.said for each in self.asks])
        stepped = _counted([each.said for each in self.steps])
        nos = ", ".join(f"{n} {why}" for why, n in sorted(self.refusals.items()))
        return (
            f"asked: {asked}; decided: {stepped}; kills: {len(self.kills)}\nno: {nos}"
        )


def _counted(said: Sequence[Said]) -> str:
    return ", ".join(f"{said.count(each)} {each.value}" for each in Said)
