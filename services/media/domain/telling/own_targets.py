"""By what somebody is reached outside of the house: mailboxes, webhooks, and what
apprise reaches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import Protocol
from urllib.parse import urlsplit
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.delivery.message import Message
from kit.errors import Failure, Invalid, Missing, Refused, VersionChanged
from kit.hosts import is_host, is_link_local
from kit.ids import uuid7
from services.media.domain.notifying.targets import SecretRequired
from services.media.domain.telling.mailboxes import Code, letter
from services.media.domain.telling.news import Channel

MOST_EACH = 10
_MAILBOX = re.compile(r"""[^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,189}""")


class OwnKind(Enum):
    EMAIL = "EMAIL"
    WEBHOOK = "WEBHOOK"
    APPRISE = "APPRISE"


CHANNEL_OF = {
    OwnKind.EMAIL: Channel.EMAIL,
    OwnKind.WEBHOOK: Channel.TARGETS,
    OwnKind.APPRISE: Channel.TARGETS,
}
TEST = Message(
    "test.notification",
    "MediaNest",
    "This is a test: you are reached here.",
    "Test",
)


class OwnTargetMissing(Missing):
    reason = "notification_target_missing"

    def __init__(self) -> None:
        super().__init__("You have no such target.")


class TooManyOwnTargets(Refused):
    reason = "too_many_targets"

    def __init__(self) -> None:
        super().__init__(f"You have {MOST_EACH} targets. Remove one first.")


class NoMailAccount(Refused):
    reason = "mail_account_missing"

    def __init__(self) -> None:
        super().__init__(
            "This house sends no mail: an admin adds a target by e-mail, whose account"
            " does."
        )


@dataclass(frozen=True, slots=True)
class OwnTarget:
    id: UUID
    owner: str
    kind: OwnKind
    name: str
    created_at: datetime
    address: str = field(repr=False)
    """A mailbox, or a URL, which may hold secrets."""
    secret: str = field(default="", repr=False)
    """What a webhook is signed with. Empty: it is not signed."""
    enabled: bool = True
    confirmed: bool = True
    """Whether it is known to be theirs, or need not be."""
    version: int = 1

    @property
    def hint(self) -> str:
        """As much of the address as may be shown again."""
        if self.kind is OwnKind.EMAIL:
            return self.address
        scheme, _, rest = self.address.partition("://")
        if self.kind is OwnKind.APPRISE:
            return f"{scheme}://…"
        host = rest.partition("/")[0].partition("?")[0].rpartition("@")[2]
        return f"{scheme}://{host}/…"

    def changed(self, change: "OwnChange") -> "OwnTarget":
        """Raises Invalid and SecretRequired."""
        new = self
        if change.name is not None:
            new = replace(new, name=_line(change.name.strip(), 1, 100, "name"))
        if change.enabled is not None:
            new = replace(new, enabled=change.enabled)
        if change.secret is not None:
            new = replace(new, secret=_line(change.secret, 0, 500, "secret"))
        if change.address is not None:
            new = replace(new, address=_address(self.kind, change.address.strip()))
            is_elsewhere = new.hint != self.hint
            if is_elsewhere and self.secret and change.secret is None:
                # Or whoever may change the address could have it used for theirs.
                raise SecretRequired(
                    "Another host takes the secret again.", field="secret"
                )
            if is_elsewhere and self.kind is OwnKind.EMAIL:
                new = replace(new, confirmed=False)
        return new


@dataclass(frozen=True, slots=True)
class OwnChange:
    """What is to be another. None stays as it is."""

    name: str | None = None
    enabled: bool | None = None
    address: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


class OwnTargets(Protocol):
    """What there must be of them. Nobody gets at another's."""

    async def add(self, target: OwnTarget, once: Once) -> OwnTarget:
        """Raises TooManyOwnTargets, KeyReused and PersonGone."""

    async def all_of(self, owner: str) -> Sequence[OwnTarget]:
        """The oldest first."""

    async def find(self, owner: str, target_id: UUID) -> OwnTarget:
        """Raises OwnTargetMissing."""

    async def change(self, target: OwnTarget) -> OwnTarget:
        """Put it in the place of its version; a code that was sent to it is good no
        more when it is not confirmed. Raises OwnTargetMissing and VersionChanged."""

    async def remove(self, owner: str, target_id: UUID) -> None:
        """With what waits for it. Raises OwnTargetMissing."""

    async def count_try(
        self, target: OwnTarget, code: Code | None, now: datetime
    ) -> None:
        """Of something that is sent to a mailbox, with the code in it, which is then
        the one that counts. Raises TooManyTries and VersionChanged."""

    async def confirm(self, target: OwnTarget, code: str, now: datetime) -> OwnTarget:
        """Raises OwnTargetMissing, VersionChanged and CodeWrong."""


class Messenger(Protocol):
    async def ensure_reachable(self, target: OwnTarget) -> None:
        """Raises NoMailAccount, Invalid for an address that is none, and Unavailable
        when nobody can say so now."""

    async def send_now(self, target: OwnTarget, message: Message) -> None:
        """Raises TargetRefused and Unavailable."""


class Reaching:
    """One's own targets."""

    def __init__(self, targets: OwnTargets, messenger: Messenger, clock: Clock) -> None:
        self._targets = targets
        self._messenger = messenger
        self._clock = clock

    async def add(
        self, wanted: tuple[OwnKind, str, str, str], once: Once, by: Caller
    ) -> OwnTarget:
        """Of a kind, with a name, an address and a secret. Raises Invalid,
        TooManyOwnTargets, NoMailAccount, KeyReused and PersonGone."""
        kind, name, address, secret = wanted
        now = self._clock.now()
        made = OwnTarget(
            uuid7(now),
            by.user_id,
            kind,
            _line(name.strip(), 1, 100, "name"),
            now,
            _address(kind, address.strip()),
            _line(secret, 0, 500, "secret"),
            confirmed=kind is not OwnKind.EMAIL,
        )
        await self._messenger.ensure_reachable(made)
        return await self._targets.add(made, once)

    async def all_of(self, caller: Caller) -> Sequence[OwnTarget]:
        return await self._targets.all_of(caller.user_id)

    async def change(
        self, target_id: UUID, change: OwnChange, if_version: int, by: Caller
    ) -> OwnTarget:
        """Raises Invalid, SecretRequired, NoMailAccount, OwnTargetMissing and
        VersionChanged."""
        old = await self._targets.find(by.user_id, target_id)
        if if_version not in {0, old.version}:
            raise VersionChanged
        new = old.changed(change)
        if change.address is not None:
            await self._messenger.ensure_reachable(new)
        return await self._targets.change(new)

    async def confirm(
        self, target_id: UUID, code: str, if_version: int, by: Caller
    ) -> OwnTarget:
        """Raises OwnTargetMissing, VersionChanged and CodeWrong."""
        target = await self._targets.find(by.user_id, target_id)
        if if_version not in {0, target.version}:
            raise VersionChanged
        return await self._targets.confirm(target, code, self._clock.now())

    async def remove(self, target_id: UUID, by: Caller) -> None:
        """Raises OwnTargetMissing."""
        await self._targets.remove(by.user_id, target_id)

    async def test(self, target_id: UUID, by: Caller) -> str:
        """What was said of it when it went wrong; empty: it went well. A mailbox that
        is not confirmed gets a code. Raises OwnTargetMissing, TooManyTries and
        VersionChanged."""
        target = await self._targets.find(by.user_id, target_id)
        message = TEST
        if target.kind is OwnKind.EMAIL:
            now = self._clock.now()
            code = None if target.confirmed else Code.new(now)
            await self._targets.count_try(target, code, now)
            message = letter(code) if code else TEST
        try:
            await self._messenger.send_now(target, message)
        except Failure as exc:
            return exc.message
        return ""


def _address(kind: OwnKind, text: str) -> str:
    """Raises Invalid."""
    if any(sign.isspace() for sign in _line(text, 3, 2000, "address")):
        raise Invalid("An address has no blanks.", field="address")
    if kind is OwnKind.EMAIL and not _MAILBOX.fullmatch(text):
        raise Invalid("That is no e-mail address.", field="address")
    if kind is OwnKind.WEBHOOK and not _is_web(text):
        raise Invalid(
            "address is a whole one, without a name or password: https://…",
            field="address",
        )
    if kind is OwnKind.WEBHOOK and is_link_local(urlsplit(text).hostname or ""):
        raise Invalid(
            "Addresses of this link alone (169.254.…, fe80:…) are never told anything.",
            field="address",
        )
    if kind is OwnKind.APPRISE and "://" not in text:
        raise Invalid("address is a URL of apprise's: ntfy://…", field="address")
    return text


def _is_web(text: str) -> bool:
    try:
        parts = urlsplit(text)
        is_whole = is_host(parts.hostname or "") and parts.port != 0
    except ValueError:
        return False
    return is_whole and parts.scheme in {"http", "https"} and "@" not in parts.netloc


def _line(text: str, least: int, most: int, field: str) -> str:
    if not least <= len(text) <= most:
        raise Invalid(f"{field} has {least} to {most} characters.", field=field)
    if not text.isprintable():
        raise Invalid(f"{field} is one line of text.", field=field)
    return text
