"""Where a request comes from, also when a reverse proxy stands in between."""

import ipaddress
from collections.abc import Mapping

_MOST_HOPS = 32


class Proxies:
    """The reverse proxies whose `X-Forwarded-…` headers are believed."""

    def __init__(self, trusted: str) -> None:
        """Addresses and networks, separated by commas. Raises ValueError for what is
        neither."""
        parts = [part.strip() for part in trusted.split(",") if part.strip()]
        self._trusted = [ipaddress.ip_network(part, strict=False) for part in parts]

    def seen_through(
        self, peer: str, scheme: str, headers: Mapping[bytes, bytes]
    ) -> tuple[str, bool]:
        """The client's address, and whether it uses TLS."""
        is_https = scheme in {"https", "wss"}
        if not self.trusts(peer):
            return peer, is_https
        hops = headers.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        protocol = headers.get(b"x-forwarded-proto", b"").strip().lower()
        is_https = protocol == b"https" if protocol else is_https
        for hop in reversed(hops[-_MOST_HOPS:]):
            address = hop.strip()
            if not _is_address(address):
                break
            peer = address
            if not self.trusts(address):
                break
        return peer, is_https

    def trusts(self, address: str) -> bool:
        if not self._trusted:
            return False
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


def neighborhood(address: str) -> str:
    """The address, or for IPv6 the /64 that one household or host has for itself."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address}/64", strict=False))
    except ValueError:
        return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
