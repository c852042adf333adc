"""The front door: `python -m services.auth [migrate up|down|status]`."""

import sys
from pathlib import Path

from kit import entry
from services.auth.app import run
from services.auth.settings import Settings

MIGRATIONS = Path(__file__).parent / "store" / "migrations"

if __name__ == "__main__":
    sys.exit(entry.main("auth", sys.argv[1:], Settings, run, MIGRATIONS))
