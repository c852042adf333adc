"""The short list of what people may choose who may not choose freely."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Conflict, Denied, Invalid, Missing, Refused
from kit.ids import uuid7
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind

MOST_PROFILES = 100
LARGEST_RANK = 1000
LONGEST_NAME = 100
_MOST_ROLES = 50
_LONGEST_ROLE = 32
_MOST_USERS = 100
_LONGEST_USER_ID = 100
_MANAGE_SETTINGS = 2


class RequestProfileInvalid(Invalid):
    reason = "request_profile_invalid"


class RequestProfileMissing(Missing):
    reason = "request_profile_missing"

    def __init__(self) -> None:
        super().__init__("There is no such profile.")


class RequestProfileExists(Conflict):
    reason = "request_profile_exists"

    def __init__(self) -> None:
        super().__init__("There is a profile of this name for the kind.", field="name")


class TooManyRequestProfiles(Refused):
    reason = "too_many_request_profiles"


class RequestProfileNotAllowed(Denied):
    reason = "request_profile_not_allowed"


def keeps_list(caller: Caller) -> bool:
    """Whether somebody may see all of the list, and change it."""
    return caller.may(_MANAGE_SETTINGS)


@dataclass(frozen=True, slots=True)
class ProfileDraft:
    """What somebody says that a profile is."""

    name: str
    kind: Kind
    choices: Choices = field(default_factory=Choices)
    roles: tuple[str, ...] = ()
    user_ids: tuple[str, ...] = ()
    """Both empty: everybody may choose it."""
    rank: int = 0

    def settled(self) -> "ProfileDraft":
        """As it is kept. Raises RequestProfileInvalid."""
        name = self.name.strip()
        if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
            raise _wrong("name", f"has 1 to {LONGEST_NAME} characters")
        if fault := self.choices.fault():
            raise _wrong(f"choices.{fault[0]}", fault[1])
        _ensure_names("roles", self.roles, _MOST_ROLES, _LONGEST_ROLE)
        _ensure_names("user_ids", self.user_ids, _MOST_USERS, _LONGEST_USER_ID)
        if not 0 <= self.rank <= LARGEST_RANK:
            raise _wrong("rank", f"is 0 to {LARGEST_RANK}")
        return replace(
            self,
            name=name,
            roles=tuple(dict.fromkeys(self.roles)),
            user_ids=tuple(dict.fromkeys(self.user_ids)),
        )

    def is_for(self, caller: Caller) -> bool:
        if keeps_list(caller) or not (self.roles or self.user_ids):
            return True
        return caller.role in self.roles or caller.user_id in self.user_ids


@dataclass(frozen=True, slots=True)
class RequestProfile:
    id: UUID
    draft: ProfileDraft
    version: int


Place = tuple[int, str, UUID]
"""Where a profile stands: its rank, its name in small letters, its id."""


class Profiles(Protocol):
    """What must be stored of the list."""

    async def add(
        self,
        profile: RequestProfile,
        most: int,
        now: datetime,
        by: Caller,
        once: Once,
    ) -> RequestProfile:
        """The profile of an earlier call with the same `once`, as it is now. Raises
        RequestProfileExists and TooManyRequestProfiles."""

    async def find(self, profile_id: UUID) -> RequestProfile:
        """Raises RequestProfileMissing."""

    async def page(
        self, kind: Kind | None, by: Caller, after: Place | None, limit: int
    ) -> Sequence[tuple[RequestProfile, Place]]:
        """At most `limit` of those that the caller may choose, behind a place."""

    async def change(
        self,
        profile_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[ProfileDraft], ProfileDraft],
    ) -> RequestProfile:
        """Make it what is decided of what it is, if that is its version or 0. Raises
        RequestProfileMissing, VersionChanged, RequestProfileExists, and what `decide`
        raises."""

    async def remove(self, profile_id: UUID, if_version: int, now: datetime) -> None:
        """Raises RequestProfileMissing and VersionChanged."""


class ShortList:
    def __init__(self, profiles: Profiles, clock: Clock) -> None:
        self._profiles = profiles
        self._clock = clock

    async def choices(self, profile_id: UUID, kind: Kind, by: Caller) -> Choices:
        """What a profile chooses for somebody who names it. Raises
        RequestProfileMissing, RequestProfileInvalid for one of the other kind, and
        RequestProfileNotAllowed."""
        draft = (await self._profiles.find(profile_id)).draft
        if draft.kind is not kind:
            raise RequestProfileInvalid(
                "This profile is for the other kind of title.",
                field="request_profile_id",
            )
        if not draft.is_for(by):
            raise RequestProfileNotAllowed(
                "This profile is not for you. Choose one of your list.",
                field="request_profile_id",
            )
        return draft.choices

    async def add(self, draft: ProfileDraft, by: Caller, once: Once) -> RequestProfile:
        now = self._clock.now()
        profile = RequestProfile(uuid7(now), draft.settled(), version=1)
        return await self._profiles.add(profile, MOST_PROFILES, now, by, once)

    async def change(
        self,
        profile_id: UUID,
        revise: Callable[[ProfileDraft], ProfileDraft],
        if_version: int,
    ) -> RequestProfile:
        return await self._profiles.change(
            profile_id,
            if_version,
            self._clock.now(),
            lambda draft: revise(draft).settled(),
        )

    async def remove(self, profile_id: UUID, if_version: int) -> None:
        await self._profiles.remove(profile_id, if_version, self._clock.now())


def _ensure_names(name: str, texts: Sequence[str], most: int, longest: int) -> None:
    if len(texts) > most:
        raise _wrong(name, f"has at most {most} entries")
    if any(not 0 < len(each.strip()) <= longest or "\0" in each for each in texts):
        raise _wrong(name, f"has entries of 1 to {longest} characters")


def _wrong(name: str, what: str) -> RequestProfileInvalid:
    return RequestProfileInvalid(f"{name} {what}.", field=name)
