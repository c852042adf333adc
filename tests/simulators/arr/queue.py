"""What is being downloaded, and what goes wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Said = dict[str, Any]
GIB = 2**30


@dataclass
class Row:
    """What the queue says of one film, or of one episode of a download."""

    id: int
    of: int
    """The film, or the series."""
    episode: int | None = None


@dataclass
class Download:
    """One release that a download client fetches."""

    id: str
    name: str
    size: int
    rows: list[Row]
    left: int = 0
    timeleft: str | None = None
    """As hh:mm:ss, with days as d.hh:mm:ss."""
    ends_at: str | None = None
    status: str = "downloading"
    tracked: str = "ok"
    state: str = "downloading"
    messages: list[Said] = field(default_factory=list)
    error: str | None = None
    client: str = "qBittorrent"

    def progress(
        self, percent: float, timeleft: str | None = None, ends_at: str | None = None
    ) -> None:
        """It goes on, and has so much of it."""
        self.left = round(self.size * (100 - percent) / 100)
        self.timeleft, self.ends_at = timeleft, ends_at
        self.status, self.tracked, self.state = "downloading", "ok", "downloading"
        self.messages, self.error = [], None

    def pause(self) -> None:
        self.status, self.timeleft, self.ends_at = "paused", None, None

    def stall(self) -> None:
        """Nobody sends any more of it."""
        self.status, self.timeleft, self.ends_at = "warning", None, None
        self.error = "The download is stalled with no connections"

    def stick(self, *messages: str) -> None:
        """It is all here, and cannot be imported."""
        self.left, self.timeleft, self.ends_at = 0, "00:00:00", None
        self.status, self.tracked, self.state = "completed", "warning", "importPending"
        self.messages = [{"title": self.name, "messages": list(messages)}]

    def fail(self, why: str) -> None:
        self.status, self.tracked, self.state = "failed", "error", "failedPending"
        self.error = why

    def told(self) -> Said:
        """What the rows of both kinds of server share."""
        said: Said = {
            "size": self.size,
            "title": self.name,
            "sizeleft": self.left,
            "status": self.status,
            "trackedDownloadStatus": self.tracked,
            "trackedDownloadState": self.state,
            "statusMessages": self.messages,
            "downloadId": self.id,
            "protocol": "torrent",
            "downloadClient": self.client,
            "indexer": "Simulated",
            "outputPath": f"/downloads/{self.name}",
            "quality": quality(),
            "customFormats": [],
        }
        told = {
            "timeleft": self.timeleft,
            "estimatedCompletionTime": self.ends_at,
            "errorMessage": self.error,
        }
        return said | {key: value for key, value in told.items() if value is not None}


class Queue:
    def __init__(self) -> None:
        self.downloads: list[Download] = []
        self._last = 1_503_378_560

    def start(
        self, of: int, name: str, size: int, episodes: list[int] | None = None
    ) -> Download:
        rows = [Row(self._next(), of, each) for each in episodes or [None]]
        download = Download(f"{self._next():040X}", name, size, rows, left=size)
        self.downloads.append(download)
        return download

    def end(self, download: Download) -> None:
        self.downloads.remove(download)

    def page(self, page: int, size: int, tell: Callable[[Download, Row], Said]) -> Said:
        records = [tell(each, row) for each in self.downloads for row in each.rows]
        return {
            "page": page,
            "pageSize": size,
            "sortKey": "timeleft",
            "sortDirection": "ascending",
            "totalRecords": len(records),
            "records": records[(page - 1) * size : page * size],
        }

    def _next(self) -> int:
        self._last += 1
        return self._last


def quality() -> Said:
    return {
        "quality": {
            "id": 7,
            "name": "Bluray-1080p",
            "source": "bluray",
            "resolution": 1080,
        },
        "revision": {"version": 1, "real": 0, "isRepack": False},
    }
