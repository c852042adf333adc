"""The embedded Postgres: made once, started on this machine's loopback only."""

import asyncio
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from signal import Signals

import asyncpg
import psutil

from launcher.engines.binaries import Binaries
from launcher.failures import CannotRun
from launcher.keeping.processes import Program, User

HOST = "127.0.0.1"
ADMIN = "postgres"
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "128MB",
    "max_connections": "60",
    "fsync": "on",
    "synchronous_commit": "on",
    "password_encryption": "scram-sha-256",
    # What is written between two checkpoints is what a start after a crash has to
    # read again and write out before it answers.
    "max_wal_size": "128MB",
    "checkpoint_timeout": "60s",
    # A home server's disk is an SSD more often than not.
    "random_page_cost": "1.1",
    "jit": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    # Without the lines that repeat what users typed.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# Postgres says so to each of our questions whether it is up yet, and when it stops.
_NOISE = re.compile(
    "FATAL:  the database system is (starting up|shutting down|not yet accepting)"
    "|LOG:  (aborting any active|background worker)"
)


def program(data: Path, port: int, binaries: Binaries, user: User | None) -> Program:
    """The server on `data`. It ends as Postgres does: SIGINT is a fast shutdown,
    SIGQUIT an immediate one, after which the next start replays the log."""
    settings = {**_SETTINGS, "port": str(port)}
    flags = [part for item in settings.items() for part in ("-c", "=".join(item))]
    return Program(
        name="postgres",
        command=(str(binaries.postgres), "-D", str(data), *flags),
        environment={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        folder=data,
        user=user,
        stop_signal=Signals.SIGINT,
        stop_within_s=30.0,
        last_resort=Signals.SIGQUIT,
        orphan_signal=Signals.SIGQUIT,
        not_shown=_NOISE,
    )


def initdb_program(
    data: Path, password_file: Path, binaries: Binaries, user: User | None
) -> Program:
    return Program(
        name="postgres",
        command=(
            str(binaries.initdb),
            *("-D", str(data), "-U", ADMIN, f"--pwfile={password_file}"),
            *("-A", "scram-sha-256", "--encoding=UTF8", "--no-instructions"),
            # Order and case by Unicode's own tables, which no update of the
            # system changes under an index; character classes from C.UTF-8.
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            "--locale=C.UTF-8",
        ),
        environment={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"},
        folder=data,
        user=user,
        not_shown=re.compile(""),
    )


def prepare_empty(folder: Path, password: str, user: User | None) -> tuple[Path, Path]:
    """An empty folder for initdb, and a file with the administrator's password."""
    fresh, password_file = folder / "postgres.new", folder / "postgres.password"
    # What a start that was interrupted left behind.
    shutil.rmtree(fresh, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    fresh.mkdir(mode=0o700)
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    for path in (fresh, password_file):
        _give(path, user)
    return fresh, password_file


def write_access_rules(data: Path, names: list[str], user: User | None) -> None:
    """Who may connect: the administrator everywhere, each role to its own database,
    all by password and from this machine."""
    own = [f"host {name} {name} {HOST}/32 scram-sha-256\n" for name in names]
    path = data / "pg_hba.conf"
    path.write_text(f"host all {ADMIN} {HOST}/32 scram-sha-256\n" + "".join(own))
    path.chmod(0o600)
    _give(path, user)


def ensure_same_version(data: Path, binaries: Binaries) -> None:
    """Raises CannotRun for data that another major version of Postgres made."""
    made_by = (data / "PG_VERSION").read_text().strip()
    ours = binaries.postgres.parent.with_name("share") / "postgres.bki"
    with ours.open() as file:
        # Its first line is "# PostgreSQL 18".
        comes_with = file.readline().split()[-1]
    if made_by != comes_with:
        raise CannotRun(
            f"the database in {data} was made by PostgreSQL {made_by}, and this"
            f" MediaNest comes with {comes_with}: install the version that made it,"
            " dump the data, and load it into a new data folder"
        )


async def clear_remains(data: Path, within_s: float = 30.0) -> None:
    """Wait for a server that a killed launcher left behind, and remove the pid file
    of one that is no more.

    Postgres itself takes any process with the old number for the old server, and
    would not start. Raises CannotRun when the old server does not end.
    """
    path = data / "postmaster.pid"
    server = _server_of(data, path)
    if server is not None:
        # It is ending already, by the signal of the launcher's death.
        with suppress(psutil.NoSuchProcess):
            server.send_signal(Signals.SIGQUIT)
        gone, _ = await asyncio.to_thread(psutil.wait_procs, [server], within_s)
        if not gone:
            raise CannotRun(
                f"an older Postgres (process {server.pid}) still runs on {data}: stop"
                " it"
            )
    path.unlink(missing_ok=True)


async def until_ready(port: int, password: str) -> None:
    """Until the server answers a query."""
    while True:
        try:
            conn = await asyncpg.connect(
                host=HOST,
                port=port,
                user=ADMIN,
                password=password,
                database="postgres",
                timeout=2,
            )
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError):
            # Nothing but asking tells when a server is up.
            await asyncio.sleep(0.03)
        else:
            await conn.close()
            return


async def write_out(admin_url: str) -> None:
    """Write to disk what is only in the log, as after making three databases: a
    crash soon after would otherwise cost seconds."""
    conn = await asyncpg.connect(admin_url, timeout=2)
    try:
        await conn.execute("CHECKPOINT")
    finally:
        await conn.close()


def _server_of(data: Path, pid_file: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        is_it = process.name() == "postgres" and process.cwd() == str(data)
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return process if is_it else None


def _give(path: Path, user: User | None) -> None:
    if user:
        os.chown(path, user.uid, user.gid)
