"""Serves the document, and a page to read it by."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from gateway.endpoints import Endpoint
from gateway.exact import dumps
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
        self._endpoints = list(endpoints)
        self._version = version
        self._base_path = base_path
        self._files = Files(_PAGES, base_path)

    @cached_property
    def _document(self) -> Representation:
        """Made when somebody first asks, in some 50 ms: nobody starts later for it."""
        comments = Comments.of_contract()
        made = document(self._endpoints, self._version, self._base_path, comments)
        return Representation(dumps(made), JSON, b"no-cache", b"Accept-Encoding")

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
