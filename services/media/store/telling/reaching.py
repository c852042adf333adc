"""How people's own targets are reached, by the house's engine and its mail account."""

from dataclasses import replace
from typing import Protocol
from uuid import UUID, uuid4

from kit.clock import Clock
from kit.delivery.message import Message, Sending, Target, TargetRefused
from kit.delivery.settings import (
    EMAIL,
    AppriseSettings,
    MailSettings,
    WebhookSettings,
)
from services.media.domain.notifying.targets import MOST_TARGETS, AppriseInvalid
from services.media.domain.telling.own_targets import (
    NoMailAccount,
    OwnKind,
    OwnTarget,
)
from services.media.store.notification_targets import PostgresNotificationTargets
from services.media.store.telling.own_targets import PostgresOwnTargets

OWN_WEBHOOK = "own webhook"
OWN_APPRISE = "own apprise"
"""Kinds of channels that lead to nowhere in this house, whatever the house's own do."""
_TEMPLATE = (
    '{"notification_type": "{{notification_type}}", "event": "{{event}}",'
    ' "subject": "{{subject}}", "message": "{{message}}", "link": "{{link}}"}'
)


class Sender(Protocol):
    async def send(self, target: Target, sending: Sending) -> None: ...


class UrlJudge(Protocol):
    async def ensure_known(self, url: str) -> None: ...


class EveryTarget:
    """People's own targets and the house's, for the engine. Mail to people goes by the
    account of the house's first target by e-mail that is switched on."""

    def __init__(
        self, own: PostgresOwnTargets, house: PostgresNotificationTargets
    ) -> None:
        self._own = own
        self._house = house

    async def find(self, target_id: UUID) -> Target:
        """Raises TargetRefused."""
        owned = await self._own.owned(target_id)
        if owned is None:
            return await self._house.find(target_id)
        if not (owned.enabled and owned.confirmed):
            raise TargetRefused("It is switched off, or was not confirmed.")
        return await self.of(owned)

    async def of(self, owned: OwnTarget) -> Target:
        """Raises TargetRefused."""
        if owned.kind is OwnKind.WEBHOOK:
            webhook = WebhookSettings(owned.address, _TEMPLATE, owned.secret)
            return Target(owned.id, OWN_WEBHOOK, webhook)
        if owned.kind is OwnKind.APPRISE:
            return Target(owned.id, OWN_APPRISE, AppriseSettings(owned.address))
        account = await self.mail_account()
        if account is None:
            raise TargetRefused(NoMailAccount().message)
        return Target(owned.id, EMAIL, replace(account, recipients=(owned.address,)))

    async def mail_account(self) -> MailSettings | None:
        for each in await self._house.page(None, MOST_TARGETS):
            if each.enabled and isinstance(each.settings, MailSettings):
                return each.settings
        return None


class OwnMessenger:
    def __init__(
        self, targets: EveryTarget, sender: Sender, judge: UrlJudge, clock: Clock
    ) -> None:
        self._targets = targets
        self._sender = sender
        self._judge = judge
        self._clock = clock

    async def ensure_reachable(self, target: OwnTarget) -> None:
        if target.kind is OwnKind.EMAIL and await self._targets.mail_account() is None:
            raise NoMailAccount
        if target.kind is OwnKind.APPRISE:
            try:
                await self._judge.ensure_known(target.address)
            except TargetRefused as exc:
                raise AppriseInvalid(exc.message, field="address") from exc

    async def send_now(self, target: OwnTarget, message: Message) -> None:
        sending = Sending(uuid4(), self._clock.now(), message)
        await self._sender.send(await self._targets.of(target), sending)
