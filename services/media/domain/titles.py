"""What films and series exist."""

from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from kit.errors import Missing
from services.media.domain.pictures.glance import Glance


class Kind(Enum):
    MOVIE = "movie"
    SERIES = "series"


@dataclass(frozen=True, slots=True)
class Title:
    """A film or a series. What is unknown is empty, zero or None."""

    id: UUID
    kind: Kind
    name: str
    original_name: str = ""
    year: int | None = None
    overview: str = ""
    genres: tuple[str, ...] = ()
    cast: tuple[str, ...] = ()
    runtime_minutes: int | None = None
    popularity: float = 0.0
    vote_average: float = 0.0
    vote_count: int = 0
    poster_path: str = ""
    tmdb_id: int | None = None
    imdb_id: str = ""
    tvdb_id: int | None = None
    original_language: str = ""
    poster: Glance | None = None
    """TMDB's, else one of a media server that has it."""
    backdrop: Glance | None = None
    """Known of a title that is asked for alone."""
    is_blocklisted: bool = False
    """As `backdrop`."""


class TitleMissing(Missing):
    reason = "title_missing"
