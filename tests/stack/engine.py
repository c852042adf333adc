"""A Docker engine: the one that runs, or one of our own for a while."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import wait_until
from tests.stack import debian
from tests.stack.shell import Shell

# A network namespace of its own gives the engine what it wants to have for itself:
# bridges, names, rules and published ports. It reaches nothing outside.
_START = """
ip link set lo up
exec dockerd --host "unix://$1/docker.sock" --pidfile "$1/docker.pid" \
    --data-root "$1/data" --exec-root "$1/exec"
"""
_STOP_S = 60


@dataclass(frozen=True)
class Engine:
    shell: Shell
    prefix: tuple[str, ...]
    """What a program is started with that wants to reach published ports."""


@contextmanager
def engine(shell: Shell, work: Path) -> Iterator[Engine]:
    """An engine with Compose and buildx. Ours is gone afterwards, with all it had."""
    if shell.works("docker", "info"):
        yield Engine(_with_plugins(shell, work), ())
        return
    debian.install_tools(shell)
    path = f"{shell.environment['PATH']}:/usr/sbin:/sbin"
    home = work / "engine"
    home.mkdir()
    with (work / "dockerd.log").open("w") as log:
        process = subprocess.Popen(
            ["unshare", "--net", "sh", "-euc", _START, "sh", home],
            env={**shell.environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    own = Shell(
        shell.log,
        {
            **shell.environment,
            "PATH": path,
            "DOCKER_HOST": f"unix://{home}/docker.sock",
        },
    )
    try:
        wait_until(lambda: own.works("docker", "info"), "the Docker engine")
        prefix = ("nsenter", "--net", "--target", str(process.pid))
        yield Engine(_with_plugins(own, work), prefix)
    finally:
        process.terminate()
        process.wait(_STOP_S)
        _unmount(home)


def _with_plugins(shell: Shell, work: Path) -> Shell:
    if shell.works("docker", "compose", "version") and shell.works(
        "docker", "buildx", "version"
    ):
        return shell
    home = work / "client"
    debian.install_plugins(shell, home, work / "packages")
    return Shell(shell.log, {**shell.environment, "DOCKER_CONFIG": str(home)})


def _unmount(folder: Path) -> None:
    """What an engine leaves mounted: the namespaces of its networks."""
    mounts = Path("/proc/self/mounts").read_text().splitlines()
    for mount in sorted((line.split()[1] for line in mounts), reverse=True):
        if Path(mount).is_relative_to(folder) and os.path.ismount(mount):
            subprocess.run(["umount", mount], check=True)
