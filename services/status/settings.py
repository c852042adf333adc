"""What status must be told to run."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_STATUS_", frozen=True)

    grpc_address: str = "127.0.0.1:50053"
    keep_heartbeats_days: int = Field(30, ge=1, le=3650)
    """A day of heartbeats older than this is dropped, and what a monitor was then."""
    checks_at_once: int = Field(500, ge=1, le=10_000)
    """How many checks may be under way in this process."""
    allow_link_local: bool = False
    """Whether 169.254.0.0/16 and fe80::/10 may be watched: clouds keep the
    credentials of their machines there."""
