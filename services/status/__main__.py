"""The front door: `python -m services.status [migrate up|down|status]`."""

import asyncio
import sys
from pathlib import Path

import uvloop

from kit import logs, migrate, settings
from services.status.app import run
from services.status.settings import Settings

MIGRATIONS = Path(__file__).parent / "store" / "migrations"


def main() -> int:
    chosen = settings.load(Settings)
    if sys.argv[1:2] == ["migrate"]:
        dsn = chosen.database_url.get_secret_value()
        schema = migrate.of_service("status", MIGRATIONS, dsn)
        return asyncio.run(migrate.command(sys.argv[2:], schema))
    logs.configure("status", chosen.log_format)
    return uvloop.run(run(chosen))


if __name__ == "__main__":
    sys.exit(main())
