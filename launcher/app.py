"""Where the house is put together.  Read this file first.

Floors stand up from below and lie down from above:

    3  gateway
    2  auth  media  status
    1  Valkey
    0  Postgres
"""

import asyncio
import resource
import time
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import Any

from launcher.engines import postgres, valkey
from launcher.engines.binaries import engine_user, ensure_reachable, find_binaries
from launcher.engines.databases import name_of, provide, url_for
from launcher.failures import CannotRun, Leaving
from launcher.folder import claim
from launcher.house import House, publish, withdraw
from launcher.keeping.household import Household
from launcher.keeping.screen import Screen
from launcher.migrations import Migrated
from launcher.plan import (
    SERVICES,
    Plan,
    Programs,
    Seat,
    make_plan,
    password_of,
    role_names,
)
from launcher.ports import choose, ensure_free
from launcher.readiness import (
    setup_needed,
    until_gateway_ready,
    until_service_ready,
    within,
)
from launcher.settings import Settings
from launcher.vault import Secrets, open_vault

_POSTGRES, _VALKEY, _SERVICES, _GATEWAY = range(4)
# After a crash Postgres replays its log before it answers.
_ENGINE_READY_S = 120.0
_READY_S = 60.0
_OPEN_FILES = 65_536


async def up(
    settings: Settings, environment: Mapping[str, str], screen: Screen
) -> None:
    """Open the house and keep it until SIGTERM or SIGINT. Raises CannotRun."""
    began = time.monotonic()
    _allow_many_connections()
    with ExitStack() as stack:
        folder = stack.enter_context(claim(settings.data_dir))
        plan = make_plan(settings)
        plan.ensure_free()
        opening = Opening(settings, environment, folder, plan, open_vault(folder))
        stack.callback(withdraw, folder)
        async with Household(screen) as household:
            _obey_signals(household)
            try:
                await household.unless_leaving(opening.open(household))
                took_s = time.monotonic() - began
                await household.unless_leaving(_welcome(opening, screen, took_s))
                await household.until_leaving()
            except Leaving:
                pass
            finally:
                screen.say("stopping")
    screen.say("stopped")


async def migrate(
    settings: Settings,
    environment: Mapping[str, str],
    screen: Screen,
    direction: str,
) -> None:
    """Bring all three databases up (or one step down, or say how they stand), with
    nothing else running. Raises CannotRun."""
    with claim(settings.data_dir) as folder:
        opening = Opening(
            settings, environment, folder, make_plan(settings), open_vault(folder)
        )
        async with Household(screen) as household:
            _obey_signals(household)
            try:
                await household.unless_leaving(opening.migrate(household, direction))
            except Leaving:
                raise CannotRun("the migration was interrupted") from None


@dataclass(frozen=True, slots=True)
class Opening:
    """How the house is opened: engines, then services and the gateway, which is ready
    when they are."""

    settings: Settings
    environment: Mapping[str, str]
    folder: Path
    plan: Plan
    secrets: Secrets

    async def open(self, household: Household) -> None:
        admin_url, programs = await self._engines(household)
        household.watch(lambda: self._publish(household))
        # Gateways look for their services until they are there: they begin to load
        # meanwhile, and are ready when all is.
        await _together(
            *(
                self._service(household, programs, admin_url, service)
                for service in SERVICES
            ),
            *(
                self._gateway(household, programs, seat, url)
                for seat, url in zip(
                    self.plan.gateways, self.plan.gateway_urls, strict=True
                )
            ),
        )

    async def migrate(self, household: Household, direction: str) -> None:
        admin_url, programs = await self._engines(household)
        await _together(
            *(
                self._migrated(household, programs, admin_url, service, direction)
                for service in SERVICES
            )
        )

    async def _engines(self, household: Household) -> tuple[str, Programs]:
        admin_url, redis_url = await _together(
            self._database_server(household), self._redis_server(household)
        )
        return admin_url, Programs(
            plan=self.plan,
            secrets=self.secrets,
            folder=self.folder,
            inherited=self.environment,
            redis_url=redis_url,
            public_url=self.settings.public_url,
        )

    async def _database_server(self, household: Household) -> str:
        if given := self.settings.database_url:
            return given.get_secret_value()
        user = engine_user()
        ensure_reachable(self.folder, user)
        binaries = find_binaries(self.folder, user)
        password = self.secrets.postgres_password
        data = self.folder / "postgres"
        if not data.exists():
            fresh, password_file = postgres.prepare_empty(self.folder, password, user)
            made = postgres.initdb_program(fresh, password_file, binaries, user)
            status, last_words = await household.once(made)
            password_file.unlink()
            if status:
                raise CannotRun(f"the database cannot be made: {_last(last_words)}")
            fresh.rename(data)
        postgres.ensure_same_version(data, binaries)
        postgres.write_access_rules(data, role_names(), user)
        await postgres.clear_remains(data)
        (port,) = choose(self.settings.postgres_port, 1, but=self.plan.ports)
        ensure_free(postgres.HOST, port, "MEDIANEST_POSTGRES_PORT")
        household.keep(postgres.program(data, port, binaries, user), _POSTGRES)
        ready = postgres.until_ready(port, password)
        await within(_ENGINE_READY_S, "postgres", ready)
        return (
            f"postgresql://{postgres.ADMIN}:{password}@{postgres.HOST}:{port}/postgres"
        )

    async def _redis_server(self, household: Household) -> str:
        if given := self.settings.redis_url:
            return given.get_secret_value()
        user = engine_user()
        ensure_reachable(self.folder, user)
        binaries = find_binaries(self.folder, user)
        password = self.secrets.valkey_password
        (port,) = choose(self.settings.valkey_port, 1, but=self.plan.ports)
        ensure_free(valkey.HOST, port, "MEDIANEST_VALKEY_PORT")
        program = valkey.program(self.folder, port, password, binaries, user)
        household.keep(program, _VALKEY)
        await within(_ENGINE_READY_S, "valkey", valkey.until_ready(port, password))
        return f"redis://:{password}@{valkey.HOST}:{port}/0"

    async def _service(
        self, household: Household, programs: Programs, admin_url: str, service: str
    ) -> None:
        url = await self._migrated(household, programs, admin_url, service, "up")
        seats = self.plan.services[service]
        for seat in seats:
            household.keep(programs.service(seat, url), _SERVICES)
        await _together(
            *(
                within(_READY_S, seat.name, until_service_ready(seat.address))
                for seat in seats
            )
        )

    async def _migrated(
        self,
        household: Household,
        programs: Programs,
        admin_url: str,
        service: str,
        direction: str,
    ) -> str:
        """The URL of the service's database, when its schema is the newest."""
        name, password = name_of(service), password_of(self.secrets, service)
        url, migrated = url_for(admin_url, name, password), Migrated(self.folder)
        if direction == "up" and await migrated.is_current(service, url):
            return url
        await provide(admin_url, name, password)
        program = programs.migration(self.plan.services[service][0], url, direction)
        status, last_words = await household.once(program)
        if status:
            said = _last(last_words)
            raise CannotRun(f"{service} cannot migrate its database: {said}", status)
        await migrated.remember(service, url)
        if self.settings.database_url is None:
            await postgres.write_out(admin_url)
        return url

    async def _gateway(
        self, household: Household, programs: Programs, seat: Seat, url: str
    ) -> None:
        household.keep(programs.gateway(seat), _GATEWAY)
        await within(_READY_S, seat.name, until_gateway_ready(url))

    def _publish(self, household: Household) -> None:
        publish(
            self.folder,
            House(
                gateway_url=self.plan.gateway_urls[0],
                gateway_urls=tuple(self.plan.gateway_urls),
                auth_addresses=self.plan.addresses("auth"),
                media_addresses=self.plan.addresses("media"),
                status_addresses=self.plan.addresses("status"),
                caller_keys=self.secrets.caller_keys,
                processes={
                    keeper.program.name: keeper.pid for keeper in household.keepers
                },
            ),
        )


async def _welcome(opening: Opening, screen: Screen, took_s: float) -> None:
    url = opening.plan.gateway_urls[0]
    needs_owner = await within(_READY_S, "GET /v1/setup", setup_needed(url))
    screen.say(f"MediaNest is ready after {took_s:.1f} s: {url}")
    if needs_owner:
        token = opening.secrets.setup_token
        screen.say(f"First run: make the owner at {url}/setup?token={token}")


def _last(words: list[str]) -> str:
    return words[-1] if words else "it said nothing"


def _allow_many_connections() -> None:
    """A shell's usual 1,024 open files are too few for a gateway's live streams."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _obey_signals(household: Household) -> None:
    loop = asyncio.get_running_loop()
    for number in (Signals.SIGTERM, Signals.SIGINT):
        loop.add_signal_handler(number, household.leave)
    loop.add_signal_handler(Signals.SIGHUP, household.forward, Signals.SIGHUP, _GATEWAY)


async def _together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """All results; when one fails the others are canceled, and its failure is
    raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except* CannotRun as failures:
        first = failures.exceptions[0]
    else:
        return [task.result() for task in tasks]
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    raise first
