"""The contract as an OpenAPI 3.1 document. Read this file first."""

from collections.abc import Iterable
from typing import Any

from gateway.endpoints import Endpoint
from gateway.openapi import failures, headers
from gateway.openapi.comments import Comments
from gateway.openapi.operations import Describer, tag_of
from gateway.openapi.pages import OURS, PAGES
from gateway.openapi.paths import Paths
from gateway.openapi.schemas import Schemas
from gateway.openapi.values import Schema

_ABOUT = """\
One portal and one API for a home media server. Made from the contract (`protos/`): \
what stands here is what the gateway does.

**Who is asking.** `POST /v1/sessions` answers with a token: send it as \
`Authorization: Bearer`. A program has a key of its own (`POST /v1/keys`), sent as \
`X-Api-Key` or as a bearer token. Browsers have a cookie, and show with each write \
that it comes from our own pages.

**Errors** are `application/problem+json`, with a `reason` for programs and, for wrong \
input, each wrong field by name. Fields and parameters that there are not are wrong, \
and so is a path or method that there is not: 404, or 405 with `Allow`.

**Lists** take `pageSize` (20 when 0 or left out, at most 100) and `pageToken`, the \
`nextPageToken` of the page before; it is empty on the last one, and before that there \
is a `Link` with `rel="next"`.

**JSON** is that of protobuf: 64-bit numbers are texts, a value of an enumeration that \
is newer than this document is a number, `null` in a request is a field left out, no \
text has a NUL character, and an answer has every field that is not optional. `HEAD` \
is answered wherever `GET` is, and `OPTIONS` everywhere; a `POST` with \
`X-HTTP-Method-Override` means that method."""
_SECURITY: Schema = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "medianest_session",
        "description": "A browser's session. Writes with it must show that they come "
        "from our own pages (`Sec-Fetch-Site`, `Origin`), or are refused: 403, csrf.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The token of a session, or an API key.",
    },
    "key": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Api-Key",
        "description": "An API key, made with `POST /v1/keys`.",
    },
}


def document(
    endpoints: Iterable[Endpoint], version: str, base_path: str, comments: Comments
) -> dict[str, Any]:
    schemas = Schemas(comments)
    paths = Paths(schemas)
    describer = Describer(schemas, paths, comments)
    tags: dict[str, str] = {}
    for endpoint in endpoints:
        paths.add(endpoint.rule, describer.describe(endpoint))
        service = endpoint.rule.method.containing_service
        tags[tag_of(endpoint.rule)] = comments.said_of(service.full_name)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "MediaNest",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_path or "/"}],
        "tags": [
            {"name": name, "description": words} if words else {"name": name}
            for name, words in sorted((tags | OURS).items())
        ],
        "paths": dict(sorted((PAGES | paths.found).items())),
        "components": {
            "schemas": {
                **dict(sorted(schemas.components.items())),
                "Problem": failures.PROBLEM,
            },
            "responses": failures.responses(),
            "parameters": headers.ASKED,
            "headers": headers.TOLD,
            "securitySchemes": _SECURITY,
        },
    }
