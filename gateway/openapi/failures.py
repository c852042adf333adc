"""What each operation can fail with: by its policy, by its shape, and by what its
comment says."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import grpc

from gateway.endpoints import Endpoint
from gateway.http.conditions import IF_VERSION
from gateway.openapi.comments import Comments, Failures
from gateway.openapi.headers import headers
from gateway.openapi.values import Schema
from gateway.problems import Problem, http_status_of

PROBLEM: Schema = {
    "type": "object",
    "description": "What went wrong (RFC 9457). `detail` is for a person, `reason` for "
    "a program.",
    "required": ["type", "title", "status", "detail", "reason", "requestId", "errors"],
    "properties": {
        "type": {"type": "string", "examples": ["about:blank"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "reason": {"type": "string"},
        "requestId": {
            "type": "string",
            "description": "Stands in the logs of all services, too.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "detail"],
                "properties": {
                    "field": {"type": "string", "examples": ["pageSize"]},
                    "detail": {"type": "string", "examples": ["must be a number"]},
                },
            },
        },
    },
}
_REQUEST_ID = "170af88cc8fa123051b73789e04d219d"
# By status: when, and the reasons that the gateway itself gives.
_WORDS: dict[int, tuple[str, tuple[str, ...]]] = {
    400: ("The request is wrong; `errors` names each field.", ("invalid",)),
    401: (
        "Nobody is signed in, or no longer.",
        ("unauthenticated", "session_unknown"),
    ),
    403: ("The caller may not do this.", ()),
    404: ("There is nothing there.", ("path_unknown",)),
    405: ("The path is there, for other methods.", ("method_not_allowed",)),
    406: ("`Accept` allows nothing that there is.", ("not_acceptable",)),
    408: ("The headers or the body took too long.", ("body_slow",)),
    409: ("Things are not as the request needs them.", ()),
    412: ("It is not what `If-Match` names.", ("version_changed",)),
    413: ("The body is over 1 MiB.", ("body_too_large",)),
    414: ("The URL is over 8 KiB.", ("url_too_long",)),
    415: ("The body is not plain JSON.", ("media_type_unsupported",)),
    429: ("Too often: ask again after `Retry-After` seconds.", ("too_often",)),
    431: ("The headers are over 32 KiB, or over 100.", ("headers_too_large",)),
    500: ("A mistake of ours. The request id leads to it.", ("internal",)),
    501: ("A service of an older version does not offer this.", ("unimplemented",)),
    503: ("A service is not there at the moment.", ("unavailable",)),
    504: ("A service did not answer in time.", ("deadline_exceeded",)),
}
# What can fail there depends on whether there are versions.
_CONDITION = 412
_ALWAYS = (400, 406, 414, 431, 500, 501, 503, 504)
_OF_WRITES = (403, 408, 413, 415)


def responses() -> dict[str, Schema]:
    """Those that all operations share, by status."""
    return {
        f"Problem{status}": _response(status, reasons)
        for status, (_, reasons) in _WORDS.items()
    }


class FailureResponses:
    def __init__(self, comments: Comments) -> None:
        self._comments = comments

    def of(self, endpoint: Endpoint) -> dict[str, Schema]:
        """The responses of an operation, by status."""
        said = self._said(endpoint)
        found: dict[str, Schema] = {}
        for status in sorted({*_statuses(endpoint), *said}):
            own = [*_own_reasons(endpoint, status), *said.get(status, ())]
            usual = () if status == _CONDITION else _WORDS[status][1]
            if not own:
                found[str(status)] = shared(status)
            else:
                reasons = tuple(dict.fromkeys((*own, *usual)))
                found[str(status)] = _response(status, reasons)
        return found

    def _said(self, endpoint: Endpoint) -> dict[int, list[str]]:
        name = endpoint.rule.method.full_name
        return _by_status(self._comments.failures_of(name))


def shared(status: int) -> Schema:
    return {"$ref": f"#/components/responses/Problem{status}"}


def problem_example(status: int, reason: str) -> Any:
    problem = Problem(status, reason, _WORDS[status][0].replace("`", ""))
    document = problem.document(_REQUEST_ID)
    if reason == "invalid":
        document["errors"] = [{"field": "pageSize", "detail": "must be a number"}]
        document["detail"] = "Wrong in the request: pageSize."
    return document


def _statuses(endpoint: Endpoint) -> Iterator[int]:
    policy = endpoint.policy
    yield from _ALWAYS
    if endpoint.rule.verb != "GET":
        yield from _OF_WRITES
    if not policy.is_public:
        yield 401
    if policy.permission:
        yield 403
    if endpoint.rule.template.variables:
        yield 404
    if not endpoint.rule.method.server_streaming:
        yield 412
    if policy.rate != "uncounted":
        yield 429


def _own_reasons(endpoint: Endpoint, status: int) -> Iterator[str]:
    asked = endpoint.rule.method.input_type.fields_by_name
    is_read = endpoint.rule.verb == "GET"
    if status == HTTPStatus.PRECONDITION_FAILED and not is_read:
        yield "version_changed" if IF_VERSION in asked else "version_unknown"
    if status == HTTPStatus.FORBIDDEN:
        if endpoint.policy.permission:
            yield "not_permitted"
        if not is_read:
            yield "csrf"


def _by_status(failures: Failures) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for code, reasons in failures.items():
        for reason in reasons or [""]:
            status = http_status_of(grpc.StatusCode[code], reason)
            known = found.setdefault(status, [])
            if reason and reason not in known:
                known.append(reason)
    return found


def _response(status: int, reasons: tuple[str, ...]) -> Schema:
    told = ", ".join(f"`{reason}`" for reason in reasons)
    words = _WORDS[status][0] + (f" Reasons: {told}." if told else "")
    examples = {
        reason: {"value": problem_example(status, reason)} for reason in reasons
    }
    content: Schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if examples:
        content["examples"] = examples
    return {
        "description": words,
        "headers": headers(*_HEADERS.get(status, ()), "X-Request-Id"),
        "content": {"application/problem+json": content},
        "x-reasons": list(reasons),
    }


_HEADERS = {
    401: ("WWW-Authenticate",),
    405: ("Allow",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
    504: ("Retry-After",),
}
