"""The codes of authenticator apps (RFC 6238: SHA-1, six digits, half a minute)."""

import hmac
from datetime import datetime

import pyotp

_STEP_S = 30
_ISSUER = "MediaNest"


class TotpCodes:
    """Takes the code of now, and those before and after: clocks go wrong, and people
    type slowly."""

    def make_secret(self) -> str:
        return pyotp.random_base32()

    def uri(self, secret: str, name: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)

    def step_of(self, code: str, secret: str, now: datetime) -> int | None:
        app, current = pyotp.TOTP(secret), int(now.timestamp()) // _STEP_S
        for step in (current, current - 1, current + 1):
            if hmac.compare_digest(app.generate_otp(step), code):
                return step
        return None
