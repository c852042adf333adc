"""Which databases are already as this code left them, and need no migrating.

Asking costs milliseconds, a process that migrates most of a second: three of them
would be a third of a start.
"""

import hashlib
import json
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import asyncpg

from launcher.failures import CannotRun
from launcher.folder import write_private

_TIMEOUT_S = 5.0
_NO_DATABASE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class Migrated:
    """Remembers, in the data folder, the code that migrated a database and what it
    left there. Anything that changed since, on either side, is a reason to migrate:
    new code, a backup put back, another server, a newer version's visit."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "migrated.json"

    async def is_current(self, service: str, url: str) -> bool:
        """Whether there is nothing to do. Then the database, its role and its
        extensions are there too."""
        remembered = self._read().get(service)
        if remembered is None:
            return False
        try:
            return remembered == await _state(service, url)
        except _NO_DATABASE:
            return False

    async def remember(self, service: str, url: str) -> None:
        try:
            state = await _state(service, url)
        except _NO_DATABASE as exc:
            raise CannotRun(f"{service}'s database does not answer ({exc})") from exc
        # Read after the last await: the services are migrated at the same time.
        known = self._read() | {service: state}
        write_private(self._path, json.dumps(known, indent=2) + "\n")

    def _read(self) -> dict[str, str]:
        try:
            known: dict[str, str] = json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}
        return known


async def _state(service: str, url: str) -> str:
    digest = hashlib.sha256(await _applied(url))
    # Migrations end with what the queue's library installs for itself.
    digest.update(version("pgqueuer").encode())
    for package in ("kit", f"services.{service}"):
        folder = _folder(package)
        for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.sql"))):
            digest.update(f"{path.relative_to(folder)}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


async def _applied(url: str) -> bytes:
    conn = await asyncpg.connect(url, timeout=_TIMEOUT_S)
    try:
        if not await conn.fetchval(
            "SELECT to_regclass('schema_migrations') IS NOT NULL"
        ):
            return b""
        rows = await conn.fetch(
            """
            SELECT owner, number, name, checksum, applied_at
              FROM schema_migrations
             ORDER BY owner, number
            """
        )
    finally:
        await conn.close()
    return repr([tuple(row) for row in rows]).encode()


def _folder(package: str) -> Path:
    # Found, not imported: services are nothing that the launcher may import.
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(f"the package {package} is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0])
