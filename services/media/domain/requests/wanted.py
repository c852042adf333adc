"""What of a title is asked for, and what of that somebody waits for already."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.media.domain.requests.episodes import LAST_EPISODE, Episode
from services.media.domain.requests.errors import EpisodesInvalid, SeasonsInvalid
from services.media.domain.titles import Kind

MOST_SEASONS = 200
MOST_EPISODES = 200
LAST_SEASON = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of a series, where nothing is named: all of it."""

    is_4k: bool = False
    seasons: tuple[int, ...] = ()
    episodes: tuple[Episode, ...] = ()
    """Single ones, of no season that is named."""
    future_only: bool = False
    """Nothing of what was aired when it was asked for."""

    @classmethod
    def of(
        cls,
        is_4k: bool,
        seasons: Sequence[int],
        episodes: Sequence[Episode],
        future_only: bool,
    ) -> "Wanted":
        """As somebody named it, in order. Raises SeasonsInvalid and
        EpisodesInvalid."""
        _ensure_seasons(seasons)
        _ensure_episodes(episodes)
        if future_only and (seasons or episodes):
            raise SeasonsInvalid(
                "Ask for future episodes, or name seasons and episodes.",
                field="future_only",
            )
        single = [each for each in sorted(episodes) if each.season not in seasons]
        return cls(is_4k, tuple(sorted(seasons)), tuple(single), future_only)

    @property
    def is_whole(self) -> bool:
        return not (self.seasons or self.episodes or self.future_only)

    @property
    def season_numbers(self) -> Sequence[int]:
        """Of what is named, each once."""
        return sorted({*self.seasons, *(each.season for each in self.episodes)})

    def ensure_of(self, kind: Kind) -> None:
        """Raises SeasonsInvalid for parts of what has none."""
        if kind is not Kind.SERIES and not self.is_whole:
            raise SeasonsInvalid("Only a series has seasons.", field="seasons")

    def overlaps(self, other: "Wanted") -> bool:
        """Whether something is asked for by both."""
        return self.without(other) != self or other.without(self) != other

    def without(self, other: "Wanted") -> "Wanted | None":
        """What the other does not ask for; None: it asks for all of this. All of a
        series beside some of its seasons is left whole: nobody knows what else there
        is."""
        if self.is_4k is not other.is_4k:
            return self
        if other.is_whole:
            return None
        if self.is_whole:
            return self
        if self.future_only:
            return None if other.future_only else self
        left = Wanted(
            self.is_4k,
            tuple(each for each in self.seasons if each not in other.seasons),
            tuple(
                each
                for each in self.episodes
                if each not in other.episodes and each.season not in other.seasons
            ),
        )
        return None if left.is_whole else left


def _ensure_seasons(seasons: Sequence[int]) -> None:
    if len(seasons) > MOST_SEASONS:
        raise SeasonsInvalid(
            f"At most {MOST_SEASONS} seasons can be asked for.", field="seasons"
        )
    if any(not 0 <= season <= LAST_SEASON for season in seasons):
        raise SeasonsInvalid(
            f"A season is a number from 0 to {LAST_SEASON}.", field="seasons"
        )
    if len(set(seasons)) != len(seasons):
        raise SeasonsInvalid("A season is named twice.", field="seasons")


def _ensure_episodes(episodes: Sequence[Episode]) -> None:
    if len(episodes) > MOST_EPISODES:
        raise EpisodesInvalid(
            f"At most {MOST_EPISODES} episodes can be asked for.", field="episodes"
        )
    for season, number in episodes:
        if not (0 <= season <= LAST_SEASON and 1 <= number <= LAST_EPISODE):
            raise EpisodesInvalid(
                f"An episode is a season from 0 to {LAST_SEASON} and a number from 1 "
                f"to {LAST_EPISODE}.",
                field="episodes",
            )
    if len(set(episodes)) != len(episodes):
        raise EpisodesInvalid("An episode is named twice.", field="episodes")
