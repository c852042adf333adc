"""What every service's front door does: read the settings, then migrate or run."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

import uvloop

from kit import logs, migrate
from kit.errors import AddressTaken, Failure
from kit.settings import ServiceSettings, load

Settings = TypeVar("Settings", bound=ServiceSettings)

FAILED = 1


def main(
    service: str,
    words: Sequence[str],
    kind: type[Settings],
    run: Callable[[Settings], Awaitable[None]],
    migrations: Path,
    installers: Sequence[migrate.Installer] = (),
) -> int:
    """The exit status of `python -m services.SERVICE [migrate up|down|status]`. What
    keeps the process from starting is one line on standard error."""
    settings = load(kind)
    if words[:1] == ["migrate"]:
        dsn = settings.database_url.get_secret_value()
        schema = migrate.of_service(service, migrations, dsn, installers)
        return asyncio.run(migrate.command(words[1:], schema))
    if words:
        print(f"usage: services.{service} [migrate up|down|status]", file=sys.stderr)
        return FAILED
    logs.configure(service, settings.log_format)

    async def serve() -> None:
        await run(settings)

    status = 0
    try:
        uvloop.run(serve())
    except* (Failure, AddressTaken) as group:
        print(f"{service}: {first_of(group)}", file=sys.stderr)
        status = FAILED
    return status


def first_of(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The first exception of a group that is none itself."""
    inner = group.exceptions[0]
    return first_of(inner) if isinstance(inner, BaseExceptionGroup) else inner
