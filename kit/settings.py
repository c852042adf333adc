"""Reads a process's settings, or says all that is wrong with them."""

import sys
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Settings = TypeVar("Settings", bound=BaseSettings)

SECRETS = Path("/run/secrets")
"""Where containers find their secrets: a file for each, named like its setting."""


def load(kind: type[Settings], /, *, secrets: Path = SECRETS, **given: Any) -> Settings:
    """Settings: what is `given`, else what the environment says, else what a file in
    `secrets` does. Ends the process with status 2, and a line for each setting that is
    missing or wrong, when they are not good."""
    try:
        return kind(_secrets_dir=secrets if secrets.is_dir() else None, **given)
    except ValidationError as exc:
        prefix = kind.model_config.get("env_prefix", "")
        for problem in exc.errors(include_input=False, include_url=False):
            name = prefix + "_".join(str(part) for part in problem["loc"]).upper()
            print(f"{name}: {problem['msg']}", file=sys.stderr)
        raise SystemExit(2) from None


class ServiceSettings(BaseSettings):
    """What every service must be told."""

    model_config = SettingsConfigDict(frozen=True)

    database_url: SecretStr
    redis_url: SecretStr
    caller_keys: SecretStr
    """`id:hex,id:hex`: the first signs, all verify. At least 32 bytes each."""
    grpc_address: str
    metrics_address: str = ""
    """`host:port` of the Prometheus page; empty for none."""
    log_format: str = "columns"
    """`columns` for people, `json` for collectors."""
    grace_s: float = 5.0
    """How long calls may finish after SIGTERM."""
    compress_rpc: bool = False
    """Gzip answers of 2 KiB and more: worth it between machines, not on one."""
