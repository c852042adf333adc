"""Who has an account at this plex.tv, and which servers they may watch on."""

import hashlib
import time
from dataclasses import dataclass, field


@dataclass
class Account:
    """`home` is the id of the account whose Plex Home they live in; 0 is none."""

    id: int
    username: str
    email: str
    title: str = ""
    home: int = 0
    friends: set[int] = field(default_factory=set)
    watchlist: list["Watched"] = field(default_factory=list)
    """What was added last stands first."""
    avatar: str = ""
    """Where the picture is said to be. Empty: at plex.tv, as everybody's."""

    @property
    def uuid(self) -> str:
        return hashlib.sha256(str(self.id).encode()).hexdigest()[:16]

    @property
    def thumb(self) -> str:
        return self.avatar or f"https://plex.tv/users/{self.uuid}/avatar?c=1731605021"


@dataclass
class Watched:
    """A film (`movie`) or a series (`show`) that somebody means to watch."""

    kind: str
    title: str
    year: int
    guids: tuple[str, ...] = ()


@dataclass
class Server:
    machine_id: str
    name: str
    owner: int
    shared_with: set[int] = field(default_factory=set)
    is_player: bool = False
    """A device to watch on, and not from."""

    def is_seen_by(self, account_id: int) -> bool:
        return account_id == self.owner or account_id in self.shared_with


@dataclass
class Pin:
    id: int
    code: str
    client: str
    product: str
    device: str
    created_at: float
    lifetime_s: float
    token: str | None = None

    @property
    def expires_at(self) -> float:
        return self.created_at + self.lifetime_s

    @property
    def left_s(self) -> float:
        return self.expires_at - time.time()


@dataclass
class Token:
    """What a device was given to act for an account."""

    text: str
    account_id: int
    client: str
    refreshed_at: float
