"""What auth must be told to run."""

from datetime import timedelta

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings
from services.auth.domain.sessions import Lifetime


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_AUTH_", frozen=True)

    grpc_address: str = "127.0.0.1:50051"
    sealing_keys: SecretStr
    """`id:hex,id:hex`: the first encrypts what is kept of others' secrets, all read
    it. 32 bytes each."""
    setup_token: SecretStr = SecretStr("")
    """What makes its holder the owner of an empty house. Empty: nobody can."""
    gateway_token: SecretStr = SecretStr("")
    """With which the gateway gets to watch events, and nothing else: 32 characters of
    chance or more. Empty: it cannot."""
    session_idle_days: int = Field(30, ge=1, le=3650)
    """A session unused for this long ends."""
    session_absolute_days: int = Field(90, ge=1, le=3650)
    """A session this old ends, however much it is used."""
    plex_address: str = "https://plex.tv"
    """Where Plex accounts are. Empty: nobody signs in with Plex."""
    plex_servers: str = ""
    """Machine identifiers of the house's Plex servers, with commas between: whoever may
    watch on one can sign in. Empty: only who has an invite, or has linked."""
    audit_days: int = Field(365, ge=31, le=36500)
    """How long the audit log is kept, to the month."""
    password_threads: int = Field(2, ge=1, le=32)
    """How many passwords are hashed at once, at 19 MiB each."""

    @field_validator("plex_address")
    @classmethod
    def _is_an_address(cls, address: str) -> str:
        if address and not address.startswith(("https://", "http://")):
            raise ValueError("an address begins with https:// or http://")
        return address

    @property
    def plex_machines(self) -> frozenset[str]:
        named = (each.strip() for each in self.plex_servers.split(","))
        return frozenset(filter(None, named))

    @property
    def session_lifetime(self) -> Lifetime:
        return Lifetime(
            idle=timedelta(days=self.session_idle_days),
            absolute=timedelta(days=self.session_absolute_days),
        )
