"""The front door: `python -m gateway`. Serves, or has several workers serve."""

import asyncio
import os
import sys

from gateway.settings import Settings
from gateway.workers import parent
from gateway.workers.crew import GaveUp
from kit import logs
from kit.errors import AddressTaken
from kit.settings import load

_CANNOT_START = 2
_GAVE_UP = 1


def main() -> int:
    settings = load(Settings)
    logs.configure("gateway", settings.log_format)
    try:
        if settings.workers > 1:
            asyncio.run(parent.run(settings, dict(os.environ)))
        else:
            _serve_alone(settings)
    except AddressTaken as exc:
        print(f"gateway: {exc}", file=sys.stderr)
        return _CANNOT_START
    except GaveUp as exc:
        print(f"gateway: {exc}", file=sys.stderr)
        return _GAVE_UP
    return 0


def _serve_alone(settings: Settings) -> None:
    # A parent needs none of these, which are most of a worker's memory.
    import uvloop  # noqa: PLC0415

    from gateway.app import run  # noqa: PLC0415

    uvloop.run(run(settings))


if __name__ == "__main__":
    sys.exit(main())
