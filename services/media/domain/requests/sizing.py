"""How much of the disks a request is likely to take."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.media.domain.requests.wanted import Wanted
from services.media.domain.titles import Kind

GB = 1_000_000_000

# Where nobody knows better.
_FILM_MINUTES = 110
_EPISODE_MINUTES = 45
_EPISODES = 10


@dataclass(frozen=True, slots=True)
class AskedTitle:
    """What is known of a title when it is asked for."""

    kind: Kind
    runtime_minutes: int | None = None
    """Of the film, or of one episode."""
    age: int | None = None
    """For which it is; None: nobody says."""
    episodes: Mapping[int, int] = field(default_factory=dict)
    """How many each season has, as far as that was told."""

    def seasons_of(self, wanted: Wanted) -> int:
        """How many seasons it counts as; one where nobody knows. No film has any."""
        if self.kind is not Kind.SERIES:
            return 0
        if wanted.is_whole:
            return max(1, sum(1 for season in self.episodes if season > 0))
        return max(1, len(wanted.season_numbers))


@dataclass(frozen=True, slots=True)
class Sizing:
    """In GB an hour. 4 is what a film of a good 1080p encode takes (9 Mbit/s), 12 what
    one in 4K does as it is streamed (27 Mbit/s)."""

    gb_per_hour: float = 4.0
    gb_per_hour_4k: float = 12.0

    def estimate(self, title: AskedTitle, wanted: Wanted) -> int:
        """Bytes."""
        hourly = self.gb_per_hour_4k if wanted.is_4k else self.gb_per_hour
        return round(_minutes(title, wanted) / 60 * hourly * GB)


def _minutes(title: AskedTitle, wanted: Wanted) -> int:
    if title.kind is not Kind.SERIES:
        return title.runtime_minutes or _FILM_MINUTES
    each = title.runtime_minutes or _EPISODE_MINUTES
    if wanted.future_only:
        return each * _EPISODES
    if wanted.is_whole:
        known = sum(count for season, count in title.episodes.items() if season > 0)
        return each * (known or _EPISODES)
    of_seasons = sum(
        title.episodes.get(season) or _EPISODES for season in wanted.seasons
    )
    return each * (of_seasons + len(wanted.episodes))
