"""Hours in which somebody is left alone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Each day from `since` until `until` by the clocks of `zone`, over midnight when
    `until` is the earlier one. They are never the same."""

    since: time
    until: time
    zone: ZoneInfo

    def over(self, at: datetime) -> datetime:
        """When somebody may be told what there is to tell `at`: then, or when the quiet
        hours that it falls into are over. In UTC."""
        today = at.astimezone(self.zone).date()
        # The clocks may be turned in between: days are counted, hours are not.
        for day in (today - timedelta(days=1), today):
            begins, ends = self._of(day)
            if begins <= at < ends:
                return ends
        return at

    def _of(self, day: date) -> tuple[datetime, datetime]:
        """The hours that begin on this day. A time that is left out when clocks go
        forward is as much later; of one that comes twice the first counts at the
        beginning, and the second at the end."""
        last = day + timedelta(days=1) if self.until < self.since else day
        begins = datetime.combine(day, self.since, self.zone)
        ends = datetime.combine(last, self.until, self.zone).replace(fold=1)
        return begins.astimezone(UTC), self._end(ends)

    def _end(self, ends: datetime) -> datetime:
        # fold=1 in a gap would be the time before it.
        earlier = ends.replace(fold=0).astimezone(UTC)
        return max(earlier, ends.astimezone(UTC))
