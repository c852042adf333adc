"""The embedded Valkey: memory that may be lost, bounded, on loopback only."""

import asyncio
import os
import re
from pathlib import Path

from launcher.engines.binaries import Binaries
from launcher.keeping.processes import Program, User

HOST = "127.0.0.1"


def program(
    folder: Path, port: int, password: str, binaries: Binaries, user: User | None
) -> Program:
    """The server. Its password is in a private file, not on a command line that
    everybody can read."""
    home = folder / "valkey"
    home.mkdir(exist_ok=True, mode=0o700)
    settings = home / "valkey.conf"
    settings.unlink(missing_ok=True)
    settings.touch(mode=0o600)
    settings.write_text(
        f"bind {HOST}\n"
        f"port {port}\n"
        f"requirepass {password}\n"
        f'dir "{home}"\n'
        "maxmemory 96mb\n"
        "maxmemory-policy allkeys-lru\n"
        'save ""\n'
        "appendonly no\n"
        "loglevel warning\n"
        "always-show-logo no\n"
    )
    if user:
        os.chown(home, user.uid, user.gid)
        os.chown(settings, user.uid, user.gid)
    return Program(
        name="valkey",
        command=(str(binaries.valkey), str(settings)),
        environment={"PATH": "/usr/bin:/bin"},
        folder=home,
        user=user,
        # Said for the sake of saving to disk, which is not done here.
        not_shown=re.compile("Memory overcommit must be enabled"),
    )


async def until_ready(port: int, password: str) -> None:
    """Until the server answers."""
    question = f"AUTH {password}\r\nPING\r\n".encode()
    while True:
        try:
            async with asyncio.timeout(2):
                if await _ask(port, question) == b"+OK\r\n+PONG\r\n":
                    return
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        # Nothing but asking tells when a server is up.
        await asyncio.sleep(0.03)


async def _ask(port: int, question: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        writer.write(question)
        return await reader.readexactly(len(b"+OK\r\n+PONG\r\n"))
    finally:
        writer.close()
