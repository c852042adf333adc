"""What the launcher can be told. Read once, at the front door."""

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def _usual_data_dir() -> Path:
    if os.geteuid() == 0:
        return Path("/var/lib/medianest")
    return Path.home() / ".local" / "share" / "medianest"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="MEDIANEST_", frozen=True, env_ignore_empty=True
    )

    data_dir: Path = Field(default_factory=_usual_data_dir)
    """Where everything is kept: /var/lib/medianest for root, for others
    ~/.local/share/medianest."""
    bind: str = "127.0.0.1"
    """The address the gateway listens on; 0.0.0.0 for all of this machine's."""
    port: int = Field(8400, ge=1, le=65535)
    """The gateway's port. Further gateways take the ports behind it."""
    public_url: str = Field("", pattern=r"^(https?://[^?#@\s]+)?$")
    """Where people open the portal, `https://home.example`: what is told outside of the
    house links there. Empty: without links."""
    replicas: int = Field(1, ge=1, le=16)
    """How many of each service, and how many gateways, each with its workers."""
    grpc_port: int = Field(8451, ge=0, le=65535)
    """The first service's port; the others take the ports behind it. 0 for any. From
    32768 on, Linux may have lent the port to some connection just then."""
    metrics_port: int = Field(9471, ge=0, le=65535)
    """The first service's metrics page; as `grpc_port`."""
    postgres_port: int = Field(0, ge=0, le=65535)
    """The embedded Postgres' port. 0 for any."""
    valkey_port: int = Field(0, ge=0, le=65535)
    """The embedded Valkey's port. 0 for any."""
    database_url: SecretStr | None = None
    """An existing Postgres server, as an administrator: used instead of the
    embedded one. Its roles and databases are made when they are missing."""
    redis_url: SecretStr | None = None
    """An existing Redis or Valkey, used instead of the embedded one."""
    auth_addresses: str = ""
    """Where `medianest owner` and `medianest keys retire` find auth when no launcher
    runs the house, as in Docker. The data folder has its keys."""
    media_addresses: str = ""
    """Where `medianest catalog import` sends titles when no launcher runs the house, as
    in Docker. The data folder has its keys."""
