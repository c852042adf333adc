"""Which pages may use a visitor's cookie, and which may read our answers."""

from gateway.http.requests import Request
from gateway.problems import Headers, Problem

_OURS = {b"same-origin", b"none"}
_METHODS = b"GET, POST, PUT, PATCH, DELETE"
_HEADERS = (
    b"Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, "
    b"X-Api-Key, X-HTTP-Method-Override, X-Request-Id, X-Request-Timeout"
)
_EXPOSED = b"ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"


class Origins:
    """Pages of our own origin, and those of the configured ones."""

    def __init__(self, allowed: str) -> None:
        """Origins such as `https://tv.example.org`, separated by commas."""
        parts = (part.strip().rstrip("/").encode() for part in allowed.split(","))
        self._allowed = frozenset(part for part in parts if part)

    def ensure_ours(self, request: Request) -> None:
        """Raises Problem unless the request shows that no foreign page made it."""
        headers = request.headers
        origin = headers.get(b"origin")
        if origin in self._allowed:
            return
        site = headers.get(b"sec-fetch-site")
        if site is not None:
            if site in _OURS:
                return
        elif origin and origin.partition(b"://")[2] == headers.get(b"host"):
            return
        raise Problem(
            403,
            "csrf",
            "A request with a session cookie must come from our own pages. "
            "Programs send the token as Authorization: Bearer.",
        )

    def sharing(self, request: Request) -> Headers:
        """The CORS headers of an answer."""
        origin = request.headers.get(b"origin")
        if not self._allowed or origin not in self._allowed:
            return []
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, request: Request) -> Headers:
        """What a browser asks before it sends a request of another origin's page."""
        sharing = self.sharing(request)
        if not sharing or b"access-control-request-method" not in request.headers:
            return sharing
        return [
            *sharing,
            (b"access-control-allow-methods", _METHODS),
            (b"access-control-allow-headers", _HEADERS),
            (b"access-control-max-age", b"600"),
        ]
