"""Pages of lists: where the next one begins, signed so that nobody makes it up.

size = pages.size(request.page_size)
key = pages.read("films", request.page_token)
rows = await films.page(key, size + 1)
page, token = pages.cut("films", rows, size, lambda film: [film.name])
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from kit.errors import Invalid

Row = TypeVar("Row")
Key = list[str | int | float]
"""Where a row stands in its list."""

DEFAULT_SIZE = 20
LARGEST_SIZE = 100
_SIGNATURE_BYTES = 12


class PageTokenInvalid(Invalid):
    reason = "page_token_invalid"


class Pages:
    """Makes and reads the tokens of lists, each bound to the list it was made for
    and to the filters that were in force."""

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.blake2b(key, person=b"pages").digest()

    def size(self, asked: int) -> int:
        """The number of rows to give: 20 when not said. Raises Invalid."""
        if not 0 <= asked <= LARGEST_SIZE:
            raise Invalid(
                f"page_size is 1 to {LARGEST_SIZE}, or 0 for {DEFAULT_SIZE}.",
                field="page_size",
            )
        return asked or DEFAULT_SIZE

    def cut(
        self,
        of_list: str,
        rows: Sequence[Row],
        size: int,
        key_of: Callable[[Row], Sequence[str | int | float]],
    ) -> tuple[Sequence[Row], str]:
        """The page, and the token of the next one, of rows of which one more than the
        page has was asked for. Without it there is no next page: the token is empty."""
        page = rows[:size]
        if len(rows) <= size:
            return page, ""
        return page, self.token(of_list, key_of(page[-1]))

    def token(self, of_list: str, last: Sequence[str | int | float]) -> str:
        """The token of the page behind the row with the key `last`."""
        payload = json.dumps(list(last), separators=(",", ":")).encode()
        signature = self._sign(of_list, payload)
        return base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")

    def read(self, of_list: str, token: str) -> Key | None:
        """The key behind which the page begins; None for the first page. Raises
        PageTokenInvalid for what this service did not make for this list."""
        if not token:
            return None
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except ValueError:
            raw = b""
        signature, payload = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._sign(of_list, payload)):
            raise PageTokenInvalid(
                "page_token is not one that this list gave out for these filters.",
                field="page_token",
            )
        key: Key = json.loads(payload)
        return key

    def _sign(self, of_list: str, payload: bytes) -> bytes:
        message = of_list.encode() + b"\0" + payload
        return hmac.digest(self._key, message, "sha256")[:_SIGNATURE_BYTES]
