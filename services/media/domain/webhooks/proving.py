"""Whether somebody who posts is who they say: by a secret, or by a signature."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from kit.errors import Unauthenticated
from services.media.domain.webhooks.sources import Proof, hash_of

SIGNED_WITHIN = timedelta(minutes=5)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)
_SIGNATURE = re.compile(r"sha256=([0-9a-fA-F]{64})", re.ASCII)


class WebhookRefused(Unauthenticated):
    """No source, no proof, or not a good one: nobody is told which."""

    reason = "webhook_refused"

    def __init__(self) -> None:
        super().__init__("This does not show that it may post here.")


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in the headers of a delivery; empty where there is none."""

    secret: str = ""
    authorization: str = ""
    timestamp: str = ""
    signature: str = ""

    def secrets(self) -> Iterator[str]:
        """All that may be meant as the secret."""
        yield self.secret
        yield self.authorization
        kind, _, said = self.authorization.partition(" ")
        if kind.lower() == "bearer":
            yield said.strip()
        if kind.lower() == "basic":
            yield _password(said)


@dataclass(frozen=True, slots=True)
class Lock:
    """What opens a source."""

    proof: Proof
    secret_hash: bytes
    key: bytes
    """Of signatures. Empty where the secret is shown itself, and where it cannot be
    read any more."""

    @property
    def is_signed(self) -> bool:
        return self.proof is Proof.HMAC

    def ensure_opened(self, shown: Shown, body: bytes, now: datetime) -> None:
        """Raises WebhookRefused."""
        if self.is_signed:
            is_good = self._is_signature_good(shown, body, now)
        else:
            hashes = [hash_of(each) for each in shown.secrets() if each]
            is_good = any(hmac.compare_digest(h, self.secret_hash) for h in hashes)
        if not is_good:
            raise WebhookRefused

    def _is_signature_good(self, shown: Shown, body: bytes, now: datetime) -> bool:
        found = _SIGNATURE.fullmatch(shown.signature)
        if not (self.key and found and _SECONDS.fullmatch(shown.timestamp)):
            return False
        away_s = abs(now.timestamp() - int(shown.timestamp))
        signed = hmac.digest(self.key, signed_text(shown.timestamp, body), "sha256")
        return away_s <= SIGNED_WITHIN.total_seconds() and hmac.compare_digest(
            signed.hex(), found[1].lower()
        )

    def digest(self, shown: Shown, body: bytes) -> bytes:
        """What is the same for a delivery that comes again."""
        if self.is_signed:
            # However the number is written: 0123 is signed apart from 123.
            return hashlib.sha256(signed_text(shown.timestamp, body)).digest()
        return hashlib.sha256(body).digest()


def signed_text(timestamp: str, body: bytes) -> bytes:
    return timestamp.encode() + b"." + body


def _password(basic: str) -> str:
    try:
        told = base64.b64decode(basic.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return told.partition(":")[2]
