"""Serves the document, and a page to read it by."""

from collections.abc import Iterable
from pathlib import Path

import orjson

from gateway.endpoints import Endpoint
from gateway.http.answers import JSON, Answer, Representation, Stream
from gateway.http.negotiation import encoding_of
from gateway.http.requests import Request
from gateway.openapi.comments import Comments
from gateway.openapi.document import document
from gateway.portal import Files

_PAGES = Path(__file__).parents[1] / "docs"


class Documents:
    """`/api/openapi.json` and `/api/docs`."""

    def __init__(
        self, endpoints: Iterable[Endpoint], version: str, base_path: str
    ) -> None:
        found = document(endpoints, version, base_path, Comments.of_contract())
        body = orjson.dumps(found)
        self._document = Representation(body, JSON, b"no-cache", b"Accept-Encoding")
        self._files = Files(_PAGES, base_path)

    async def openapi(self, request: Request) -> Answer | Stream:
        headers = request.headers
        return self._document.answer(
            encoding_of(headers.get(b"accept-encoding")),
            headers.get(b"if-none-match"),
        )

    async def page(self, request: Request) -> Answer | Stream:
        """The page at `/api/docs`, or a file of it behind that."""
        name = request.path.removeprefix("/api/docs").strip("/")
        return self._files.file(request, name or "index.html")
