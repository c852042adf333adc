"""What an order names of a series: its seasons and episodes, as Sonarr has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.media.clients.arr.said import (
    Said,
    id_of,
    inner,
    is_true,
    moment,
    text,
    whole,
)
from services.media.domain.fulfilling.fulfiller import Entry, Order

Number = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Series:
    """A series as Sonarr has it, with all episodes that it has read of it."""

    said: Said
    episodes: Sequence[Said]

    @property
    def id(self) -> int:
        return id_of(self.said)

    @property
    def is_read(self) -> bool:
        """Right after it was added, its episodes are not there yet."""
        return bool(self.episodes)


def wanted_seasons(order: Order, known: Sequence[int]) -> set[int]:
    """Those that are wanted as a whole, of which new episodes are wanted as well."""
    if order.seasons:
        return set(order.seasons)
    if order.episodes:
        return set()
    everything = {each for each in known if each > 0}
    return {max(everything)} if order.future_only and everything else everything


def wanted_episodes(order: Order, series: Series, now: datetime) -> list[Said]:
    """What the order names, as far as it has been read."""
    seasons = wanted_seasons(order, season_numbers(series.said))
    single = set(order.episodes)
    if order.future_only:
        return [
            each
            for each in series.episodes
            if number(each)[0] > 0 and not _was_aired(each, now)
        ]
    return [
        each
        for each in series.episodes
        if number(each)[0] in seasons or number(each) in single
    ]


def left_alone(series: Series, now: datetime) -> list[int]:
    """Ids of what was aired and nobody wants to have."""
    return unmonitored([each for each in series.episodes if _was_aired(each, now)])


def season_numbers(series: Said) -> list[int]:
    return [whole(each, "seasonNumber") for each in inner(series, "seasons")]


def number(episode: Said) -> Number:
    return whole(episode, "seasonNumber"), whole(episode, "episodeNumber")


def unmonitored(episodes: Sequence[Said]) -> list[int]:
    """Ids of those that are not there and not looked for."""
    return [
        id_of(each)
        for each in episodes
        if not is_true(each, "monitored") and not is_true(each, "hasFile")
    ]


def entry(order: Order, series: Series, now: datetime) -> Entry:
    wanted = wanted_episodes(order, series, now)
    seasons = wanted_seasons(order, season_numbers(series.said))
    monitored = {
        whole(each, "seasonNumber")
        for each in inner(series.said, "seasons")
        if is_true(each, "monitored")
    }
    missing = {*order.episodes} - {number(each) for each in wanted}
    missing_seasons = {*order.seasons} - {number(each)[0] for each in wanted}
    is_whole = not missing and not missing_seasons
    return Entry(
        remote_id=series.id,
        slug=f"series/{text(series.said, 'titleSlug', 200)}",
        is_there=is_whole
        and bool(wanted)
        and all(is_true(each, "hasFile") for each in wanted),
        is_wanted=is_true(series.said, "monitored")
        and not missing
        and seasons <= monitored
        and not unmonitored(wanted),
    )


def _was_aired(episode: Said, now: datetime) -> bool:
    at = moment(episode, "airDateUtc")
    return at is not None and at < now
