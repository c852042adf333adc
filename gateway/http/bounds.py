"""How many may be connected, and how long each may take."""

import resource
from dataclasses import dataclass, replace

# What a gateway has open beside its clients: channels, Redis, logs, the portal's files.
_NOT_FOR_CLIENTS = 128


@dataclass(frozen=True, slots=True)
class Bounds:
    connections: int = 16_384
    connections_per_address: int = 512
    """0: any number, up to `connections`."""
    head_within_s: float = 10.0
    body_within_s: float = 30.0
    idle_s: float = 65.0
    """How long a connection may stay open between two requests."""
    unread_s: float = 60.0
    """How long a client may leave what it was sent unread."""

    def within_open_files(self) -> "Bounds":
        """These, or as many connections as the process may have files open. It is
        first allowed what it needs, as far as the system lets it."""
        wanted = self.connections + _NOT_FOR_CLIENTS
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            is_free = hard == resource.RLIM_INFINITY
            soft = wanted if is_free else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        if soft in {resource.RLIM_INFINITY, wanted} or soft > wanted:
            return self
        return replace(self, connections=max(1, soft - _NOT_FOR_CLIENTS))
