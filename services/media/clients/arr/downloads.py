"""Rows of a queue, as downloads."""

from services.media.clients.arr.said import (
    Said,
    id_of,
    inner,
    moment,
    plain,
    text,
    whole,
)
from services.media.domain.fulfilling.fulfiller import Download

_MOST_PROBLEMS = 10
_STALLED = "stalled"


def download(
    said: Said, of: str, season: int | None = None, episode: int | None = None
) -> Download:
    """`of` is the field that names the film or the series."""
    size, error = whole(said, "size"), text(said, "errorMessage")
    tracked, status = text(said, "trackedDownloadState", 50), text(said, "status", 50)
    is_moving = tracked in {"", "downloading"}
    return Download(
        remote_id=id_of(said, of),
        # What a client has not taken yet has no name there.
        download_id=text(said, "downloadId") or f"queue-{id_of(said)}",
        name=text(said, "title"),
        state=status if is_moving else tracked,
        size_bytes=size,
        left_bytes=min(size, whole(said, "sizeleft")),
        ends_at=moment(said, "estimatedCompletionTime"),
        is_stalled=_STALLED in error.casefold(),
        problems=_problems(said, error),
        season=season,
        episode=episode,
        client=text(said, "downloadClient", 100),
    )


def _problems(said: Said, error: str) -> tuple[str, ...]:
    words = [error] if error else []
    for each in inner(said, "statusMessages"):
        told = each.get("messages")
        messages = [plain(one) for one in told] if isinstance(told, list) else []
        # Some say all in the title, and have no messages.
        words += messages or [text(each, "title")]
    return tuple(dict.fromkeys(filter(None, words)))[:_MOST_PROBLEMS]
