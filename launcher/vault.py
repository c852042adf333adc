"""The house's secrets: made on the first run, kept in one private file."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex, token_urlsafe

from launcher.failures import CannotRun
from launcher.folder import write_private

_BYTES = 32
_DATABASE_PASSWORDS = (
    "postgres_password",
    "auth_password",
    "media_password",
    "status_password",
)


@dataclass(frozen=True, slots=True)
class Secrets:
    caller_keys: str
    auth_sealing_keys: str
    """With which auth encrypts what it keeps of others' secrets."""
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
    if not path.exists() and (folder / "postgres").exists():
        raise CannotRun(
            f"{path} is missing, and the database beside it cannot be opened without"
            " it: put the file back from a backup"
        )
    known = _read(path) if path.exists() else {}
    # A newer version may need one that the older did not make.
    secrets = Secrets(**(_make() | known))
    if asdict(secrets) != known:
        write_private(path, json.dumps(asdict(secrets), indent=2) + "\n")
    return secrets


def _make() -> dict[str, str]:
    return {
        "caller_keys": f"k1:{token_hex(_BYTES)}",
        "auth_sealing_keys": f"k1:{token_hex(_BYTES)}",
        **{name: token_hex(_BYTES) for name in _DATABASE_PASSWORDS},
        "valkey_password": token_hex(_BYTES),
        "setup_token": token_urlsafe(24),
        "gateway_token": token_hex(_BYTES),
    }


def _read(path: Path) -> dict[str, str]:
    try:
        known: dict[str, str] = json.loads(path.read_text())
        Secrets(**(_make() | known))
        missing = [name for name in _DATABASE_PASSWORDS if name not in known]
    except (ValueError, TypeError) as exc:
        raise CannotRun(
            f"{path} is damaged ({exc}): put it back from a backup"
        ) from exc
    if missing:
        raise CannotRun(
            f"{path} is damaged ({missing[0]} is missing): put it back from a backup"
        )
    return known
