"""`medianest`: the house's front door."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
from cyclopts import App, Parameter

from kit.settings import load
from launcher import app as house_app
from launcher.failures import CannotRun
from launcher.folder import holder, wait_until_free
from launcher.house import find_house
from launcher.keeping.screen import standard_screen
from launcher.readiness import is_ready
from launcher.settings import Settings

app = App(name="medianest", help="One portal and one API for a home media server.")

DataDir = Annotated[
    Path | None, Parameter(help="Where everything is kept (MEDIANEST_DATA_DIR).")
]


@app.command
def up(
    *,
    port: Annotated[
        int | None, Parameter(help="The gateway's port (MEDIANEST_PORT).")
    ] = None,
    bind: Annotated[
        str | None, Parameter(help="The gateway's address (MEDIANEST_BIND).")
    ] = None,
    replicas: Annotated[
        int | None, Parameter(help="How many of each process (MEDIANEST_REPLICAS).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Start MediaNest, and keep it running until Ctrl-C."""
    settings = _settings(port=port, bind=bind, replicas=replicas, data_dir=data_dir)
    with standard_screen(color="NO_COLOR" not in os.environ) as screen:
        _run(house_app.up(settings, dict(os.environ), screen))


@app.command
def down(*, data_dir: DataDir = None) -> None:
    """Stop the MediaNest that runs on a data folder, in order."""
    folder = _settings(data_dir=data_dir).data_dir
    pid = holder(folder)
    if pid is None:
        print(f"MediaNest does not run on {folder}")
        return
    os.kill(pid, signal.SIGTERM)
    if not wait_until_free(folder, within_s=60):
        _fail(CannotRun(f"MediaNest (process {pid}) did not stop within 60 s"))
    print("stopped")


@app.command
def migrate(
    direction: Literal["up", "down", "status"] = "up", *, data_dir: DataDir = None
) -> None:
    """Bring the databases to this version's schema, with nothing else running."""
    settings = _settings(data_dir=data_dir)
    with standard_screen(color="NO_COLOR" not in os.environ) as screen:
        _run(house_app.migrate(settings, dict(os.environ), screen, direction))


@app.command
def status(*, data_dir: DataDir = None) -> None:
    """Say what runs. Ends with status 1 when the house is not ready."""
    try:
        house = find_house(_settings(data_dir=data_dir).data_dir)
    except CannotRun as exc:
        _fail(exc)
    for name, pid in house.processes.items():
        print(f"{name:<12} {_vitals(pid)}")
    ready = is_ready(house.gateway_url)
    print(f"{house.gateway_url} is {'ready' if ready else 'not ready'}")
    sys.exit(0 if ready else 1)


def main() -> None:
    app()


def _settings(**given: object) -> Settings:
    return load(
        Settings, **{key: value for key, value in given.items() if value is not None}
    )


def _run(work: Coroutine[Any, Any, None]) -> None:
    try:
        asyncio.run(work)
    except CannotRun as exc:
        _fail(exc)


def _fail(failure: CannotRun) -> None:
    print(f"medianest: {failure.line}", file=sys.stderr)
    sys.exit(failure.status)


def _vitals(pid: int | None) -> str:
    try:
        process = psutil.Process(pid or -1)
        memory_mib = process.memory_info().rss / 2**20
    except (psutil.Error, ValueError):
        return "starting again"
    return f"process {pid:>7}   {memory_mib:6.1f} MiB"


if __name__ == "__main__":
    main()
