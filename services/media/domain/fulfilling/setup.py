"""How the Radarrs and Sonarrs are set up, and by whom that is changed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.errors import Invalid
from kit.hosts import is_link_local
from kit.ids import uuid7
from services.media.domain.connecting import plain_address, plain_token
from services.media.domain.fulfilling.errors import DefaultNeeded
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.requests.choices import Choices

MOST_FULFILLERS = 100
LONGEST_NAME = 100
LONGEST_FOLDER = 1000
MOST_TAGS = 20
LONGEST_TAG = 50
_LARGEST_ID = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Setup:
    """One Radarr or Sonarr. Its key is not part of what is shown."""

    id: UUID
    name: str
    kind: FulfillerKind
    address: str
    is_4k: bool
    is_default: bool
    is_anime: bool
    is_enabled: bool
    standard: Choices
    anime: Choices
    """What is empty is as `standard` has it."""
    created_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class NewFulfiller:
    name: str
    kind: FulfillerKind
    address: str
    api_key: str = field(repr=False)
    is_4k: bool
    is_default: bool
    is_anime: bool
    is_enabled: bool
    standard: Choices
    anime: Choices


@dataclass(frozen=True, slots=True)
class SetupChange:
    """What is to be changed. None stays as it is."""

    name: str | None = None
    address: str | None = None
    api_key: str | None = field(default=None, repr=False)
    is_default: bool | None = None
    is_anime: bool | None = None
    is_enabled: bool | None = None
    standard: Choices | None = None
    anime: Choices | None = None


class Setups(Protocol):
    """What is stored of them. Keys are sealed, and nobody is shown them again."""

    async def add(self, setup: Setup, api_key: str, by: Caller, once: Once) -> Setup:
        """Add it; unless it is switched off, it is the default as well where there is
        none, and takes that from who has it where it is to be. Gives what an earlier
        call with the same Idempotency-Key made, and raises FulfillerMissing where that
        is gone. Raises FulfillersFull."""

    async def read(self, fulfiller_id: UUID) -> tuple[Setup, str]:
        """With its key, which is empty when it cannot be unsealed. Raises
        FulfillerMissing."""

    async def page(
        self, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Setup]:
        """Those added after, oldest first."""

    async def in_use(self) -> Sequence[tuple[Setup, str]]:
        """All that are switched on, with their keys."""

    async def change(self, changed: Setup, api_key: str, if_version: int) -> Setup:
        """Put it in the place of that version. What it is the first to be, it takes
        from who was. An empty key: it stays. Raises FulfillerMissing and
        VersionChanged."""

    async def remove(self, fulfiller_id: UUID, if_version: int) -> None:
        """Forget it. The oldest of the others takes over from a default. Raises
        FulfillerMissing and VersionChanged."""


class SettingUp:
    def __init__(self, setups: Setups, clock: Clock) -> None:
        self._setups = setups
        self._clock = clock

    async def add(self, new: NewFulfiller, by: Caller, once: Once) -> Setup:
        now = self._clock.now()
        setup = Setup(
            uuid7(now),
            plain_name(new.name),
            new.kind,
            allowed_address(new.address),
            new.is_4k,
            new.is_default,
            new.is_anime,
            new.is_enabled,
            plain_standard(new.standard),
            plain_choices(new.anime, "anime_defaults"),
            now,
        )
        return await self._setups.add(setup, plain_key(new.api_key), by, once)

    async def change(
        self, fulfiller_id: UUID, change: SetupChange, if_version: int
    ) -> Setup:
        setup, _ = await self._setups.read(fulfiller_id)
        if change.is_default is False and setup.is_default:
            raise DefaultNeeded("Make another one the default instead.")
        key = "" if change.api_key is None else plain_key(change.api_key)
        changed = _changed(setup, change)
        if changed.address != setup.address and not key:
            # Or whoever may change the address could have the key sent to them.
            raise Invalid("Another address takes the API key again.", field="api_key")
        return await self._setups.change(changed, key, if_version or setup.version)

    async def remove(self, fulfiller_id: UUID, if_version: int) -> None:
        await self._setups.remove(fulfiller_id, if_version)


def _changed(setup: Setup, change: SetupChange) -> Setup:
    if change.name is not None:
        setup = replace(setup, name=plain_name(change.name))
    if change.address is not None:
        setup = replace(setup, address=allowed_address(change.address))
    if change.standard is not None:
        setup = replace(setup, standard=plain_standard(change.standard))
    if change.anime is not None:
        anime = plain_choices(change.anime, "anime_defaults")
        setup = replace(setup, anime=anime)
    flags = {
        name: value
        for name in ("is_default", "is_anime", "is_enabled")
        if (value := getattr(change, name)) is not None
    }
    return replace(setup, **flags)


def allowed_address(address: str) -> str:
    """The one spelling of an address that may be asked. Raises Invalid."""
    plain = plain_address(address, "http://radarr.lan:7878", "API key")
    if is_link_local(urlsplit(plain).hostname or ""):
        raise Invalid("address is not one of this link alone.", field="address")
    return plain


def plain_key(api_key: str) -> str:
    """Raises Invalid."""
    try:
        return plain_token(api_key)
    except Invalid as exc:
        message = exc.message.replace("token", "api_key", 1)
        raise Invalid(message, field="api_key") from exc


def plain_name(name: str) -> str:
    """Raises Invalid."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Invalid(f"name has 1 to {LONGEST_NAME} characters.", field="name")
    return name


def plain_standard(choices: Choices) -> Choices:
    """Whole ones: with a profile and a folder. Raises Invalid."""
    plain = plain_choices(choices, "defaults")
    if not plain.profile_id or not plain.folder:
        raise Invalid("defaults have a profile_id and a folder.", field="defaults")
    return plain


def plain_choices(choices: Choices, field: str) -> Choices:
    """Raises Invalid."""
    folder = choices.folder.strip()
    tags = tuple(dict.fromkeys(each.strip().lower() for each in choices.tags))
    if not 0 <= choices.profile_id <= _LARGEST_ID:
        raise Invalid(f"{field}.profile_id is one of its profiles.", field=field)
    if len(folder) > LONGEST_FOLDER or (folder and not folder.isprintable()):
        raise Invalid(
            f"{field}.folder has at most {LONGEST_FOLDER} characters.", field=field
        )
    if len(tags) > MOST_TAGS or not all(map(_is_tag, tags)):
        raise Invalid(
            f"{field}.tags are at most {MOST_TAGS}, of 1 to {LONGEST_TAG} characters.",
            field=field,
        )
    return Choices(None, choices.profile_id, folder, tags)


def _is_tag(tag: str) -> bool:
    return 1 <= len(tag) <= LONGEST_TAG and tag.isprintable()
