"""What went wrong, as the document that a browser or a program is given (RFC 9457).

The one table from gRPC status to HTTP status is here. Nothing internal is told: the
words of a failure are passed on only where a service meant them for the caller.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import grpc
import orjson
from google.protobuf.message import DecodeError
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

Headers = list[tuple[bytes, bytes]]

CONTENT_TYPE = b"application/problem+json"
_DETAILS_KEY = "grpc-status-details-bin"
_REASON_KEY = "reason"
_SOON_S = 2

Code = grpc.StatusCode
_HTTP_OF: dict[Code | tuple[Code, str], int] = {
    Code.CANCELLED: 499,
    Code.UNKNOWN: 500,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 409,
    Code.ABORTED: 409,
    # gRPC has no code for a condition of the caller's own that does not hold.
    (Code.ABORTED, "version_changed"): 412,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 501,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.DATA_LOSS: 500,
    Code.UNAUTHENTICATED: 401,
}
# These codes are also made by gRPC itself, whose words name addresses and sizes.
_HIDDEN = {Code.CANCELLED, Code.UNKNOWN, Code.INTERNAL, Code.DATA_LOSS}
_ALSO_MADE_BY_GRPC = {Code.UNAVAILABLE, Code.RESOURCE_EXHAUSTED, Code.UNIMPLEMENTED}
_DEFAULT_REASON = {
    Code.UNAVAILABLE: "unavailable",
    Code.DEADLINE_EXCEEDED: "deadline_exceeded",
    Code.UNIMPLEMENTED: "unimplemented",
}
_MOST_ERRORS = 100
_MOST_NAMED = 10
_LONGEST_SHOWN = 500
_PHRASES = {499: "Client Closed Request"}
_SNAKE = re.compile(r"_([a-z0-9])")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong, named as the caller wrote it, and what is wrong."""

    field: str
    detail: str


class Problem(Exception):
    """An answer that is a problem document. Raised anywhere in the gateway."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.errors = tuple(errors)
        self.headers: Headers = list(headers)

    def document(self, request_id: str) -> dict[str, Any]:
        return {
            "type": "about:blank",
            "title": _PHRASES.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": _shown(self.detail),
            "reason": self.reason,
            "requestId": request_id,
            "errors": [
                {"field": _shown(each.field), "detail": _shown(each.detail)}
                for each in self.errors[:_MOST_ERRORS]
            ],
        }

    def to_json(self, request_id: str) -> bytes:
        return orjson.dumps(self.document(request_id))


def http_status_of(code: Code, reason: str) -> int:
    return _HTTP_OF.get((code, reason)) or _HTTP_OF[code]


def invalid(errors: Sequence[FieldError]) -> Problem:
    """400, naming every field that is wrong."""
    names = list(dict.fromkeys(each.field for each in errors if each.field))
    named = ", ".join(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        named += " and more"
    detail = f"Wrong in the request: {named}." if named else errors[0].detail
    return Problem(400, "invalid", detail, errors=errors)


def crash() -> Problem:
    """500, for what is a bug of ours."""
    return Problem(500, "internal", "Something went wrong on our side.")


def unauthenticated(reason: str, detail: str) -> Problem:
    return Problem(401, reason, detail, headers=[(b"www-authenticate", b"Bearer")])


def retry_after(seconds: float) -> tuple[bytes, bytes]:
    return b"retry-after", b"%d" % max(1, math.ceil(seconds))


def of_rpc(error: aio.AioRpcError, service: str) -> Problem:
    """The problem that a failed call is. `service` is named where it was not there or
    too late."""
    code = error.code()
    trailers = dict(error.trailing_metadata() or ())
    told = _Details(trailers.get(_DETAILS_KEY, b""))
    stated = str(trailers.get(_REASON_KEY, "")) or told.reason
    status = http_status_of(code, stated)
    reason = stated or _DEFAULT_REASON.get(code, "") or code.name.lower()
    detail = _words(error, service, _REASON_KEY in trailers)
    headers: Headers = []
    if status in {503, 504} or (status in {403, 429} and told.retry_s):
        headers.append(retry_after(told.retry_s or _SOON_S))
    if status == 401:  # noqa: PLR2004
        headers.append((b"www-authenticate", b"Bearer"))
    if status == 500 or code in _HIDDEN:  # noqa: PLR2004
        reason = "internal"
    return Problem(
        status,
        reason,
        detail,
        errors=told.errors,
        headers=headers,
    )


def _words(error: aio.AioRpcError, service: str, meant: bool) -> str:
    code = error.code()
    if code in _HIDDEN:
        return "Something went wrong on our side."
    if code is Code.DEADLINE_EXCEEDED:
        return f"{service} did not answer in time."
    if meant or code not in _ALSO_MADE_BY_GRPC:
        return error.details() or ""
    if code is Code.UNAVAILABLE:
        return f"{service} is not there at the moment."
    if code is Code.UNIMPLEMENTED:
        return f"{service} does not offer this yet."
    return "Too much at once."


class _Details:
    """What google.rpc details say."""

    def __init__(self, raw: Any) -> None:
        self.reason = ""
        self.retry_s = 0.0
        self.errors: list[FieldError] = []
        status = status_pb2.Status()
        try:
            status.ParseFromString(raw)
        except DecodeError:
            return
        for packed in status.details:
            self._read(packed)

    def _read(self, packed: Any) -> None:
        info = error_details_pb2.ErrorInfo()
        wrong = error_details_pb2.BadRequest()
        retry = error_details_pb2.RetryInfo()
        quota = error_details_pb2.QuotaFailure()
        if packed.Unpack(info):
            self.reason = info.reason
        elif packed.Unpack(retry):
            self.retry_s = retry.retry_delay.ToTimedelta().total_seconds()
        elif packed.Unpack(wrong):
            self.errors += [
                FieldError(_as_json_name(each.field), each.description)
                for each in wrong.field_violations
            ]
        elif packed.Unpack(quota):
            self.errors += [
                FieldError(each.subject, each.description) for each in quota.violations
            ]


def _shown(text: str) -> str:
    """What a caller sent may stand in it: halves of characters, and megabytes."""
    if len(text) > _LONGEST_SHOWN:
        text = text[:_LONGEST_SHOWN] + "…"
    return text.encode("utf-8", "replace").decode()


def _as_json_name(field: str) -> str:
    """`monitor.interval_s` as the caller knows it: `monitor.intervalS`."""
    return _SNAKE.sub(lambda found: found[1].upper(), field)
