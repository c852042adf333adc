"""The house's own targets: who outside is told what happens in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.delivery.message import Sending, Target, TargetRefused
from kit.delivery.settings import (
    APPRISE,
    EMAIL,
    WEBHOOK,
    AppriseSettings,
    MailSettings,
    WebhookSettings,
)
from kit.delivery.template import ensure_template
from kit.errors import Invalid, Missing, Refused, Unavailable
from kit.hosts import is_host, is_link_local
from kit.ids import uuid7
from services.media.domain.notifying.news import (
    DEFAULT_TEMPLATE,
    EVENT_TYPES,
    TEST_MESSAGE,
    VARIABLES,
)

MOST_TARGETS = 100
_MOST_RECIPIENTS = 20
_MOST_TYPES = 20

UNREADABLE = (
    "Its secrets cannot be read any more: bring the sealing key back, or enter them"
    " again."
)

Settings = WebhookSettings | MailSettings | AppriseSettings
KINDS: dict[type[Settings], str] = {
    WebhookSettings: WEBHOOK,
    MailSettings: EMAIL,
    AppriseSettings: APPRISE,
}


class TargetMissing(Missing):
    reason = "notification_target_missing"


class TooManyTargets(Refused):
    reason = "too_many_targets"


class EventTypeUnknown(Invalid):
    reason = "event_type_unknown"


class AppriseInvalid(Invalid):
    reason = "apprise_invalid"


class SecretRequired(Invalid):
    reason = "secret_required"


@dataclass(frozen=True, slots=True)
class NotificationTarget:
    id: UUID
    name: str
    enabled: bool
    event_types: tuple[str, ...]
    settings: Settings
    created_at: datetime
    version: int = 1
    is_readable: bool = True
    """Its secrets are. If not, they are missing from the settings, and stay as they are
    where they are kept: their key may come back."""

    @property
    def kind(self) -> str:
        return KINDS[type(self.settings)]

    def target(self) -> Target:
        return Target(self.id, self.kind, self.settings)


@dataclass(frozen=True, slots=True)
class TargetChange:
    """What is to be another. None stays as it is."""

    name: str | None = None
    enabled: bool | None = None
    event_types: tuple[str, ...] | None = None
    settings: Settings | None = None
    kept: frozenset[str] = frozenset()
    """Secrets of the settings that stay as they are, by name."""


@dataclass(frozen=True, slots=True)
class TestAnswer:
    delivered: bool
    words: str


class StoredTargets(Protocol):
    async def add(
        self, target: NotificationTarget, by: Caller, once: Once
    ) -> NotificationTarget:
        """The target; what was added before, when the same was asked before. Raises
        TooManyTargets, TargetMissing for what was removed since, and KeyReused."""

    async def read(self, target_id: UUID) -> NotificationTarget:
        """Raises TargetMissing."""

    async def page(
        self, after: tuple[datetime, UUID] | None, size: int
    ) -> Sequence[NotificationTarget]:
        """At most so many, the oldest first, behind a time and an id."""

    async def change(self, target: NotificationTarget) -> NotificationTarget:
        """Put it in the place of its version; of one that is not readable, all but its
        secrets. Raises TargetMissing and VersionChanged."""

    async def remove(self, target_id: UUID, if_version: int) -> None:
        """With what waits for it, and its log. Raises TargetMissing and
        VersionChanged."""


class Sender(Protocol):
    async def send(self, target: Target, sending: Sending) -> None:
        """Now. Raises TargetRefused and Unavailable."""


class UrlJudge(Protocol):
    async def ensure_known(self, url: str) -> None:
        """Raises TargetRefused for what is no URL of apprise's, or may not be."""


class Targets:
    def __init__(
        self, stored: StoredTargets, sender: Sender, judge: UrlJudge, clock: Clock
    ) -> None:
        self._stored = stored
        self._sender = sender
        self._judge = judge
        self._clock = clock

    async def add(
        self,
        name: str,
        enabled: bool,
        event_types: Sequence[str],
        settings: Settings,
        by: Caller,
        once: Once,
    ) -> NotificationTarget:
        now = self._clock.now()
        target = NotificationTarget(
            uuid7(now),
            _name(name),
            enabled,
            _event_types(event_types),
            await self._sound(settings),
            now,
        )
        return await self._stored.add(target, by, once)

    async def change(
        self, target_id: UUID, change: TargetChange, if_version: int
    ) -> NotificationTarget:
        old = await self._stored.read(target_id)
        new = replace(old, version=if_version or old.version)
        if change.name is not None:
            new = replace(new, name=_name(change.name))
        if change.enabled is not None:
            new = replace(new, enabled=change.enabled)
        if change.event_types is not None:
            new = replace(new, event_types=_event_types(change.event_types))
        if change.settings is not None:
            settings = _with_kept(change.settings, change.kept, old)
            sound = await self._sound(settings)
            new = replace(new, settings=sound, is_readable=True)
        return await self._stored.change(new)

    async def remove(self, target_id: UUID, if_version: int) -> None:
        await self._stored.remove(target_id, if_version)

    async def try_out(self, target_id: UUID) -> TestAnswer:
        """What the target says to a test message."""
        target = await self._stored.read(target_id)
        if not target.is_readable:
            return TestAnswer(False, UNREADABLE)
        sending = Sending(uuid4(), self._clock.now(), TEST_MESSAGE)
        try:
            await self._sender.send(target.target(), sending)
        except (TargetRefused, Unavailable) as exc:
            return TestAnswer(False, exc.message)
        return TestAnswer(True, "")

    async def _sound(self, settings: Settings) -> Settings:
        """As it is kept. Raises Invalid for what nobody could be told by."""
        if isinstance(settings, WebhookSettings):
            return _sound_webhook(settings)
        if isinstance(settings, MailSettings):
            return _sound_mail(settings)
        _ensure_text(settings.url, 2000, "apprise.url", least=1)
        try:
            await self._judge.ensure_known(settings.url)
        except TargetRefused as exc:
            raise AppriseInvalid(exc.message, field="apprise.url") from exc
        return settings


def _sound_webhook(settings: WebhookSettings) -> WebhookSettings:
    _ensure_text(settings.url, 2000, "webhook.url", least=1)
    _ensure_text(settings.secret, 500, "webhook.secret")
    _ensure_text(settings.authorization, 2000, "webhook.authorization")
    if not settings.authorization.isascii():
        raise Invalid(
            "authorization takes plain letters and signs.",
            field="webhook.authorization",
        )
    try:
        parts = urlsplit(settings.url)
        is_one = parts.scheme in {"http", "https"} and is_host(parts.hostname or "")
        is_one = is_one and parts.port != 0 and " " not in settings.url
    except ValueError:
        is_one = False
    if not is_one:
        raise Invalid("url is a whole address: https://…", field="webhook.url")
    _ensure_not_link_local(parts.hostname or "", "webhook.url")
    if parts.username is not None or parts.password is not None:
        raise Invalid(
            "url has no name or password: authorization is for that.",
            field="webhook.url",
        )
    template = settings.template.strip() or DEFAULT_TEMPLATE
    ensure_template(template, VARIABLES, "webhook.template")
    return replace(settings, template=template)


def _sound_mail(settings: MailSettings) -> MailSettings:
    _ensure_text(settings.host, 253, "email.host", least=1)
    _ensure_text(settings.username, 200, "email.username")
    _ensure_text(settings.password, 1000, "email.password")
    _ensure_address(settings.sender, "email.sender")
    if not 1 <= len(settings.recipients) <= _MOST_RECIPIENTS:
        raise Invalid(
            f"recipients are 1 to {_MOST_RECIPIENTS}.", field="email.recipients"
        )
    for each in settings.recipients:
        _ensure_address(each, "email.recipients")
    if not is_host(settings.host):
        raise Invalid("host is a name or an address.", field="email.host")
    _ensure_not_link_local(settings.host, "email.host")
    if not 1 <= settings.port <= 65535:  # noqa: PLR2004
        raise Invalid("port is 1 to 65535, or 0.", field="email.port")
    return replace(settings, recipients=tuple(dict.fromkeys(settings.recipients)))


def _ensure_not_link_local(host: str, field: str) -> None:
    if is_link_local(host.strip("[]")):
        raise Invalid(
            "Addresses of this link alone (169.254.…, fe80:…) are never told anything.",
            field=field,
        )


def _ensure_address(text: str, field: str) -> None:
    _ensure_text(text, 254, field, least=3)
    name, at, host = text.partition("@")
    refused = any(sign.isspace() or sign in '<>,;"' for sign in text)
    if not (name and at and host) or "@" in host or refused:
        raise Invalid("That is no e-mail address.", field=field)


def _ensure_text(text: str, longest: int, field: str, least: int = 0) -> None:
    if not least <= len(text) <= longest:
        raise Invalid(f"{field} has {least} to {longest} characters.", field=field)
    if not text.isprintable():
        raise Invalid(f"{field} is one line of text.", field=field)


def _name(text: str) -> str:
    name = text.strip()
    _ensure_text(name, 100, "name", least=1)
    return name


def _event_types(types: Sequence[str]) -> tuple[str, ...]:
    if len(types) > _MOST_TYPES:
        raise Invalid(f"event_types are at most {_MOST_TYPES}.", field="event_types")
    for each in types:
        if each not in EVENT_TYPES:
            raise EventTypeUnknown(
                f"event_types are of {', '.join(EVENT_TYPES)}.", field="event_types"
            )
    return tuple(dict.fromkeys(types))


def _with_kept(
    new: Settings, kept: frozenset[str], target: NotificationTarget
) -> Settings:
    """With the secrets that stay as they are. Raises SecretRequired."""
    old = target.settings
    if type(new) is not type(old):
        return new
    if kept and not target.is_readable:
        raise SecretRequired(UNREADABLE, field=f"{KINDS[type(new)]}.{min(kept)}")
    values = {name: str(getattr(old, name)) for name in kept if getattr(old, name)}
    if values and _place(new) != _place(old):
        # Or whoever may change the address could have it sent to them.
        name = f"{KINDS[type(new)]}.{min(values)}"
        raise SecretRequired("Another address takes the secret again.", field=name)
    changes: dict[str, Any] = dict(values)
    return replace(new, **changes)


def _place(settings: Settings) -> object:
    """Where the secrets go."""
    if isinstance(settings, WebhookSettings):
        parts = settings.url.split("/", 3)
        return parts[:3]
    if isinstance(settings, MailSettings):
        return settings.host, settings.port, settings.security, settings.any_certificate
    return None
