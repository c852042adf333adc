"""What media servers tell by themselves, as soon as it happens."""

from dataclasses import dataclass
from enum import Enum

from kit.errors import Invalid


class NewsKind(Enum):
    LIBRARY = "library"
    """Something came into a library, or is not as it was."""
    PLAYING = "playing"
    """Somebody began to watch, paused, went on or ended."""


@dataclass(frozen=True, slots=True)
class ServerNews:
    """Never believed further than a reason to look: whoever knows the address can
    tell it."""

    machine_id: str
    kind: NewsKind
    library_key: str = ""
    """Empty when that is not told."""


class HookUnreadable(Invalid):
    """Not what such a server sends."""

    reason = "hook_unreadable"
