"""What can be asked that is not of the contract: whether we live, what was counted,
and what happens now."""

from gateway.openapi.failures import shared
from gateway.openapi.headers import headers
from gateway.openapi.values import Schema

_TAG = "gateway"
OURS = {_TAG: "What the gateway answers itself."}
_HEADERS = headers("X-Request-Id")
_ALIVE: Schema = {
    "type": "object",
    "required": ["status"],
    "properties": {"status": {"const": "alive"}},
    "examples": [{"status": "alive"}],
}
_SERVICE: Schema = {
    "type": "object",
    "required": ["ready", "latencyMs"],
    "properties": {
        "ready": {"type": "boolean"},
        "latencyMs": {"type": "number", "description": "Until it answered, or failed."},
        "reason": {"type": "string", "description": "Why it is not ready."},
    },
}
_READY: Schema = {
    "type": "object",
    "required": ["status", "services"],
    "properties": {
        "status": {"enum": ["ready", "not_ready", "leaving"]},
        "services": {"type": "object", "additionalProperties": _SERVICE},
        "redis": {
            **_SERVICE,
            "description": "Absent where none is set. Without it the gateway is "
            "slower, and as ready.",
        },
    },
    "examples": [
        {
            "status": "ready",
            "services": {"auth": {"ready": True, "latencyMs": 0.8}},
        }
    ],
}
_SECURITY: list[Schema] = [{"session": []}, {"bearer": []}, {"key": []}]


def _page(name: str, summary: str, responses: dict[str, Schema]) -> Schema:
    operation: Schema = {
        "operationId": f"gateway.{name}",
        "summary": summary,
        "tags": [_TAG],
        "parameters": [],
        "responses": {**responses, "414": shared(414), "431": shared(431)},
        "security": [],
    }
    return {"get": operation}


def _json(description: str, schema: Schema) -> Schema:
    content = {"application/json": {"schema": schema}}
    return {"description": description, "headers": _HEADERS, "content": content}


def _ready(name: str) -> Schema:
    away = _json("At least one service is not ready, or we are leaving.", _READY)
    away["headers"] = {**_HEADERS, **headers("Retry-After")}
    summary = "Is every service there, and how soon does it answer?"
    return _page(name, summary, {"200": _json("All are there.", _READY), "503": away})


def _metrics(name: str) -> Schema:
    content = {"text/plain": {"schema": {"type": "string"}}}
    told = {"description": "As Prometheus reads it.", "headers": _HEADERS}
    return _page(name, "What was counted", {"200": {**told, "content": content}})


def _listening(name: str, summary: str, description: str, opened: Schema) -> Schema:
    page = _page(name, summary, opened)
    page["get"]["security"] = _SECURITY
    page["get"]["description"] = description
    page["get"]["x-rate"] = "read"
    for status in (401, 403, 429, 500, 503, 504):
        page["get"]["responses"][str(status)] = shared(status)
    return page


_SOCKET = _listening(
    "OpenSocket",
    "A WebSocket that tells what happens",
    "JSON text frames. One's own room, `user:{id}`, is joined from the start; "
    '`{"join":"requests"}` joins another, `{"leave":…}` leaves it, `{"ping":1}` is '
    'answered with `{"pong":1}`. Events are `{"event":{"id","type","occurredAt","key",'
    '"rooms","data"}}`, refusals `{"error":{"reason","detail"}}`. Closed with 4401 '
    "when the session has ended, and with 1013 when it is read too slowly: come back.",
    {
        "101": {"description": "The socket is open."},
        "404": shared(404),
    },
)
_EVENTS = _listening(
    "ListenToEvents",
    "What happens, as server-sent events",
    "The same events as the WebSocket's: `id`, `event` (its type) and `data`, with a "
    "comment now and then to keep the line open.",
    {
        "200": {
            "description": "A stream, which goes on until one side ends it.",
            "headers": _HEADERS,
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": "id: media:1042\nevent: request.approved\n"
                    'data: {"id":"media:1042","type":"request.approved"}\n\n',
                }
            },
            "x-stream": True,
        },
        "400": shared(400),
        "406": shared(406),
    },
)
_EVENTS["get"]["parameters"] = [
    {
        "name": "rooms",
        "in": "query",
        "description": "Names of rooms, separated by commas. One's own is always told.",
        "schema": {"type": "array", "items": {"type": "string"}},
        "style": "form",
        "explode": False,
        "example": ["requests", "services"],
    }
]

PAGES: dict[str, Schema] = {
    "/health": _page(
        "GetHealth", "Does the gateway live?", {"200": _json("It does.", _ALIVE)}
    ),
    "/ready": _ready("GetReady"),
    "/api/health": _ready("GetReady_2"),
    "/metrics": _metrics("GetMetrics"),
    "/api/metrics": _metrics("GetMetrics_2"),
    "/api/openapi.json": _page(
        "GetOpenapi",
        "This document",
        {
            "200": _json("OpenAPI 3.1.", {"type": "object"}),
            "304": {
                "description": "It is what `If-None-Match` names.",
                "headers": _HEADERS,
            },
        },
    ),
    "/v1/events": _EVENTS,
    "/v1/ws": _SOCKET,
}
