"""Browsers keep their session in a cookie that no script can read."""

from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor import Descriptor

from gateway.http.requests import Request
from gateway.identity import COOKIE
from gateway.policy import Session

_NO_END_S = 30 * 24 * 3600
_TOKEN = "token"  # noqa: S105 - the name of a field


def ensure_starts(answer: Descriptor) -> None:
    """Raises ValueError for a method that cannot start a session: its answer has no
    token. Seen when the process starts."""
    if _TOKEN not in answer.fields_by_name:
        raise ValueError(f"{answer.full_name} has no {_TOKEN} to start a session with")


def cookie_for(
    session: Session, request: Request, answer: Any, base_path: str
) -> bytes | None:
    """The Set-Cookie that a browser's answer needs. The token is taken out of the
    message: it travels in the cookie alone. Programs get it in the body, and no
    cookie."""
    if session is Session.ENDS:
        return _cookie(b"", 0, request.is_https, base_path)
    if session is Session.NEITHER or not request.is_from_browser:
        return None
    if not answer.token:
        # Not signed in yet: a session that the browser has stays as it is.
        return None
    token = answer.token.encode()
    answer.token = ""
    return _cookie(token, _lifetime_s(answer), request.is_https, base_path)


def _cookie(token: bytes, lifetime_s: int, is_https: bool, base_path: str) -> bytes:
    flags = b"; Secure" if is_https else b""
    return b"%b=%b; HttpOnly; SameSite=Lax; Path=%b/; Max-Age=%d%b" % (
        COOKIE,
        token,
        base_path.encode(),
        lifetime_s,
        flags,
    )


def _lifetime_s(answer: Any) -> int:
    session = getattr(answer, "session", None)
    if session is None or not session.HasField("expires_at"):
        return _NO_END_S
    left = session.expires_at.ToDatetime(UTC) - datetime.now(UTC)
    return max(0, int(left.total_seconds()))
