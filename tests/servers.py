"""A throwaway Postgres and Valkey, from the binaries that MediaNest installs."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from launcher.engines.binaries import engine_user, find_binaries

_START_WITHIN_S = 30
_INITDB = ("-U", "postgres", "-A", "trust", "-N")


_MEMORY = Path("/dev/shm")
_ROOM_BYTES = 2 * 2**30


def roomy() -> Path | None:
    """Memory for the databases, which are copied by the hundred; None is the disk."""
    if not _MEMORY.is_dir() or shutil.disk_usage(_MEMORY).free <= _ROOM_BYTES:
        return None
    # For root, an engine may be copied beside its data, and runs there.
    may_run = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return _MEMORY if may_run else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Postgres:
    """A server of one's own, gone with its data when stopped. It does not wait for
    the disk: tests of what survives a crash start the real house instead."""

    def __init__(self) -> None:
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="medianest-pg-", dir=roomy()))
        self.folder.chmod(0o711)
        # Postgres refuses to run as root, and nobody cannot see into /root.
        user = engine_user()
        self._user = user.name if user else None
        self._binaries = find_binaries(self.folder, user)
        self._data = self.folder / "data"
        self._data.mkdir(mode=0o700)
        if self._user:
            shutil.chown(self._data, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        subprocess.run(
            [self._binaries.initdb, "-D", self._data, *_INITDB],
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )
        quick = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": 200,
            "shared_buffers": "128MB",
            # No database lives long enough to be tidied, or to be worth compiling for.
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "autovacuum": "off",
            "jit": "off",
        }
        options = [
            word for key, value in quick.items() for word in ("-c", f"{key}={value}")
        ]
        self._process = subprocess.Popen(
            [self._binaries.postgres, "-D", self._data, *options],
            user=self._user,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
        )
        wait_until(lambda: answers(self.port), "Postgres")

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: at once, nothing is kept
            self._process.wait(timeout=10)
        shutil.rmtree(self.folder, ignore_errors=True)


class Valkey:
    """A server of one's own. `kill` and `start` again to see what happens then."""

    def __init__(self) -> None:
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        words = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
        }
        arguments = [
            word for key, value in words.items() for word in (f"--{key}", value)
        ]
        self._process = subprocess.Popen(
            [find_binaries(Path(), None).valkey, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=tempfile.gettempdir(),
        )
        wait_until(lambda: answers(self.port), "Valkey")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    stop = kill


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """For what has no event to await: a server of another make that starts."""
    until = time.monotonic() + _START_WITHIN_S
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not start")
        time.sleep(0.02)


@asynccontextmanager
async def database_of_ones_own(
    admin_url: str, name: str, template: str = "template1"
) -> AsyncIterator[str]:
    """Its url. It is gone afterwards, whoever is still connected."""
    async with _administered(admin_url) as admin:
        await _create(admin, name, template)
        try:
            yield _url_of(admin_url, name)
        finally:
            await _drop(admin, name)


async def create_database(admin_url: str, name: str) -> str:
    """Make a database that stays until it is dropped; its url."""
    async with _administered(admin_url) as admin:
        await _create(admin, name, "template1")
    return _url_of(admin_url, name)


async def drop_database(admin_url: str, name: str) -> None:
    async with _administered(admin_url) as admin:
        await _drop(admin, name)


@asynccontextmanager
async def _administered(admin_url: str) -> AsyncIterator[Any]:
    admin = await asyncpg.connect(admin_url)
    try:
        yield admin
    finally:
        await admin.close()


async def _create(admin: Any, name: str, template: str) -> None:
    # Copied as files: page by page through the log takes twice the work.
    await admin.execute(
        f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'
    )


async def _drop(admin: Any, name: str) -> None:
    await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _url_of(admin_url: str, name: str) -> str:
    return admin_url.rpartition("/")[0] + "/" + name
