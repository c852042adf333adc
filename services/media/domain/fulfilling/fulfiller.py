"""Those who get what is asked for: Radarr films, Sonarr series."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind


class FulfillerKind(Enum):
    RADARR = "radarr"
    SONARR = "sonarr"

    @property
    def gets(self) -> Kind:
        return Kind.MOVIE if self is FulfillerKind.RADARR else Kind.SERIES


@dataclass(frozen=True, slots=True)
class Profile:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Folder:
    path: str
    free_bytes: int | None


@dataclass(frozen=True, slots=True)
class Options:
    """What a fulfiller offers to choose from."""

    version: str
    profiles: Sequence[Profile]
    folders: Sequence[Folder]
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class Order:
    """One thing to get. `choices` are whole: its profile and folder are not empty."""

    kind: Kind
    tmdb_id: int | None
    tvdb_id: int | None
    name: str
    year: int | None
    choices: Choices
    seasons: tuple[int, ...] = ()
    """Of a series. Empty, with no episodes and not future_only: all but specials."""
    episodes: tuple[tuple[int, int], ...] = ()
    """Season and number of single ones."""
    future_only: bool = False
    """Nothing of what was aired already."""
    is_anime: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What a fulfiller has of an order's title, there or not yet."""

    remote_id: int
    slug: str
    """Below its web address: where a person looks at it."""
    is_there: bool
    """Everything that the order names has its file."""
    is_wanted: bool
    """Everything that the order names is monitored: nothing need be added."""


@dataclass(frozen=True, slots=True)
class Download:
    """One entry of a fulfiller's queue."""

    remote_id: int
    """The film's or the series'."""
    download_id: str
    name: str
    state: str
    """The fulfiller's own word: downloading, paused, importPending, failed…"""
    size_bytes: int
    left_bytes: int
    ends_at: datetime | None
    """When it says it will be done; None: it does not say."""
    is_stalled: bool
    problems: tuple[str, ...] = ()
    """Why it cannot be imported or goes on not, in the fulfiller's own words."""
    season: int | None = None
    episode: int | None = None
    client: str = ""


class Fulfiller(Protocol):
    """One Radarr or Sonarr. Each call has its deadline, and raises UpstreamAway when
    there is no answer, which says nothing of what was done; FulfillerRefused, with
    the fulfiller's own words, when it said no."""

    async def options(self) -> Options: ...

    async def find(self, order: Order) -> Entry | None:
        """What it has of the title; None: it does not know it."""

    async def add(self, order: Order, found: Entry | None) -> Entry:
        """Have the title there with what the order names monitored: added when it was
        not `found`, else widened, and never narrowed. Doing it twice is doing it
        once."""

    async def search(self, order: Order, entry: Entry) -> None:
        """Have it look for what the order names and is not there."""

    async def queue(self) -> Sequence[Download]:
        """All that it is getting, read page by page, at most 5,000."""
