"""The data folder, and the lock that makes one house of it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from launcher.failures import CannotRun

_SEARCHABLE = 0o711
_PRIVATE = 0o700
_POLL_S = 0.05
# Who looks whether the folder is free has the lock too, for a moment.
_LOOK_S = 0.25


@contextmanager
def claim(folder: Path) -> Iterator[Path]:
    """The data folder, made if it is missing, and ours alone until the end.

    The lock goes with the process, however that ends. Raises CannotRun when the
    folder cannot be written or another launcher has it.
    """
    folder = folder.absolute()
    try:
        _make(folder)
        descriptor = os.open(_lock(folder), os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as exc:
        raise CannotRun(
            f"the data folder {folder} cannot be written ({exc.strerror}): mend its"
            " permissions, or choose another with MEDIANEST_DATA_DIR"
        ) from exc
    try:
        if not _seize(descriptor, fcntl.LOCK_EX, _LOOK_S):
            raise CannotRun(
                f"MediaNest already runs on {folder} (process {_number(folder)}):"
                " stop it with `medianest down`, or choose another folder with"
                " MEDIANEST_DATA_DIR"
            )
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield folder
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(folder: Path) -> int | None:
    """The launcher that has this data folder now; None when nobody has. Raises
    CannotRun when that cannot be known."""
    try:
        descriptor = os.open(_lock(folder), os.O_RDONLY)
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise CannotRun(
            f"the data folder {folder} cannot be read ({exc.strerror}): be the user"
            " who started MediaNest, or name another folder with MEDIANEST_DATA_DIR"
        ) from exc
    try:
        # Shared, so that others who look are not taken for a launcher, with the number
        # of one that is no more.
        while not _seize(descriptor, fcntl.LOCK_SH):
            if number := _number(folder):
                return number
            # Between the lock and its number there is a moment without a number.
            time.sleep(_POLL_S)
    finally:
        os.close(descriptor)
    return None


def wait_until_free(folder: Path, within_s: float) -> bool:
    """Whether the launcher that has the folder let go of it in time."""
    ends = time.monotonic() + within_s
    while holder(folder) is not None:
        if time.monotonic() > ends:
            return False
        # A lock of another process can be tried or waited for without end;
        # nothing in between.
        time.sleep(_POLL_S)
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner reads: whole, or not at all."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    # Until the folder is written too, a power cut may bring the old name back.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    # Postgres does not run as root: it runs as nobody, who must be able to reach
    # his part of the folder. What is secret in here is closed by itself.
    folder.chmod(_SEARCHABLE if os.geteuid() == 0 else _PRIVATE)


def _lock(folder: Path) -> Path:
    return folder / "lock"


def _seize(descriptor: int, kind: int, within_s: float = 0.0) -> bool:
    ends = time.monotonic() + within_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= ends:
                return False
            time.sleep(_POLL_S)
        else:
            return True


def _number(folder: Path) -> int | None:
    try:
        return int(_lock(folder).read_text())
    except ValueError:
        return None
