"""What media must be told to run."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from kit.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_MEDIA_", frozen=True)

    grpc_address: str = "127.0.0.1:50052"
    auth_addresses: str = ""
    """Where auth is, as `host:port,host:port`. Empty: the names of those who are
    removed stay in their requests."""
    rescan_every_s: float = Field(default=60.0, ge=1.0)
    """How often sources are looked through for what has changed."""
