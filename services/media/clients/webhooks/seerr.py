"""What Overseerr, Jellyseerr and Seerr post, with the payload that they have by
default. Who requests there is somebody there: no request is made of it here."""

from services.media.clients.webhooks.payloads import Payload
from services.media.domain.webhooks.deliveries import (
    About,
    DeliveryUnreadable,
    Look,
    Said,
)

_LOOKS = {"MEDIA_AVAILABLE": Look.LIBRARIES}
_NOTED = {
    "TEST_NOTIFICATION",
    "MEDIA_PENDING",
    "MEDIA_APPROVED",
    "MEDIA_AUTO_APPROVED",
    "MEDIA_AUTO_REQUESTED",
    "MEDIA_DECLINED",
    "MEDIA_FAILED",
    "ISSUE_CREATED",
    "ISSUE_COMMENT",
    "ISSUE_RESOLVED",
    "ISSUE_REOPENED",
}
_KINDS = {"movie": True, "tv": False}
_LONGEST_MESSAGE = 1_000


def seerr_said(payload: bytes) -> Said:
    """Raises DeliveryUnreadable."""
    said = Payload.read(payload)
    event = said.word("notification_type")
    if not event:
        raise DeliveryUnreadable(
            "It names no notification_type. Reset the payload to its default there."
        )
    lines = [said.text("subject"), said.text("message")]
    return Said(
        event,
        _LOOKS.get(event, Look.NOWHERE),
        _about(said.inner("media")),
        "\n".join(line for line in lines if line)[:_LONGEST_MESSAGE],
        is_known=event in _LOOKS or event in _NOTED,
    )


def _about(media: Payload) -> About | None:
    is_movie = _KINDS.get(media.word("media_type"))
    if is_movie is None:
        return None
    about = About(is_movie, media.number("tmdbId"), media.number("tvdbId"))
    return about if about.tmdb_id or about.tvdb_id else None
