"""What Radarr 5, Sonarr 4 and Overseerr 1.33 post, cut to what matters."""

from typing import Any

Json = dict[str, Any]
MATRIX = {
    "id": 7,
    "title": "The Matrix",
    "year": 1999,
    "tmdbId": 603,
    "imdbId": "tt0133093",
    "folderPath": "/movies/The Matrix (1999)",
}


def radarr(event: str, **more: Any) -> Json:
    remote = {"tmdbId": 603, "title": "The Matrix", "year": 1999}
    return {
        "movie": MATRIX,
        "remoteMovie": remote,
        "eventType": event,
        "instanceName": "Radarr",
        "applicationUrl": "",
        **more,
    }


def sonarr(event: str, **more: Any) -> Json:
    return {
        "series": {
            "id": 3,
            "title": "Severance",
            "titleSlug": "severance",
            "path": "/tv/Severance",
            "tvdbId": 371980,
            "tmdbId": 95396,
            "type": "standard",
        },
        "episodes": [{"id": 9, "episodeNumber": 1, "seasonNumber": 1, "title": "One"}],
        "eventType": event,
        "instanceName": "Sonarr",
        "applicationUrl": "",
        **more,
    }


IMPORT_PROBLEM = {
    "downloadStatus": "Warning",
    "downloadStatusMessages": [
        {
            "title": "The.Matrix.1999.1080p",
            "messages": ["Not an upgrade for existing movie file"],
        }
    ],
    "downloadId": "3A1C",
}


def seerr(event: str, **media: Any) -> Json:
    return {
        "notification_type": event,
        "event": "New Movie Request",
        "subject": "The Matrix (1999)",
        "message": "Set in the 22nd century…",
        "image": "https://image.tmdb.org/t/p/w600_and_h900_bestv2/p.jpg",
        "media": {
            "media_type": "movie",
            "tmdbId": "603",
            "tvdbId": "",
            "status": "PENDING",
            "status4k": "UNKNOWN",
            **media,
        },
        "request": {
            "request_id": "12",
            "requestedBy_email": "ada@example.org",
            "requestedBy_username": "ada",
            "requestedBy_avatar": "",
        },
        "issue": None,
        "comment": None,
        "extra": [],
    }
