"""Reads what Jellyfin's Webhook plugin sends when something changes."""

from dataclasses import dataclass
from enum import Enum

import orjson

from kit.errors import Invalid
from kit.http import UpstreamAway
from services.media.clients.jellyfin_rows import Row


class What(Enum):
    ADDED = "added"
    REMOVED = "removed"
    PLAYED = "played"
    """Somebody began, went on, or ended."""


@dataclass(frozen=True, slots=True)
class News:
    """A reason to look, and no more: whoever knows the address can send it. Above
    all, nothing is removed because of it."""

    machine_id: str
    what: What
    item_key: str
    """Of a film, an episode or a track; or of what they are in."""


_WHATS = {
    "ItemAdded": What.ADDED,
    "ItemDeleted": What.REMOVED,
    "PlaybackStart": What.PLAYED,
    "PlaybackProgress": What.PLAYED,
    "PlaybackStop": What.PLAYED,
}
_TYPES = {"Movie", "Series", "Season", "Episode", "MusicAlbum", "Audio"}


def read_news(body: bytes) -> News | None:
    """What the body of a call says; None for what is not about what we read, such as
    a user who signs in. Raises Invalid for what the plugin does not send, and for
    what it was told to send in too few words."""
    try:
        said = Row(orjson.loads(body)).all_of("ServerId", "NotificationType")
        what = _WHATS.get(said.text("NotificationType"))
        if what is None or said.all_of("ItemType").text("ItemType") not in _TYPES:
            return None
        return News(_key(said, "ServerId"), what, _key(said, "ItemId"))
    except (orjson.JSONDecodeError, UpstreamAway) as exc:
        raise Invalid(
            "This is not what Jellyfin's Webhook plugin sends. Add a generic "
            'destination there, and tick "Send All Properties".',
            field="body",
        ) from exc


def _key(said: Row, name: str) -> str:
    """As the API writes it: the plugin writes some with dashes."""
    return said.id(name).replace("-", "").lower()
