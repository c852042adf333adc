"""A POST that means another method: for clients and proxies that let nothing else
through, and for questions that are too long for a URL."""

from gateway.http.presence import Receive
from gateway.http.requests import Request, read_body
from gateway.problems import FieldError, Problem, invalid

HEADER = b"x-http-method-override"
_NAME = "X-HTTP-Method-Override"
_METHODS = ("DELETE", "GET", "PATCH", "PUT")
_FORM = b"application/x-www-form-urlencoded"
_LONGEST_QUERY_BYTES = 64 * 1024


async def override(request: Request, receive: Receive) -> None:
    """Make the request what its header says that it is. The form that a GET brings
    becomes its query. Raises Problem."""
    method = request.header(HEADER).strip().upper()
    if method not in _METHODS:
        allowed = ", ".join(_METHODS)
        raise invalid([FieldError(_NAME, f"must be one of {allowed}")])
    if method == "GET" and (form := await read_body(request, receive)):
        _ensure_form(request, form)
        request.query = b"&".join(part for part in (request.query, form) if part)
    request.method = method


def _ensure_form(request: Request, form: bytes) -> None:
    declared = request.headers.get(b"content-type", b"").lower()
    if declared.partition(b";")[0].strip() != _FORM:
        raise Problem(
            415, "media_type_unsupported", f"The body of a GET is {_FORM.decode()}."
        )
    if not form.isascii() or not form.decode().isprintable():
        raise invalid([FieldError("body", "is not percent-encoded text")])
    if len(form) > _LONGEST_QUERY_BYTES:
        raise Problem(413, "body_too_large", "A query has at most 64 KiB.")
