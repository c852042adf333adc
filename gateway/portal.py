"""The portal's pages: files of one folder, and nothing else of the disk."""

import mimetypes
from pathlib import Path

from gateway.http.answers import Answer, Representation, Stream
from gateway.http.negotiation import encoding_of, names
from gateway.http.requests import Request
from gateway.paths.routes import decode
from gateway.problems import Problem

_INDEX = "index.html"
_HTML = b"text/html"
_LARGEST_FILE_BYTES = 8 * 1024 * 1024
_CONTENT_SECURITY = (
    b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    b"form-action 'self'; frame-ancestors 'none'"
)
PAGE_HEADERS = [
    (b"content-security-policy", _CONTENT_SECURITY),
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
]


class Files:
    """Files are read again when they have changed, and compressed once.

    The addresses in pages begin with `/`; behind a proxy they get the base path.
    """

    def __init__(self, folder: Path, base_path: str) -> None:
        self._folder = folder.resolve()
        self._home = f"{base_path}/".encode()
        self._read: dict[Path, tuple[tuple[int, int], Representation]] = {}

    async def page(self, request: Request) -> Answer | Stream:
        """A file, or for a page's address the page that finds out by itself what to
        show. Raises Problem."""
        return self.answer(request)

    def answer(self, request: Request) -> Answer:
        if not request.path:
            return Answer(308, [(b"location", self._home)])
        path = decode(request.path)
        name = path.strip("/") or _INDEX
        if self._file(name) is None and _is_page(request, path):
            name = _INDEX
        return self.file(request, name)

    def file(self, request: Request, name: str) -> Answer:
        """Raises Problem."""
        found = self._file(name)
        if found is None:
            raise Problem(404, "path_unknown", "There is nothing at this path.")
        headers = request.headers
        answer = found.answer(
            encoding_of(headers.get(b"accept-encoding")),
            headers.get(b"if-none-match"),
        )
        answer.headers += PAGE_HEADERS
        return answer

    def _file(self, name: str) -> Representation | None:
        parts = name.split("/")
        if any(part.startswith(".") or "\\" in part or not part for part in parts):
            return None
        file = self._folder.joinpath(*parts)
        try:
            file = file.resolve(strict=True)
            state = file.stat()
        except (OSError, ValueError):
            return None
        inside = file.is_relative_to(self._folder) and file.is_file()
        if not inside or state.st_size > _LARGEST_FILE_BYTES:
            return None
        version = (state.st_mtime_ns, state.st_size)
        known = self._read.get(file)
        if known is None or known[0] != version:
            kind, body = _type_of(file), file.read_bytes()
            if kind.startswith(_HTML):
                body = body.replace(b'="/', b'="' + self._home)
            content = Representation(body, kind, b"no-cache", b"Accept-Encoding")
            known = self._read[file] = (version, content)
        return known[1]


def _type_of(file: Path) -> bytes:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if file.suffix in {".js", ".mjs"}:
        kind = "text/javascript"
    is_text = kind.startswith("text/") or kind == "application/json"
    return (kind + "; charset=utf-8" * is_text).encode()


def _is_page(request: Request, path: str) -> bool:
    """Whether a person's browser asks for an address that is a page's own to know:
    `/setup`, `/invite/CODE`."""
    last = path.rpartition("/")[2]
    return "." not in last and names(request.headers.get(b"accept"), _HTML)
