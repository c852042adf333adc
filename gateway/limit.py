"""What a limit is."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"(\d+)/(\d*)(s|min|h)")
_UNITS_S = {"s": 1, "min": 60, "h": 3600}


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times in so many seconds. 0 times: as often as you like."""

    name: str
    times: int
    span_s: int

    @classmethod
    def parse(cls, name: str, text: str) -> "Limit":
        """`300/1min`, `5/15min`, `20/h`. Raises ValueError."""
        found = _FORM.fullmatch(text.strip())
        if not found or found[2] == "0":
            raise ValueError("a limit is times/span, such as 300/1min or 5/15min")
        return cls(name, int(found[1]), int(found[2] or 1) * _UNITS_S[found[3]])
