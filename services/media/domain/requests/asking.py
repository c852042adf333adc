"""Asking for a title, or for anything else."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Failure, Invalid
from kit.ids import uuid7
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.errors import (
    AnotherNotAllowed,
    ChoicesNotAllowed,
    RatingTooHigh,
    RequestNotAllowed,
)
from services.media.domain.requests.limits import Cost, Requester
from services.media.domain.requests.media_request import MediaRequest
from services.media.domain.requests.permissions import (
    ASKS_FOR,
    ASKS_FOR_4K,
    ASKS_IN_WORDS,
    NEEDS_NO_APPROVAL,
    NEEDS_NO_APPROVAL_IN_4K,
    NEEDS_NO_APPROVAL_IN_WORDS,
    may_any,
    may_ask_for_others,
    may_choose,
)
from services.media.domain.requests.ruling import Asked, Ruling
from services.media.domain.requests.sizing import AskedTitle, Sizing
from services.media.domain.requests.states import State
from services.media.domain.requests.wanted import Wanted
from services.media.domain.titles import Kind


@dataclass(frozen=True, slots=True)
class Another:
    """Somebody for whom somebody else asks. Whether they may ask themselves is not
    asked. The name is for one who never was here."""

    user_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Thing:
    """What somebody asks for: a title, or words."""

    title_id: UUID | None
    wanted: Wanted = field(default_factory=Wanted)
    words: str = ""
    choices: Choices = field(default_factory=Choices)
    for_another: Another | None = None
    profile_id: UUID | None = None
    """Of the short list: a name for choices."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for, when it is known what it is, and what it begins as."""

    request_id: UUID
    thing: Thing
    title: AskedTitle | None
    by: Caller
    at: datetime
    state: State
    choices: Choices
    rule_ids: tuple[UUID, ...]
    sizing: Sizing

    def objection(self, requester: Requester) -> Failure | None:
        """Why the requester may not have the title, though it is not there and they
        may ask. Here stands all that is said of a title and a person."""
        age = requester.max_rating_age
        told = self.title.age if self.title else None
        if age is not None and told is not None and told > age:
            return RatingTooHigh(
                f"This is for those of {told} and older. Ask an admin to raise your "
                "limit, or to request it for you."
            )
        return None

    def cost(self, wanted: Wanted) -> Cost:
        """What of it counts, when so much of it is left to be asked for."""
        if self.title is None:
            return Cost()
        return Cost(
            movies=1 if self.title.kind is Kind.MOVIE else 0,
            seasons=self.title.seasons_of(wanted),
            size_bytes=self.sizing.estimate(self.title, wanted),
        )


class Wishes(Protocol):
    """What asking must have stored."""

    async def title(self, title_id: UUID) -> AskedTitle:
        """Raises TitleMissing."""

    async def role_of(self, user_id: str) -> str:
        """As auth told it last, else in which somebody was here last; empty when
        neither is known."""

    async def ask(self, wish: Wish, once: Once) -> MediaRequest:
        """Make of the wish what nobody waits for a request, with its history and its
        event, and have the requester follow the requests for the rest of it: all or
        nothing. Answers the new request, else the first that is followed.

        The request of an earlier call with the same `once`, as it is now. Of many who
        ask for one thing at the same time, one gets a request and the others follow.
        Of one who asks many times at once, no more get requests than there is quota.

        Raises AlreadyAvailable when it is on the shelf, then Blocklisted, then what
        `wish.objection` says, AlreadyRequested when the requester waits for it,
        QuotaUsedUp, RequesterUnknown for another whom nobody knows or who is
        suspended, RequesterGone, and KeyReused.
        """


class NamedChoices(Protocol):
    async def choices(self, profile_id: UUID, kind: Kind, by: Caller) -> Choices:
        """What somebody chooses who names a profile. Raises RequestProfileMissing,
        RequestProfileNotAllowed, and RequestProfileInvalid for one of another kind."""


class Asking:
    def __init__(
        self,
        wishes: Wishes,
        ruling: Ruling,
        clock: Clock,
        sizing: Sizing,
        named: NamedChoices,
    ) -> None:
        self._wishes = wishes
        self._ruling = ruling
        self._clock = clock
        self._sizing = sizing
        self._named = named

    async def ask(self, thing: Thing, once: Once, *, by: Caller) -> MediaRequest:
        """Raises TitleMissing, RequestNotAllowed, ChoicesNotAllowed,
        AnotherNotAllowed, SeasonsInvalid, Invalid, and what `Wishes.ask` and
        `NamedChoices.choices` do."""
        _ensure_may(thing, by)
        if thing.title_id is None:
            return await self._ask_in_words(thing, once, by)
        title = await self._wishes.title(thing.title_id)
        wanted = thing.wanted
        may_have(by, title.kind, wanted)
        wanted.ensure_of(title.kind)
        chosen = thing.choices
        if thing.profile_id is not None:
            named = await self._named.choices(thing.profile_id, title.kind, by)
            chosen = chosen.over(named)
        another = thing.for_another
        # May look things up: before any transaction.
        verdict = await self._ruling.on(
            Asked(
                thing.title_id,
                title.kind,
                another.user_id if another else by.user_id,
                await self._wishes.role_of(another.user_id) if another else by.role,
                wanted.is_4k,
                title.seasons_of(wanted),
                self._sizing.estimate(title, wanted),
            )
        )
        approving = NEEDS_NO_APPROVAL_IN_4K if wanted.is_4k else NEEDS_NO_APPROVAL
        is_approved = verdict.approves or may_any(by, approving[title.kind])
        now = self._clock.now()
        wish = Wish(
            uuid7(now),
            thing,
            title,
            by,
            now,
            State.APPROVED if is_approved else State.PENDING,
            chosen.over(verdict.choices),
            verdict.rule_ids,
            self._sizing,
        )
        return await self._wishes.ask(wish, once)

    async def _ask_in_words(self, thing: Thing, once: Once, by: Caller) -> MediaRequest:
        if not may_any(by, ASKS_IN_WORDS):
            raise RequestNotAllowed(
                "You may not request anything. Ask the owner for the permission."
            )
        chooses = thing.profile_id is not None or thing.choices != Choices()
        if thing.wanted != Wanted() or chooses:
            raise Invalid(
                "What is asked for in words has no seasons, no 4K and no choices: say "
                "it in the words.",
                field="words",
            )
        now = self._clock.now()
        is_approved = may_any(by, NEEDS_NO_APPROVAL_IN_WORDS)
        wish = Wish(
            uuid7(now),
            thing,
            None,
            by,
            now,
            State.APPROVED if is_approved else State.PENDING,
            Choices(),
            (),
            self._sizing,
        )
        return await self._wishes.ask(wish, once)


def may_have(by: Caller, kind: Kind, wanted: Wanted) -> None:
    """Raises RequestNotAllowed for who may not ask for a title of this kind so."""
    allowed = ASKS_FOR_4K if wanted.is_4k else ASKS_FOR
    if not may_any(by, allowed[kind]):
        raise RequestNotAllowed(
            f"You may not request this{' in 4K' if wanted.is_4k else ''}. Ask the "
            "owner for the permission."
        )


def requester_of(thing: Thing, by: Caller) -> Requester:
    """Of another, what is remembered of them is for the store to say."""
    another = thing.for_another
    if another is None or another.user_id == by.user_id:
        return Requester.of(by)
    return Requester(another.user_id, another.name)


def _ensure_may(thing: Thing, by: Caller) -> None:
    if thing.choices != Choices() and not may_choose(by):
        raise ChoicesNotAllowed(
            "You may not choose how a request is fulfilled. Leave the choices out."
        )
    if thing.for_another and not may_ask_for_others(by):
        raise AnotherNotAllowed(
            "You may not request for somebody else. Leave requested_for out."
        )
