"""Page tokens: where the next page begins, signed so that nobody makes one up."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

from kit.errors import Invalid

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

    def token(self, of_list: str, last: Sequence[str | int | float]) -> str:
        """The token of the page behind the row with the key `last`."""
        payload = json.dumps(list(last), separators=(",", ":")).encode()
        signature = self._sign(of_list, payload)
        return base64.urlsafe_b64encode(signature + payload).decode().rstrip("=")

    def read(self, of_list: str, token: str) -> list[str | int | float] | None:
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
        key: list[str | int | float] = json.loads(payload)
        return key

    def _sign(self, of_list: str, payload: bytes) -> bytes:
        message = of_list.encode() + b"\0" + payload
        return hmac.digest(self._key, message, "sha256")[:_SIGNATURE_BYTES]
