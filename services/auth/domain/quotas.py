"""How much somebody may request in how long."""

from dataclasses import dataclass

from kit.errors import Invalid

_MOST = 1000
_MOST_DAYS = 365
_USUAL_DAYS = 7


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit of 0 is none."""

    limit: int
    days: int

    @classmethod
    def of(cls, limit: int, days: int, field: str) -> "Quota":
        """As asked for; 0 days are the usual. Raises Invalid, naming the field."""
        if not 0 <= limit <= _MOST:
            raise Invalid(
                f"limit is 1 to {_MOST}, or 0 for none.", field=f"{field}.limit"
            )
        if not 0 <= days <= _MOST_DAYS:
            raise Invalid(
                f"days is 1 to {_MOST_DAYS}, or 0 for {_USUAL_DAYS}.",
                field=f"{field}.days",
            )
        return cls(limit, days or _USUAL_DAYS)
