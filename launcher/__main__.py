"""`medianest`: the house's front door."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import psutil
from cyclopts import App, Parameter

from kit.settings import load
from launcher import app as house_app
from launcher import vault
from launcher.catalog import import_files, size_of
from launcher.failures import CannotRun
from launcher.folder import claim, holder, wait_until_free
from launcher.handing import hand_out
from launcher.house import House, find_house, house_in_containers
from launcher.keeping.screen import standard_screen
from launcher.operating import media_sealing_of, reset_link, sealing_of
from launcher.readiness import is_ready
from launcher.settings import Settings
from launcher.vault import open_vault

app = App(name="medianest", help="One portal and one API for a home media server.")
catalog = App(name="catalog", help="What films and series exist.")
app.command(catalog)
keys = App(name="keys", help="The house's secrets.")
app.command(keys)
owner = App(name="owner", help="For an owner who has lost the way in.")
app.command(owner)

_STOP_S = 60.0
_WORKER = "gateway.workers"

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
        asyncio.run(house_app.up(settings, dict(os.environ), screen))


@app.command
def down(*, data_dir: DataDir = None) -> None:
    """Stop the MediaNest that runs on a data folder, in order."""
    folder = _settings(data_dir=data_dir).data_dir
    pid = holder(folder)
    if pid is None:
        print(f"MediaNest does not run on {folder}")
        return
    try:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    except PermissionError as exc:
        raise CannotRun(
            f"MediaNest (process {pid}) is another user's: be the one who started it"
        ) from exc
    if not wait_until_free(folder, within_s=_STOP_S):
        raise CannotRun(f"MediaNest (process {pid}) did not stop in {_STOP_S:.0f} s")
    print("stopped")


@app.command
def migrate(
    direction: Literal["up", "down", "status"] = "up", *, data_dir: DataDir = None
) -> None:
    """Bring the databases to this version's schema, with nothing else running."""
    settings = _settings(data_dir=data_dir)
    with standard_screen(color="NO_COLOR" not in os.environ) as screen:
        asyncio.run(house_app.migrate(settings, dict(os.environ), screen, direction))


@keys.command(name="rotate")
def rotate_keys(*, data_dir: DataDir = None) -> None:
    """Make new keys for signing callers and for sealing, from the next start on. The
    old ones go on verifying and opening until `medianest keys retire`."""
    folder = _settings(data_dir=data_dir).data_dir
    if not vault.exists(folder):
        raise CannotRun(f"there are no keys in {folder}: `medianest up` makes them")
    vault.rotate(folder)
    print("the new keys are in front, and hold from the next start on:")
    print("  medianest down; medianest up; and an hour later: medianest keys retire")


@keys.command(name="retire")
def retire_keys(*, data_dir: DataDir = None) -> None:
    """Forget the keys before the newest, when a house that runs with the newest needs
    them no more. Ends with status 1, and changes nothing, while it does."""
    settings = _settings(data_dir=data_dir)
    house = _house(settings)
    auth, media = sealing_of(house), media_sealing_of(house)
    if others := auth.by_other_keys + media.by_other_keys:
        raise CannotRun(
            f"{others} stored secrets are still sealed with other keys than the first:"
            " auth and media seal them anew within an hour of their start"
        )
    vault.retire(settings.data_dir, auth.key_id, media.key_id)
    print("the old keys are forgotten from the next start on")


@keys.default
def hand_out_keys(
    folder: Path,
    /,
    *,
    postgres: Annotated[str, Parameter(help="Postgres' host:port.")] = "postgres:5432",
    redis: Annotated[str, Parameter(help="Redis' host:port.")] = "redis:6379",
    data_dir: DataDir = None,
) -> None:
    """Make the secrets of a data folder that has none, and hand each process its own:
    in FOLDER, one folder for each, as Docker and Kubernetes take them."""
    with claim(_settings(data_dir=data_dir).data_dir) as claimed:
        hand_out(open_vault(claimed), folder, postgres, redis)


@app.command
def status(*, data_dir: DataDir = None) -> None:
    """Say what runs. Ends with status 1 when the house is not ready."""
    house = find_house(_settings(data_dir=data_dir).data_dir)
    for name, pid in house.processes.items():
        print(f"{name:<12} {_vitals(pid)}")
    ready = is_ready(house.gateway_url)
    print(f"{house.gateway_url} is {'ready' if ready else 'not ready'}")
    sys.exit(0 if ready else 1)


@owner.command(name="reset-link")
def owner_reset_link(
    *,
    disable_second_factor: Annotated[
        bool, Parameter(help="Take the owner's second factor away, too.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Print a link with which the owner chooses a new password, once and within a
    day. Whoever has it is the owner."""
    house = _house(_settings(data_dir=data_dir))
    print(reset_link(house, disable_second_factor=disable_second_factor))


@catalog.command(name="import")
def import_titles(file: Path, /, *more: Path, data_dir: DataDir = None) -> None:
    """Bring titles in from files of JSON lines: films, series, or TMDB's daily
    exports, plain or gzip. What is known is brought up to date; nothing is removed.

    Ends with status 1 when lines were rejected, 2 when a file is missing.
    """
    files = (file, *more)
    size_bytes = size_of(files)
    settings = _settings(data_dir=data_dir)
    if settings.media_addresses:
        house = house_in_containers(settings.data_dir, settings.media_addresses)
    else:
        house = find_house(settings.data_dir)
    try:
        tally = import_files(house, files, size_bytes)
    except KeyboardInterrupt as exc:
        raise CannotRun("stopped: what was taken stays", 128 + signal.SIGINT) from exc
    print(tally.summary)
    sys.exit(1 if tally.rejected else 0)


def main() -> None:
    try:
        app()
    except CannotRun as exc:
        print(f"medianest: {exc.line}", file=sys.stderr)
        sys.exit(exc.status)


def _settings(**given: Any) -> Settings:
    return load(
        Settings, **{key: value for key, value in given.items() if value is not None}
    )


def _house(settings: Settings) -> House:
    """The house whose auth and media we ask."""
    if settings.auth_addresses:
        return house_in_containers(
            settings.data_dir, settings.media_addresses, settings.auth_addresses
        )
    return find_house(settings.data_dir)


def _vitals(pid: int | None) -> str:
    try:
        process = psutil.Process(pid or -1)
        memory_mib = process.memory_info().rss / 2**20
        workers_mib = [
            each.memory_info().rss / 2**20
            for each in process.children()
            if _WORKER in each.cmdline()
        ]
    except (psutil.Error, ValueError):
        return "starting again"
    said = f"process {pid:>7}   {memory_mib:6.1f} MiB"
    if workers_mib:
        said += f" and {len(workers_mib)} workers, {sum(workers_mib):.1f} MiB"
    return said


if __name__ == "__main__":
    main()
