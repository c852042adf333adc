"""What the house's targets are told of, in Overseerr's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kit.delivery.message import Message
from services.media.domain.portal import page_of, whole

REPORTS = "report.*"
EVENT_TYPES = (
    "request.created",
    "request.approved",
    "request.declined",
    "request.available",
    "request.failed",
    REPORTS,
)
"""What a target may be told of."""

_PERSON = (
    "email",
    "username",
    "avatar",
    "settings_discordId",
    "settings_telegramChatId",
)
_PEOPLE = ("notifyuser", "requestedBy", "reportedBy", "commentedBy")
VARIABLES = frozenset(
    {
        "media_type",
        "media_tmdbid",
        "media_tvdbid",
        "media_imdbid",
        "media_status",
        "media_status4k",
        "request_id",
        "issue_id",
        "issue_type",
        "issue_status",
        "comment_message",
    }
    | {f"{who}_{what}" for who in _PEOPLE for what in _PERSON}
)
"""Of templates, beside notification_type, event, subject, message, image, link. What
MediaNest does not keep of somebody (e-mail, avatar, Discord, Telegram) is empty."""

DEFAULT_TEMPLATE = """{
  "notification_type": "{{notification_type}}",
  "event": "{{event}}",
  "subject": "{{subject}}",
  "message": "{{message}}",
  "image": "{{image}}",
  "{{media}}": {
    "media_type": "{{media_type}}",
    "tmdbId": "{{media_tmdbid}}",
    "tvdbId": "{{media_tvdbid}}",
    "status": "{{media_status}}",
    "status4k": "{{media_status4k}}"
  },
  "{{request}}": {
    "request_id": "{{request_id}}",
    "requestedBy_email": "{{requestedBy_email}}",
    "requestedBy_username": "{{requestedBy_username}}",
    "requestedBy_avatar": "{{requestedBy_avatar}}",
    "requestedBy_settings_discordId": "{{requestedBy_settings_discordId}}",
    "requestedBy_settings_telegramChatId": "{{requestedBy_settings_telegramChatId}}"
  },
  "{{issue}}": {
    "issue_id": "{{issue_id}}",
    "issue_type": "{{issue_type}}",
    "issue_status": "{{issue_status}}",
    "reportedBy_email": "{{reportedBy_email}}",
    "reportedBy_username": "{{reportedBy_username}}",
    "reportedBy_avatar": "{{reportedBy_avatar}}",
    "reportedBy_settings_discordId": "{{reportedBy_settings_discordId}}",
    "reportedBy_settings_telegramChatId": "{{reportedBy_settings_telegramChatId}}"
  },
  "{{comment}}": {
    "comment_message": "{{comment_message}}",
    "commentedBy_email": "{{commentedBy_email}}",
    "commentedBy_username": "{{commentedBy_username}}",
    "commentedBy_avatar": "{{commentedBy_avatar}}",
    "commentedBy_settings_discordId": "{{commentedBy_settings_discordId}}",
    "commentedBy_settings_telegramChatId": "{{commentedBy_settings_telegramChatId}}"
  },
  "{{extra}}": []
}"""

TEST_MESSAGE = Message(
    "test",
    "Test notification",
    "This is what MediaNest tells you of.",
    "Test notification",
    variables={"notification_type": "TEST_NOTIFICATION"},
)

_REQUESTS = {
    "request.created": ("MEDIA_PENDING", "New request"),
    "request.approved": ("MEDIA_APPROVED", "Request approved"),
    "request.declined": ("MEDIA_DECLINED", "Request declined"),
    "request.available": ("MEDIA_AVAILABLE", "Request available"),
    "request.failed": ("MEDIA_FAILED", "Request failed"),
}
_AUTO_APPROVED = ("MEDIA_AUTO_APPROVED", "Request automatically approved")
_REPORTS = {
    "report.created": ("ISSUE_CREATED", "New problem report"),
    "report.commented": ("ISSUE_COMMENT", "New comment on a problem report"),
    "report.resolved": ("ISSUE_RESOLVED", "Problem report resolved"),
    "report.reopened": ("ISSUE_REOPENED", "Problem report reopened"),
}
_MEDIA_STATUS = {
    "PENDING": "PENDING",
    "APPROVED": "PROCESSING",
    "AVAILABLE": "AVAILABLE",
}
_MEDIA_TYPE = {"movie": "movie", "series": "tv"}


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """What is told of a title."""

    kind: str = ""
    name: str = ""
    year: int = 0
    overview: str = ""
    poster: str = ""
    """The whole address."""
    tmdb_id: int = 0
    tvdb_id: int = 0
    imdb_id: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened, with what must be known to tell of it."""

    type: str
    key: str
    data: Mapping[str, Any]
    title: TitleFacts
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of users, by their ids."""
    comment: str = ""
    """What it says; empty when it is there no more, or when this is about none."""


def told_as(event_type: str) -> str:
    """As what a target may ask for it. Empty: nobody is told of it."""
    if event_type in _REQUESTS:
        return event_type
    return REPORTS if event_type.startswith("report.") else ""


def message_of(news: News, public_url: str) -> Message:
    """`public_url` is where people open the portal; empty: nobody knows."""
    title = news.title
    name = title.name or str(news.data.get("titleName", ""))
    is_report = news.type.startswith("report.")
    kind, headline = _named(news)
    variables = {
        "notification_type": kind,
        "media_type": _MEDIA_TYPE.get(title.kind, ""),
        "media_tmdbid": str(title.tmdb_id or ""),
        "media_tvdbid": str(title.tvdb_id or ""),
        "media_imdbid": title.imdb_id,
        **(_of_report(news) if is_report else _of_request(news)),
    }
    sections = {"media"} if title.kind else set()
    sections.add("issue" if is_report else "request")
    is_comment = "commentId" in news.data
    if is_comment:
        who = str(news.data.get("by", ""))
        variables["comment_message"] = news.comment
        variables["commentedBy_username"] = news.names.get(who, "")
        sections.add("comment")
    why = str(news.data.get("reason", "")) or title.overview
    return Message(
        news.type,
        f"{name} ({title.year})" if title.year else name,
        news.comment if is_comment else why,
        headline,
        title.poster,
        whole(public_url, page_of(news.type, str(news.data.get("titleId", "")))),
        variables,
        frozenset(sections),
        _extra(news),
    )


def _named(news: News) -> tuple[str, str]:
    if news.type == "request.created" and news.data.get("state") == "APPROVED":
        return _AUTO_APPROVED
    known = _REQUESTS.get(news.type) or _REPORTS.get(news.type)
    return known or ("ISSUE_UPDATED", "Problem report changed")


def _of_request(news: News) -> dict[str, str]:
    who = str(news.data.get("requestedBy", ""))
    status = _MEDIA_STATUS.get(str(news.data.get("state", "")), "UNKNOWN")
    is_4k = bool(news.data.get("is4k"))
    return {
        "request_id": news.key,
        "requestedBy_username": news.names.get(who, ""),
        "notifyuser_username": news.names.get(who, ""),
        "media_status4k" if is_4k else "media_status": status,
    }


def _of_report(news: News) -> dict[str, str]:
    who = str(news.data.get("reportedBy", ""))
    return {
        "issue_id": news.key,
        "issue_type": str(news.data.get("kind", "")),
        "issue_status": str(news.data.get("state", "")),
        "reportedBy_username": news.names.get(who, ""),
        "notifyuser_username": news.names.get(who, ""),
    }


def _extra(news: News) -> tuple[tuple[str, str], ...]:
    seasons = news.data.get("seasons")
    if isinstance(seasons, list) and seasons:
        return (("Requested Seasons", ", ".join(map(str, seasons))),)
    return ()
