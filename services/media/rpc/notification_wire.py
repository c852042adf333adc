"""Targets and deliveries in the words of the contract. Secrets only come in."""

from typing import TypeVar

from google.protobuf.message import Message

from kit.delivery.message import DeliveryState, LoggedDelivery
from kit.delivery.settings import (
    AppriseSettings,
    MailSecurity,
    MailSettings,
    WebhookSettings,
)
from kit.errors import Invalid
from medianest.media.v1 import notification_targets_pb2 as pb
from services.media.domain.notifying.targets import NotificationTarget, Settings
from services.media.rpc.sources import timestamp

SECURITY_TO_WIRE = {
    MailSecurity.STARTTLS: pb.EmailChannel.STARTTLS,
    MailSecurity.TLS: pb.EmailChannel.TLS,
    MailSecurity.NONE: pb.EmailChannel.NONE,
}
_SECURITY_FROM_WIRE = {wire: each for each, wire in SECURITY_TO_WIRE.items()}
_PORTS = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
STATE_TO_WIRE = {
    DeliveryState.WAITING: pb.NotificationDelivery.WAITING,
    DeliveryState.SENT: pb.NotificationDelivery.SENT,
    DeliveryState.FAILED: pb.NotificationDelivery.FAILED,
}
_SECRETS = {
    "webhook": ("secret", "authorization"),
    "email": ("password",),
    "apprise": ("url",),
}

_Asked = TypeVar("_Asked", bound=Message)


def target_to_wire(target: NotificationTarget) -> pb.NotificationTarget:
    wire = pb.NotificationTarget(
        id=str(target.id),
        name=target.name,
        enabled=target.enabled,
        event_types=target.event_types,
        created_at=timestamp(target.created_at),
        version=target.version,
    )
    settings = target.settings
    if isinstance(settings, WebhookSettings):
        wire.webhook.url = settings.url
        wire.webhook.template = settings.template
        wire.webhook.has_secret = bool(settings.secret)
        wire.webhook.has_authorization = bool(settings.authorization)
    elif isinstance(settings, MailSettings):
        wire.email.host = settings.host
        wire.email.port = settings.port
        wire.email.security = SECURITY_TO_WIRE[settings.security]
        wire.email.username = settings.username
        wire.email.sender = settings.sender
        wire.email.recipients.extend(settings.recipients)
        wire.email.any_certificate = settings.any_certificate
        wire.email.has_password = bool(settings.password)
    else:
        wire.apprise.scheme = settings.url.partition("://")[0][:50]
    return wire


def delivery_to_wire(delivery: LoggedDelivery) -> pb.NotificationDelivery:
    ended = delivery.ended_at
    return pb.NotificationDelivery(
        id=str(delivery.id),
        event_type=delivery.event,
        subject=delivery.subject,
        state=STATE_TO_WIRE[delivery.state],
        attempts=delivery.attempts,
        words=delivery.words,
        created_at=timestamp(delivery.created_at),
        ended_at=timestamp(ended) if ended else None,
    )


def settings_from_wire(
    wire: pb.NotificationTarget | pb.CreateNotificationTargetRequest, channel: str
) -> tuple[Settings, frozenset[str]]:
    """The settings of that channel, and the names of its secrets that were not given.
    Raises Invalid."""
    given = getattr(wire, channel)
    kept = frozenset(name for name in _SECRETS[channel] if not given.HasField(name))
    if channel == "webhook":
        return _webhook(wire.webhook), kept
    if channel == "email":
        return _email(wire.email), kept
    return AppriseSettings(wire.apprise.url), kept


def without_secrets(request: _Asked) -> _Asked:
    """Of the request a digest is kept, from which a secret could be guessed."""
    told = type(request)()
    told.CopyFrom(request)
    for channel, secrets in _SECRETS.items():
        if told.HasField(channel):
            for name in secrets:
                getattr(told, channel).ClearField(name)
    return told


def _webhook(wire: pb.WebhookChannel) -> WebhookSettings:
    return WebhookSettings(wire.url, wire.template, wire.secret, wire.authorization)


def _email(wire: pb.EmailChannel) -> MailSettings:
    security = _SECURITY_FROM_WIRE.get(wire.security)
    if security is None:
        raise Invalid("security is STARTTLS, TLS or NONE.", field="email.security")
    return MailSettings(
        wire.host,
        wire.port or _PORTS[security],
        security,
        wire.sender,
        tuple(wire.recipients),
        wire.username,
        wire.password,
        wire.any_certificate,
    )
