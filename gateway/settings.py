"""What the gateway must be told to run."""

import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.http.addresses import Proxies
from gateway.http.bounds import Bounds
from gateway.limit import Limit

_PORTAL = Path(__file__).parent.parent / "web" / "static"
_MOST_WORKERS = 64


def _cores() -> int:
    """Those that this process may use."""
    return min(len(os.sched_getaffinity(0)), _MOST_WORKERS)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_GATEWAY_", frozen=True)

    http_address: str = Field("127.0.0.1:8400", pattern=r".*:\d{1,5}")
    auth_addresses: str = "127.0.0.1:50051"
    """`host:port,host:port`, or one gRPC target such as `dns:///auth:50051`."""
    media_addresses: str = "127.0.0.1:50052"
    status_addresses: str = "127.0.0.1:50053"
    events_token: SecretStr = SecretStr("")
    """A token that auth exchanges for a caller who may watch events. Without it
    nothing is remembered and nobody is told of events."""
    redis_url: SecretStr = SecretStr("")
    """Where gateways count together. Empty: each counts for itself."""
    compress_rpc: bool = False
    """Gzip requests of 2 KiB and more to services: worth it between machines."""
    workers: int = Field(default_factory=_cores, ge=1, le=_MOST_WORKERS)
    """How many processes share the port: as many as there are cores. They can be
    renewed (SIGHUP) without a request lost, unless it is 1."""
    memory_limit_mb: int = Field(512, ge=0)
    """A worker with more resident memory, in MiB, is replaced; 0 for no limit. Not
    where there is only one."""
    metrics_address: str = ""
    """`host:port` of a Prometheus page of its own, for one worker; empty for none."""
    log_format: str = "columns"
    grace_s: float = 5.0
    """How long requests may finish after SIGTERM."""
    allowed_origins: str = ""
    """Origins of other pages that may use the API, separated by commas."""
    trusted_proxies: str = ""
    """Reverse proxies whose X-Forwarded-For and -Proto are believed: addresses and
    networks, separated by commas."""
    base_path: str = Field("", pattern=r"^(/[\w.~-]+)*$")
    """Where a reverse proxy shows us, such as `/medianest`, whether it takes that off
    the paths it passes on or not."""
    portal_folder: Path = _PORTAL
    memory_bytes: int = Field(32 * 1024 * 1024, ge=0)
    """How much of remembered answers is kept."""
    worker_folder: str = ""
    """Where the workers of one gateway meet. Their parent sets it, nobody else."""
    worker_name: str = ""
    """Which of the workers this is. Their parent sets it, nobody else."""

    connections: int = Field(16_384, ge=1)
    """How many may be connected to this gateway, where the system allows a process so
    many open files. Of more, those who ask nothing have to go."""
    connections_per_address: int = Field(512, ge=0)
    """How many of one address, or of one /64 of IPv6; trusted proxies may have any
    number. 0: anybody may."""
    head_within_s: float = Field(10.0, gt=0)
    """How long a request's headers may take from the first byte to the last, and the
    first byte itself. Who is slower gets 408."""
    body_within_s: float = Field(30.0, gt=0)
    """The same for a body."""
    idle_s: float = Field(65.0, gt=0)
    """How long a connection may be silent between two requests."""
    unread_s: float = Field(60.0, gt=0)
    """How long a client may leave unread what it is sent."""

    limit_read: str = "300/1min"
    """How often, as `times/span`; 0 times means that it is not limited."""
    limit_write: str = "60/1min"
    limit_sign_in: str = "5/15min"
    limit_request: str = "20/1h"
    limit_download: str = "5/1h"
    limit_admin: str = "300/1min"

    @field_validator("metrics_address")
    @classmethod
    def _is_of_one(cls, value: str, info: ValidationInfo) -> str:
        if value and info.data.get("workers", 1) > 1:
            raise ValueError(
                "workers have no page of their own: read /metrics at the gateway's "
                "address, or set MEDIANEST_GATEWAY_WORKERS to 1"
            )
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        Proxies(value)
        return value

    @field_validator(
        *("limit_read", "limit_write", "limit_sign_in"),
        *("limit_request", "limit_download", "limit_admin"),
    )
    @classmethod
    def _is_limit(cls, value: str) -> str:
        Limit.parse("", value)
        return value

    @property
    def bounds(self) -> Bounds:
        return Bounds(
            self.connections,
            self.connections_per_address,
            self.head_within_s,
            self.body_within_s,
            self.idle_s,
            self.unread_s,
        )

    @property
    def addresses(self) -> dict[str, str]:
        """Of the services, by name."""
        return {
            "auth": self.auth_addresses,
            "media": self.media_addresses,
            "status": self.status_addresses,
        }
