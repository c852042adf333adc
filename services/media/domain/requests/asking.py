"""Asking for a title."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.ids import uuid7
from services.media.domain.requests.errors import RequestNotAllowed, SeasonsInvalid
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.permissions import ASKS_FOR, NEEDS_NO_APPROVAL
from services.media.domain.requests.states import State
from services.media.domain.titles import Kind

MOST_SEASONS = 200
LAST_SEASON = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A title that is asked for, before it is known what it is."""

    request_id: UUID
    title_id: UUID
    seasons: tuple[int, ...]
    by: Caller
    at: datetime

    def begins_as(self, kind: Kind) -> State:
        """The state that a request for a title of this kind begins in. Raises
        RequestNotAllowed and SeasonsInvalid."""
        if not _may_any(self.by, ASKS_FOR[kind]):
            raise RequestNotAllowed(
                "You may not request this. Ask the owner for the permission."
            )
        if self.seasons and kind is not Kind.SERIES:
            raise SeasonsInvalid("Only a series has seasons.", field="seasons")
        if _may_any(self.by, NEEDS_NO_APPROVAL[kind]):
            return State.APPROVED
        return State.PENDING


class Wishes(Protocol):
    """What asking must have stored."""

    async def ask(self, wish: Wish, once: Once) -> MediaRequest:
        """Make the wish a request, with its history and its event: all or nothing.

        The request of an earlier call with the same `once`, as it is now. Of many
        who ask for one title at the same time, one gets a request.

        Raises what `wish.begins_as` raises, TitleMissing, Blocklisted,
        AlreadyAvailable when it is on the shelf, AlreadyRequested when somebody waits
        for it, and KeyReused.
        """


class Asking:
    def __init__(self, wishes: Wishes, clock: Clock) -> None:
        self._wishes = wishes
        self._clock = clock

    async def ask(
        self, title_id: UUID, seasons: Sequence[int], once: Once, *, by: Caller
    ) -> MediaRequest:
        now = self._clock.now()
        chosen = _ordered(seasons)
        wish = Wish(uuid7(now), title_id, chosen, by, now)
        return await self._wishes.ask(wish, once)


def _ordered(seasons: Sequence[int]) -> tuple[int, ...]:
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
    return tuple(sorted(seasons))


def _may_any(caller: Caller, permissions: Sequence[int]) -> bool:
    return any(caller.may(permission) for permission in permissions)
