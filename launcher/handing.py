"""Hands each process its own secrets, as files: for containers, whose launcher is
Docker or Kubernetes."""

from collections.abc import Mapping
from pathlib import Path

from launcher.engines.databases import name_of, url_for
from launcher.engines.postgres import ADMIN
from launcher.failures import CannotRun
from launcher.folder import write_private
from launcher.plan import SERVICES, password_of
from launcher.vault import Secrets

# The servers in containers run as users of their own. Who may read is decided by who
# is given the folder.
_READABLE = 0o444
_FOLDER = 0o755
_CLOSED = 0o700


def hand_out(secrets: Secrets, folder: Path, postgres: str, redis: str) -> None:
    """Write a folder for each process, with a file for each secret that it may know.
    `postgres` and `redis` are where containers find these. Raises CannotRun."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.iterdir()):
            folder.chmod(_CLOSED)
        for process, files in shares(secrets, postgres, redis).items():
            own = folder / process
            own.mkdir(mode=_FOLDER, exist_ok=True)
            for name, text in files.items():
                write_private(own / name, text + "\n")
                (own / name).chmod(_READABLE)
    except OSError as exc:
        raise CannotRun(
            f"the secrets cannot be written to {folder} ({exc.strerror}): mend its"
            " permissions, or name another folder"
        ) from exc


def shares(
    secrets: Secrets, postgres: str, redis: str
) -> Mapping[str, Mapping[str, str]]:
    """What each process may know, by the names of files."""
    admin_url = f"postgresql://{ADMIN}:{secrets.postgres_password}@{postgres}/{ADMIN}"
    redis_url = f"redis://:{secrets.valkey_password}@{redis}/0"
    shared: dict[str, dict[str, str]] = {
        "postgres": {"postgres_password": secrets.postgres_password},
        "redis": {
            "redis.conf": f"requirepass {secrets.valkey_password}",
            "redis_password": secrets.valkey_password,
        },
        "migrate": {
            "medianest_database_url": admin_url,
            "medianest_redis_url": redis_url,
        },
        "gateway": {"medianest_gateway_events_token": secrets.gateway_token},
    }
    for service in SERVICES:
        url = url_for(admin_url, name_of(service), password_of(secrets, service))
        own = {
            "database_url": url,
            "redis_url": redis_url,
            "caller_keys": secrets.caller_keys,
        }
        if service == "auth":
            own["setup_token"] = secrets.setup_token
            own["gateway_token"] = secrets.gateway_token
            own["sealing_keys"] = secrets.auth_sealing_keys
        if service == "media":
            own["sealing_keys"] = secrets.media_sealing_keys
        shared[service] = {
            f"medianest_{service}_{name}": text for name, text in own.items()
        }
    return shared
