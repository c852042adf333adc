"""What Radarr (4 to 6) and Sonarr (3 and 4) post: Connect → Webhook."""

from services.media.clients.webhooks.payloads import Payload
from services.media.domain.webhooks.deliveries import (
    About,
    DeliveryUnreadable,
    Look,
    Said,
)

_LONGEST_MESSAGE = 1_000
_UPGRADE = "upgrade"
_LOOKS = {
    "Download": Look.LIBRARIES,
    "Rename": Look.LIBRARIES,
    "MovieFileDelete": Look.REMOVALS,
    "EpisodeFileDelete": Look.REMOVALS,
    "MovieDelete": Look.REMOVALS,
    "SeriesDelete": Look.REMOVALS,
}
_OF_QUEUE = {
    "Grab",
    "Download",
    "ManualInteractionRequired",
    "DownloadFailure",
    "ImportFailure",
}
_NOTED = {
    "Test",
    "Grab",
    "MovieAdded",
    "SeriesAdd",
    "Health",
    "HealthRestored",
    "ApplicationUpdate",
    "ManualInteractionRequired",
    "DownloadFailure",
    "ImportFailure",
}


def radarr_said(payload: bytes) -> Said:
    """Raises DeliveryUnreadable."""
    said = Payload.read(payload)
    movie, remote = said.inner("movie"), said.inner("remoteMovie")
    tmdb_id = movie.number("tmdbId") or remote.number("tmdbId")
    return _said(said, About(is_movie=True, tmdb_id=tmdb_id) if tmdb_id else None)


def sonarr_said(payload: bytes) -> Said:
    """Raises DeliveryUnreadable."""
    said = Payload.read(payload)
    series = said.inner("series")
    about = About(False, series.number("tmdbId"), series.number("tvdbId"))
    return _said(said, about if about.tmdb_id or about.tvdb_id else None)


def _said(said: Payload, about: About | None) -> Said:
    event = said.word("eventType")
    if not event:
        raise DeliveryUnreadable("It names no event: eventType.")
    return Said(
        event,
        _look(said, event),
        about,
        _message(said),
        is_of_queue=event in _OF_QUEUE,
        is_known=event in _LOOKS or event in _NOTED,
    )


def _look(said: Payload, event: str) -> Look:
    look = _LOOKS.get(event, Look.NOWHERE)
    if look is not Look.REMOVALS:
        return look
    if said.word("deleteReason").lower() == _UPGRADE:
        # Another file is there instead, and that is told as well.
        return Look.LIBRARIES
    if event in {"MovieDelete", "SeriesDelete"} and not said.is_true("deletedFiles"):
        return Look.NOWHERE
    return look


def _message(said: Payload) -> str:
    """What is wrong, in its own words."""
    lines = [said.text("message")]
    for each in said.all_inner("downloadStatusMessages"):
        lines += [each.text("title"), *each.texts("messages")]
    return "\n".join(line for line in lines if line)[:_LONGEST_MESSAGE]
