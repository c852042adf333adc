"""The front door: `python -m gateway`."""

import sys

import uvloop

from gateway.app import run
from gateway.settings import Settings
from kit import logs
from kit.errors import AddressTaken
from kit.settings import load

_CANNOT_START = 2


def main() -> int:
    settings = load(Settings)
    logs.configure("gateway", settings.log_format)
    try:
        uvloop.run(run(settings))
    except AddressTaken as exc:
        print(f"gateway: {exc}", file=sys.stderr)
        return _CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
