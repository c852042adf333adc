"""Notifications and their preferences in the words of the contract."""

import re
from collections.abc import Collection, Sequence
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from kit.errors import Invalid
from medianest.media.v1 import notifications_pb2
from services.media.domain.telling.errors import NewsUnknown, NotificationMissing
from services.media.domain.telling.inbox import Notification
from services.media.domain.telling.news import Channel, News
from services.media.domain.telling.preferences import Change, Preferences
from services.media.domain.telling.quiet import QuietHours
from services.media.rpc.request_wire import time_to_wire

_MOST_IDS = 100
_MOST_CHOICES = 100
_LONGEST_ZONE = 64
_LONGEST_DETAIL = 500
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_NEWS = {each.value: each for each in News}


def notification_to_wire(each: Notification) -> notifications_pb2.Notification:
    return notifications_pb2.Notification(
        id=str(each.id),
        type=each.news.value,
        words=each.words,
        detail=each.detail[:_LONGEST_DETAIL],
        title_id=each.title_id,
        request_id=each.request_id,
        report_id=each.report_id,
        link=each.link,
        created_at=time_to_wire(each.created_at),
        read_at=None if each.read_at is None else time_to_wire(each.read_at),
    )


def preferences_to_wire(
    preferences: Preferences, open_to_them: Collection[News]
) -> notifications_pb2.NotificationPreferences:
    quiet = preferences.quiet
    return notifications_pb2.NotificationPreferences(
        choices=[_choice(each, preferences.channels(each)) for each in open_to_them],
        quiet_hours=None if quiet is None else _quiet_to_wire(quiet),
    )


def _choice(
    news: News, channels: Collection[Channel]
) -> notifications_pb2.NotificationChoice:
    return notifications_pb2.NotificationChoice(
        type=news.value,
        in_app=Channel.IN_APP in channels,
        email=Channel.EMAIL in channels,
        targets=Channel.TARGETS in channels,
    )


def _quiet_to_wire(quiet: QuietHours) -> notifications_pb2.QuietHours:
    return notifications_pb2.QuietHours(
        to=quiet.until.strftime("%H:%M"),
        time_zone=quiet.zone.key,
        **{"from": quiet.since.strftime("%H:%M")},
    )


def change_from_wire(
    request: notifications_pb2.UpdateNotificationPreferencesRequest,
) -> Change:
    """Raises Invalid and NewsUnknown."""
    if len(request.choices) > _MOST_CHOICES:
        raise Invalid(f"choices has at most {_MOST_CHOICES} entries.", field="choices")
    choices = {}
    for each in request.choices:
        news = _NEWS.get(each.type)
        if news is None:
            raise NewsUnknown
        if news in choices:
            raise Invalid(f"{each.type} is chosen twice.", field="choices")
        choices[news] = _channels(each)
    if not request.HasField("quiet_hours"):
        return Change(choices)
    quiet = _quiet_from_wire(request.quiet_hours)
    return Change(choices, sets_quiet=True, quiet=quiet)


def _channels(choice: notifications_pb2.NotificationChoice) -> frozenset[Channel]:
    chosen = {
        Channel.IN_APP: choice.in_app,
        Channel.EMAIL: choice.email,
        Channel.TARGETS: choice.targets,
    }
    return frozenset(channel for channel, wanted in chosen.items() if wanted)


def _quiet_from_wire(hours: notifications_pb2.QuietHours) -> QuietHours | None:
    begins: str = getattr(hours, "from")
    if not begins and not hours.to:
        return None
    since = _time(begins, "quiet_hours.from")
    until = _time(hours.to, "quiet_hours.to")
    if since == until:
        raise Invalid(
            "Quiet hours end at another time than they begin.", field="quiet_hours.to"
        )
    return QuietHours(since, until, _zone(hours.time_zone))


def _time(text: str, field: str) -> time:
    if _TIME.fullmatch(text):
        return time.fromisoformat(text)
    raise Invalid("A time of day is written as 22:00.", field=field)


# Lie among the zones, and say what this machine is set to.
_OF_THE_MACHINE = frozenset({"localtime", "posixrules"})


def _zone(text: str) -> ZoneInfo:
    try:
        # It is looked for among files: a folder's name is none of a zone.
        is_name = 0 < len(text) <= _LONGEST_ZONE and "\0" not in text
        if is_name and text not in _OF_THE_MACHINE:
            return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise Invalid(
        "time_zone is the name of a time zone, as Europe/Berlin.",
        field="quiet_hours.time_zone",
    )


def notification_id_from_wire(text: str) -> UUID:
    """What is no id is no notification's id either."""
    found = _uuid(text)
    if found is None:
        raise NotificationMissing
    return found


def ids_from_wire(texts: Sequence[str]) -> list[UUID]:
    """Raises Invalid."""
    found = [each for each in map(_uuid, texts[: _MOST_IDS + 1]) if each is not None]
    if not 0 < len(found) <= _MOST_IDS or len(found) < len(texts):
        raise Invalid(f"ids are those of 1 to {_MOST_IDS} notifications.", field="ids")
    return found


def _uuid(text: str) -> UUID | None:
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None
