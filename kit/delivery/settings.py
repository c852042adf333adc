"""What a channel must know of a target."""

from dataclasses import dataclass, field
from enum import Enum

WEBHOOK = "webhook"
EMAIL = "email"
APPRISE = "apprise"
"""Kinds of channels."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    url: str
    template: str
    """JSON with variables; see template.py."""
    secret: str = field(default="", repr=False)
    """What it is signed with. Empty: it is not signed."""
    authorization: str = field(default="", repr=False)
    """The whole header. Empty: none."""


class MailSecurity(Enum):
    STARTTLS = "STARTTLS"
    TLS = "TLS"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class MailSettings:
    host: str
    port: int
    security: MailSecurity
    sender: str
    """An address, or `Name <address>`."""
    recipients: tuple[str, ...]
    username: str = ""
    """Empty: nobody signs in."""
    password: str = field(default="", repr=False)
    any_certificate: bool = False
    """Also one that nobody vouches for: of a server in one's own house."""


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    url: str = field(repr=False)
    """All of it is secret: it holds the tokens."""
