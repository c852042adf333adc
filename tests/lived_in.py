"""Houses that ran before: to make a new one takes longer than what most tests are
about. Each is made once in a run, by whichever worker needs it first."""

import asyncio
import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.house import empty_house
from tests.servers import roomy

_PLACE = "MEDIANEST_TEST_HOUSES"


def begin() -> None:
    """Make room for the houses of this run; workers inherit where it is."""
    os.environ[_PLACE] = tempfile.mkdtemp(prefix="medianest-houses-", dir=roomy())
    # For root, Postgres runs as nobody, and its folder must be found.
    Path(os.environ[_PLACE]).chmod(0o711)


def end() -> None:
    shutil.rmtree(os.environ.pop(_PLACE, ""), ignore_errors=True)


def like(name: str, environment: Mapping[str, str], scratch: Path) -> Path:
    """The data folder of a house without an owner, which was stopped."""
    place = Path(os.environ[_PLACE])
    made = place / name
    with (place / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(made, environment, scratch)
    return made


def _make(made: Path, environment: Mapping[str, str], scratch: Path) -> None:
    with empty_house(scratch, environment=environment) as house:
        house.start()
        asyncio.run(house.ready())
        assert asyncio.run(house.stop()) == 0
        partial = made.with_suffix(".partial")
        subprocess.run(["cp", "-a", house.data_dir, partial], check=True)
        partial.rename(made)
