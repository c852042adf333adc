"""The front door: `python -m services.status [migrate up|down|status]`."""

import sys
from pathlib import Path

from kit import entry
from services.status.app import run
from services.status.settings import Settings

MIGRATIONS = Path(__file__).parent / "store" / "migrations"

if __name__ == "__main__":
    sys.exit(entry.main("status", sys.argv[1:], Settings, run, MIGRATIONS))
