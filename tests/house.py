"""A whole house for a test: `medianest up` as a real process, on ports and in a
folder of its own."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals

from launcher.failures import CannotRun
from launcher.house import House, find_house
from launcher.ports import ensure_free
from launcher.vault import open_vault
from tests.data import ROOT
from tests.servers import roomy
from tests.waiting import eventually

_STOP_S = 60
_MOST_REPLICAS = 2
# Of the gateway, three services, and the services' metrics.
_PORTS_EACH = 7
_PORTS = range(20_000, 32_000)
_READY = "MediaNest is ready"


@dataclass
class RunningHouse:
    """A launcher, and what it started. It can be stopped, killed and started again:
    it keeps its folder and its port."""

    data_dir: Path
    log: Path
    port: int
    environment: Mapping[str, str]
    launcher: "subprocess.Popen[bytes]" = field(init=False)
    _began_at: int = 0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sees_us(self) -> bool:
        return True

    @property
    def setup_token(self) -> str:
        return open_vault(self.data_dir).setup_token

    @property
    def output(self) -> str:
        """All that was on its screen, from the first start on."""
        return self.log.read_text(errors="replace")

    def facts(self) -> House:
        return find_house(self.data_dir)

    def pids(self) -> dict[str, int]:
        """By name: postgres, valkey, auth, media, status, gateway (with `-1`, `-2`…
        behind it when there are replicas). Without those that are just dead."""
        return {name: pid for name, pid in self.facts().processes.items() if pid}

    def kill(self, name: str) -> int:
        """kill -9; the process id that it had."""
        pid = self.pids()[name]
        os.kill(pid, Signals.SIGKILL)
        return pid

    async def restarted(self, name: str, old_pid: int, within_s: float = 10.0) -> int:
        """The new process id, when there is one."""

        def look() -> int | None:
            pid = self.pids().get(name)
            return pid if pid != old_pid else None

        pid = await eventually(look, within_s=within_s)
        assert pid is not None
        return pid

    def start(self) -> None:
        """Start the launcher, and do not wait for it."""
        self._began_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.launcher = subprocess.Popen(
                [sys.executable, "-m", "launcher", "up"],
                env=dict(self.environment),
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def ready(self, within_s: float = 60.0) -> None:
        """Until it says that it is ready."""

        def look() -> bool:
            said = self.log.read_bytes()[self._began_at :].decode(errors="replace")
            status = self.launcher.poll()
            if status is not None:
                raise RuntimeError(f"it ended with status {status}:\n{said}")
            return _READY in said

        await eventually(look, within_s=within_s)

    async def ended(self, within_s: float = 60.0) -> int:
        """The launcher's exit status, when it has ended."""
        return await asyncio.to_thread(self.launcher.wait, within_s)

    async def stop(self, number: Signals = Signals.SIGTERM) -> int:
        """Ask the launcher to stop; its exit status."""
        if self.launcher.poll() is None:
            self.launcher.send_signal(number)
        return await self.ended()

    async def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run another `medianest …` with the same folder and environment."""
        return await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "launcher", *words],
            env=dict(self.environment),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@asynccontextmanager
async def running_house(
    tmp_path: Path,
    replicas: int = 1,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
    like: Path | None = None,
) -> AsyncIterator[RunningHouse]:
    """A house that is ready, gone with its data afterwards. It is new, or has what is
    in the data folder `like`, of a house that was stopped."""
    with empty_house(tmp_path, replicas, port, environment) as house:
        if like is not None:
            await asyncio.to_thread(copy_house, like, house.data_dir)
        house.start()
        await house.ready()
        yield house


@contextmanager
def empty_house(
    tmp_path: Path,
    replicas: int = 1,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[RunningHouse]:
    """A house that is not started yet, and gone with its data afterwards. What it
    says is kept in tmp_path/medianest.log."""
    folder = data_dir()
    first = _free_row()
    port = port or first
    house = RunningHouse(
        data_dir=folder,
        log=_log(tmp_path),
        port=port,
        environment={
            **_without_settings(os.environ),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "protos" / "gen"))),
            "MEDIANEST_DATA_DIR": str(folder),
            "MEDIANEST_PORT": str(port),
            "MEDIANEST_GRPC_PORT": str(first + _MOST_REPLICAS),
            "MEDIANEST_METRICS_PORT": str(first + 4 * _MOST_REPLICAS),
            "MEDIANEST_REPLICAS": str(replicas),
            # Several have tests of their own, and take a second each to load.
            "MEDIANEST_GATEWAY_WORKERS": "1",
            # A test asks nobody outside.
            "MEDIANEST_AUTH_PLEX_ADDRESS": "",
            # Where nobody listens.
            "MEDIANEST_MEDIA_PLEX_ADDRESS": "http://127.0.0.1:9",
            "MEDIANEST_MEDIA_PLEX_DISCOVER_ADDRESS": "http://127.0.0.1:9",
            "MEDIANEST_MEDIA_TMDB_IMAGES_URL": "http://127.0.0.1:9",
            **(environment or {}),
        },
    )
    try:
        yield house
    finally:
        _put_down(house)
        shutil.rmtree(folder, ignore_errors=True)


def copy_house(like: Path, folder: Path) -> None:
    """Put what is in the data folder of a house that was stopped into another."""
    # With its owners, who for root's Postgres are others.
    subprocess.run(["cp", "-a", f"{like}/.", folder], check=True)


def _put_down(house: RunningHouse) -> None:
    if not hasattr(house, "launcher"):
        return
    house.launcher.terminate()
    try:
        house.launcher.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        house.launcher.kill()
        house.launcher.wait()
        raise


def data_dir() -> Path:
    """An empty folder. Not under pytest's, which are closed to others: for root,
    Postgres runs as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="medianest-house-", dir=roomy()))
    folder.chmod(0o711)
    return folder


def _log(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "medianest.log"


def _free_row() -> int:
    """The first of a row of free ports, enough for a house, from the rows that are
    this worker's: between the look and the use, another worker would find the same."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    length = _MOST_REPLICAS * _PORTS_EACH
    rows = list(range(_PORTS.start, _PORTS.stop - length, length))[worker % 8 :: 8]
    random.SystemRandom().shuffle(rows)
    return next(row for row in rows if _is_free(range(row, row + length)))


def _is_free(ports: range) -> bool:
    try:
        for port in ports:
            ensure_free("127.0.0.1", port, "MEDIANEST_PORT")
    except CannotRun:
        return False
    return True


def _without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("MEDIANEST_")
    }
