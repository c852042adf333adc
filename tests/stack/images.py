"""Images to build on and servers to keep things in, where no registry has them."""

import shutil
from pathlib import Path

from packaging.requirements import Requirement

from tests.data import ROOT
from tests.stack import debian
from tests.stack.shell import Shell

_BASE = "python:3.11-slim-bookworm"
_STAND_INS = Path(__file__).parent / "stand_ins"


def stand_ins(shell: Shell, work: Path) -> dict[str, str]:
    """Which images compose.yaml is to use instead of its own, by its variables: none
    where a registry has these, and else Debian's Python, PostgreSQL, Redis and
    Prometheus."""
    if shell.works("docker", "pull", "--quiet", _BASE):
        return {}
    root = work / "debian"
    debian.make_debian(shell, root, "python3", "python3-venv", "ca-certificates")
    _import(shell, root, "python")
    _wheels(shell, work / "builder", _python_in(shell, root))
    built = {
        "BASE_IMAGE": "medianest-stand-in/python",
        "BUILDER_IMAGE": _build(shell, "builder", work / "builder"),
    }
    debian.add_servers(shell, root, "postgresql-15", "redis-server", "prometheus")
    _import(shell, root, "servers")
    shutil.rmtree(root)
    for name in ("postgres", "redis", "prometheus"):
        built[f"{name.upper()}_IMAGE"] = _build(shell, name, _STAND_INS)
    return built


def _import(shell: Shell, root: Path, name: str) -> None:
    left_out = (
        *("./dev/*", "./var/cache/apt", "./var/lib/apt/lists"),
        *("./usr/share/doc", "./usr/share/man"),
    )
    archive = root.with_suffix(".tar")
    shell.run(
        *("tar", "-C", root, "-cf", archive),
        *(f"--exclude={each}" for each in left_out),
        ".",
    )
    shell.run("docker", "import", archive, f"medianest-stand-in/{name}")
    archive.unlink()


def _build(shell: Shell, target: str, folder: Path) -> str:
    name = f"medianest-stand-in/{target}"
    dockerfile = _STAND_INS / "Dockerfile"
    shell.run(
        *("docker", "buildx", "build", "--load", "--target", target),
        *("--tag", name, "--file", dockerfile, folder),
    )
    return name


def _python_in(shell: Shell, root: Path) -> str:
    return shell.run("chroot", root, "python3", "--version").split()[1]


def _wheels(shell: Shell, folder: Path, python: str) -> None:
    """What deploy/requirements.lock names, fetched as pip is set up here: the build
    has no network."""
    folder.mkdir()
    pins = folder / "requirements.txt"
    pins.write_text(pins_for(python))
    shell.run("python3", "-m", "venv", folder / "pip")
    shell.run(
        *(folder / "pip" / "bin" / "pip", "download", "--quiet", "--no-deps"),
        *("--require-hashes", "--only-binary", ":all:", "--python-version", python),
        *("--requirement", pins, "--dest", folder / "wheels"),
    )
    shutil.rmtree(folder / "pip")


def pins_for(python: str) -> str:
    """The pins of deploy/requirements.lock that this version of Python needs, without
    the conditions."""
    where = {
        "python_full_version": python,
        "python_version": python.rpartition(".")[0],
    }
    lock = (ROOT / "deploy" / "requirements.lock").read_text()
    kept = []
    for pin in lock.replace("\\\n", " ").splitlines():
        named, *hashes = pin.split("--hash=")
        wanted = Requirement(named)
        if wanted.marker is None or wanted.marker.evaluate(where):
            hashed = [f"--hash={each.strip()}" for each in hashes]
            kept.append(" ".join([f"{wanted.name}{wanted.specifier}", *hashed]))
    return "\n".join(kept) + "\n"
