"""Headers of answers and of requests."""

from gateway.openapi.values import Schema

_TEXT: Schema = {"type": "string"}


def headers(*names: str) -> dict[str, Schema]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def asked(*names: str) -> list[Schema]:
    """What may be said beside any request: headers, and `fields`."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _told(description: str, example: str, schema: Schema = _TEXT) -> Schema:
    return {"description": description, "schema": schema, "example": example}


TOLD: dict[str, Schema] = {
    "Allow": _told("What can be asked here.", "GET, HEAD, OPTIONS"),
    "Cache-Control": _told("Who may keep the answer.", "private, no-cache"),
    "ETag": _told(
        "Names these very bytes: send it as `If-None-Match` to be told `304` while "
        "they are the same.",
        '"3f1c8e7b6d509a352f1c"',
    ),
    "Link": _told(
        "The next page; absent on the last one.",
        '</v1/requests?pageSize=20&pageToken=VUS0mJzk1HmX>; rel="next"',
    ),
    "RateLimit": _told(
        "What is left (`r`), and the seconds until there is more (`t`). Absent where "
        "nothing is counted.",
        '"read";r=299;t=31',
    ),
    "RateLimit-Policy": _told(
        "How often (`q`) in how many seconds (`w`).", '"read";q=300;w=60'
    ),
    "Retry-After": {
        "description": "Seconds to wait before asking again.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 2,
    },
    "Set-Cookie": _told(
        "For browsers: the session, where no script can read it.",
        "medianest_session=…; HttpOnly; SameSite=Lax; Path=/; Max-Age=2592000",
    ),
    "Vary": _told("What else the answer depends on.", "Accept-Encoding"),
    "WWW-Authenticate": _told("How to say who is asking.", "Bearer"),
    "X-Request-Id": {
        "description": "The caller's own if it sent one, else one of ours.",
        "required": True,
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        "example": "170af88cc8fa123051b73789e04d219d",
    },
}


def passed_on(name: str) -> Schema:
    """A header that the contract has travel to the service."""
    shown = "-".join(part.capitalize() for part in name.split("-"))
    return {"name": shown, "in": "header", "schema": {"type": "string"}}


def _may_be_sent(name: str, description: str, schema: Schema, example: str) -> Schema:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **schema},
        "example": example,
    }


ASKED: dict[str, Schema] = {
    "fields": {
        "name": "fields",
        "in": "query",
        "description": "Only these fields of the answer, `requests.title.name`, "
        "separated by commas: the others are absent, also where the schema requires "
        "them.",
        "schema": {"type": "string"},
    },
    "Idempotency-Key": _may_be_sent(
        "Idempotency-Key",
        "Any text of one's own. The same request with the same key, within 24 hours, "
        "is done once: safe to send again when an answer was lost.",
        {"maxLength": 255},
        "0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50",
    ),
    "If-None-Match": _may_be_sent(
        "If-None-Match",
        "`ETag` of an answer that one has: `304` while it is still the same.",
        {},
        '"3f1c8e7b6d509a352f1c"',
    ),
    "If-Match": _may_be_sent(
        "If-Match",
        "`ETag` of what one has seen: `412`, and nothing is done, when somebody has "
        "changed it since.",
        {},
        '"3f1c8e7b6d509a352f1c.v3"',
    ),
    "X-Request-Timeout": _may_be_sent(
        "X-Request-Timeout",
        "Less patience than the operation's own deadline: `1.5s`, `800ms`.",
        {"pattern": r"^[0-9]{1,8}(\.[0-9]{1,6})?(ms|s)?$"},
        "800ms",
    ),
}
