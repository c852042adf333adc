"""How far what was ordered has come, by what a fulfiller's queue tells."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.media.domain.fulfilling.fulfiller import Download

# Radarr and Sonarr look at their download clients once a minute or so: what has not
# changed for less than that goes on as before.
_GOES_ON = timedelta(seconds=150)
_TOLD_AGAIN = timedelta(seconds=15)
# Nothing is larger, whatever a queue says; so many of them can still be added up.
_LARGEST_BYTES = 2**50
_LAST_NUMBER = 100_000


@dataclass(frozen=True, slots=True)
class Followed:
    """An order whose downloads are looked for."""

    request_id: UUID
    remote_id: int
    seasons: frozenset[int]
    episodes: frozenset[tuple[int, int]]

    def concerns(self, download: Download) -> bool:
        """Whether it is a part of what was ordered. Where the queue does not say what
        part it is, it may be."""
        if download.remote_id != self.remote_id:
            return False
        if not self.seasons and not self.episodes:
            return True
        season, episode = download.season, download.episode
        if season is None or season in self.seasons:
            return True
        if episode is None:
            return any(season == each for each, _ in self.episodes)
        return (season, episode) in self.episodes


Place = tuple[UUID, str]
"""A request, and a download as the fulfiller names it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One download, as it concerns one request."""

    request_id: UUID
    download_id: str
    name: str
    state: str
    size_bytes: int
    left_bytes: int
    speed_bps: int
    """Bytes a second, by what came between two looks."""
    ends_at: datetime | None
    is_stalled: bool
    problems: tuple[str, ...]
    season: int | None
    """None: a film, or several seasons."""
    episodes: tuple[int, ...]
    client: str
    changed_at: datetime

    @property
    def place(self) -> Place:
        return self.request_id, self.download_id

    @property
    def percent(self) -> int:
        """Rounded down: 100 is all of it."""
        return percent_of(self.size_bytes, self.left_bytes)

    def since(self, before: "Progress") -> "Progress":
        """As it is now, if that is worth telling after what was told before; else
        what was told before."""
        took = self.changed_at - before.changed_at
        came = before.left_bytes - self.left_bytes
        speed = before.speed_bps
        if came > 0 and took > timedelta(0):
            speed = round(came / took.total_seconds())
        elif came < 0 or took > _GOES_ON or self.is_stalled or not self.left_bytes:
            speed = 0
        now = replace(self, speed_bps=speed)
        if now.words() != before.words() or (came and took >= _TOLD_AGAIN):
            return now
        return now if speed != before.speed_bps and not came else before

    def words(self) -> tuple[object, ...]:
        """What is told at once when it changes: all but what moves all the time."""
        return (
            self.name,
            self.state,
            self.size_bytes,
            self.percent,
            self.ends_at is None,
            self.is_stalled,
            self.problems,
            self.season,
            self.episodes,
            self.client,
        )


def percent_of(size_bytes: int, left_bytes: int) -> int:
    if size_bytes <= 0:
        return 0
    return max(0, min(100, (size_bytes - left_bytes) * 100 // size_bytes))


@dataclass(frozen=True, slots=True)
class Change:
    told: Sequence[Progress]
    """What is new, or otherwise than before."""
    gone: Sequence[Place]

    def __bool__(self) -> bool:
        return bool(self.told or self.gone)


def change(
    queue: Sequence[Download],
    followed: Iterable[Followed],
    before: Mapping[Place, Progress],
    now: datetime,
) -> Change:
    """What became otherwise, by a queue that was read to its end."""
    by_remote: dict[int, list[Followed]] = defaultdict(list)
    for each in followed:
        by_remote[each.remote_id].append(each)
    parts: dict[Place, list[Download]] = defaultdict(list)
    for download in queue:
        for order in by_remote.get(download.remote_id, ()):
            if order.concerns(download):
                parts[order.request_id, download.download_id].append(download)
    told = []
    for place, downloads in parts.items():
        latest = _together(place, downloads, now)
        known = before.get(place)
        if known is None:
            told.append(latest)
        elif (changed := latest.since(known)) is not known:
            told.append(changed)
    return Change(told, [place for place in before if place not in parts])


def _together(place: Place, parts: Sequence[Download], now: datetime) -> Progress:
    """A download of many episodes stands in the queue once for each, and each time
    with the size of all."""
    request_id, download_id = place
    largest = max(parts, key=lambda each: each.size_bytes)
    size = min(largest.size_bytes, _LARGEST_BYTES)
    seasons = {each.season for each in parts}
    season = seasons.pop() if len(seasons) == 1 else None
    if season is not None and season > _LAST_NUMBER:
        season = None
    numbers = {
        each.episode
        for each in parts
        if each.episode is not None and each.episode <= _LAST_NUMBER
    }
    problems = dict.fromkeys(said for each in parts for said in each.problems)
    return Progress(
        request_id,
        download_id,
        largest.name,
        largest.state,
        size,
        min(largest.left_bytes, size),
        0,
        largest.ends_at,
        any(each.is_stalled for each in parts),
        tuple(problems),
        season,
        tuple(sorted(numbers)) if season is not None else (),
        largest.client,
        now,
    )
