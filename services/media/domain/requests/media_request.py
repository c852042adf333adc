"""A request, as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.media.domain.pictures.glance import Glance
from services.media.domain.presence import Facts
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.episodes import Episode
from services.media.domain.requests.states import State
from services.media.domain.titles import Kind


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of the title that is asked for."""

    id: UUID
    kind: Kind
    name: str
    year: int | None
    poster_path: str
    genres: list[str]
    vote_average: float
    facts: Facts
    """The request in it may be another one than this."""
    poster: Glance | None


@dataclass(frozen=True, slots=True)
class MediaRequest:
    id: UUID
    title: Card | None
    """None: it is asked for in words."""
    state: State
    requested_by: str
    requested_by_name: str
    created_at: datetime
    updated_at: datetime
    decided_by: str
    decline_reason: str
    seasons: list[int]
    version: int
    is_4k: bool
    episodes: Sequence[Episode]
    """Single ones, in order."""
    future_only: bool
    words: str
    """What is asked for, where it is no title; fulfilled by hand."""
    asked_by: str
    """Who asked for somebody else; empty: the requester did."""
    choices: Choices
    failure: str
    """Why it could not be got."""
    followers: int
    """How many wait for it beside who asked."""
    followed_by_me: bool
    """Whether one of those is who looks."""

    @property
    def name(self) -> str:
        """What it is called when somebody is told of it."""
        return self.words if self.title is None else self.title.name
