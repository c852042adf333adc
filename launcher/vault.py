"""The house's secrets: made on the first run, kept in one private file."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from launcher.failures import CannotRun
from launcher.folder import write_private

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Secrets:
    caller_keys: str
    postgres_password: str
    auth_password: str
    media_password: str
    status_password: str
    valkey_password: str
    setup_token: str
    gateway_token: str
    """What the gateways watch events with."""


def open_vault(folder: Path) -> Secrets:
    """The secrets of this data folder, made when it is new. Raises CannotRun when
    there is a database whose passwords are gone."""
    path = folder / "secrets.json"
    if path.exists():
        return _read(path)
    if (folder / "postgres").exists():
        raise CannotRun(
            f"{path} is missing, and the database beside it cannot be opened without"
            " it: put the file back from a backup"
        )
    made = Secrets(
        caller_keys=f"k1:{secrets.token_hex(_BYTES)}",
        postgres_password=secrets.token_hex(_BYTES),
        auth_password=secrets.token_hex(_BYTES),
        media_password=secrets.token_hex(_BYTES),
        status_password=secrets.token_hex(_BYTES),
        valkey_password=secrets.token_hex(_BYTES),
        setup_token=secrets.token_urlsafe(24),
        gateway_token=secrets.token_hex(_BYTES),
    )
    write_private(path, json.dumps(asdict(made), indent=2) + "\n")
    return made


def _read(path: Path) -> Secrets:
    try:
        return Secrets(**json.loads(path.read_text()))
    except (ValueError, TypeError) as exc:
        raise CannotRun(
            f"{path} is damaged ({exc}): put it back from a backup"
        ) from exc
