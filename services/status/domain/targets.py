"""What can be watched: the address of something that answers."""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from kit.hosts import is_host
from services.status.domain.errors import UrlRefused

_PORTS = {"http": 80, "https": 443, "tcp": 0}
_LONGEST_URL = 2048


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that was read, taken apart."""

    scheme: str
    host: str
    port: int


def read_target(url: str) -> Target:
    """The target that a URL names. Raises UrlRefused, whose text does not repeat
    the URL: it may hold what nobody should see."""
    if not url or len(url) > _LONGEST_URL:
        raise _refused(f"url has 1 to {_LONGEST_URL} characters.")
    if not url.isprintable() or " " in url or "\\" in url:
        raise _refused("url has a character that no URL has.")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as exc:
        raise _refused("url cannot be read.") from exc
    if parts.scheme not in _PORTS:
        raise _refused("url begins with http://, https:// or tcp://.")
    if "@" in parts.netloc:
        raise _refused("url must not hold a user name or a password.")
    if not is_host(host):
        raise _refused("url needs the name or the address of a host.")
    if port == 0 or (parts.scheme == "tcp" and port is None):
        raise _refused("url needs a port from 1 to 65535.")
    if parts.scheme == "tcp" and _says_more(parts):
        raise _refused("url of a tcp check is tcp://host:port and no more.")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme])


def without_query(url: str) -> str:
    """The URL as those may see it who did not enter it: many programs take their
    API key as a query parameter."""
    return url.partition("#")[0].partition("?")[0]


def _refused(message: str) -> UrlRefused:
    return UrlRefused(message, field="url")


def _says_more(parts: SplitResult) -> bool:
    return parts.path not in ("", "/") or bool(parts.query or parts.fragment)
