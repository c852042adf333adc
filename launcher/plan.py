"""Who lives where: each service's and gateway's name, ports and settings."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.engines.databases import name_of
from launcher.failures import CannotRun
from launcher.keeping.processes import Program
from launcher.ports import at, choose, ensure_free
from launcher.settings import Settings
from launcher.vault import Secrets

SERVICES = ("auth", "media", "status")
_LOOPBACK = "127.0.0.1"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what a user may set
_PREFIX = "MEDIANEST_"


@dataclass(frozen=True, slots=True)
class Seat:
    """One process and where it listens."""

    name: str
    service: str
    address: str
    metrics_address: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    services: Mapping[str, tuple[Seat, ...]]
    gateways: tuple[Seat, ...]

    def addresses(self, service: str) -> str:
        """All of a service's addresses, as channels take them."""
        return ",".join(seat.address for seat in self.services[service])

    @property
    def gateway_urls(self) -> list[str]:
        """Where this machine finds the gateways."""
        return [f"http://{_local(seat.address)}" for seat in self.gateways]

    @property
    def ports(self) -> set[int]:
        return {_apart(address)[1] for address, _ in self._places()}

    def ensure_free(self) -> None:
        """Raises CannotRun when somebody listens at one of the addresses already, or
        when two of us would."""
        given: dict[int, str] = {}
        for address, setting in self._places():
            host, port = _apart(address)
            if port in given:
                raise CannotRun(
                    f"port {port} is wanted twice: choose another with {given[port]} or"
                    f" {setting}"
                )
            given[port] = setting
            ensure_free(host, port, setting)

    def _places(self) -> Iterator[tuple[str, str]]:
        """Where we listen, and the settings that say so."""
        for seat in self.gateways:
            yield seat.address, "MEDIANEST_PORT"
        for seat in (seat for seats in self.services.values() for seat in seats):
            yield seat.address, "MEDIANEST_GRPC_PORT"
            yield seat.metrics_address, "MEDIANEST_METRICS_PORT"


def make_plan(settings: Settings) -> Plan:
    """Replicas are numbered, and take the ports behind the first of each."""
    count = settings.replicas * len(SERVICES)
    gateway_ports = choose(settings.port, settings.replicas, settings.bind)
    grpc_ports = choose(settings.grpc_port, count, but=gateway_ports)
    metrics_ports = choose(
        settings.metrics_port, count, but=(*gateway_ports, *grpc_ports)
    )
    seats: dict[str, tuple[Seat, ...]] = {}
    for place, service in enumerate(SERVICES):
        seats[service] = tuple(
            Seat(
                name=_name(service, replica, settings.replicas),
                service=service,
                address=at(_LOOPBACK, grpc_ports[replica * len(SERVICES) + place]),
                metrics_address=at(
                    _LOOPBACK, metrics_ports[replica * len(SERVICES) + place]
                ),
            )
            for replica in range(settings.replicas)
        )
    gateways = tuple(
        Seat(
            name=_name("gateway", replica, settings.replicas),
            service="gateway",
            address=at(settings.bind, port),
        )
        for replica, port in enumerate(gateway_ports)
    )
    return Plan(seats, gateways)


@dataclass(frozen=True, slots=True)
class Programs:
    """Makes the programs of services and gateways."""

    plan: Plan
    secrets: Secrets
    folder: Path
    inherited: Mapping[str, str]
    """The launcher's own environment: what it says to a service reaches it."""
    redis_url: str
    public_url: str = ""
    """Where people open the portal; empty: nobody said so."""

    def service(self, seat: Seat, database_url: str) -> Program:
        return self._python(seat, (f"services.{seat.service}",), database_url)

    def migration(self, seat: Seat, database_url: str, direction: str) -> Program:
        module = f"services.{seat.service}"
        return self._python(seat, (module, "migrate", direction), database_url)

    def gateway(self, seat: Seat) -> Program:
        settings = {
            "HTTP_ADDRESS": seat.address,
            "REDIS_URL": self.redis_url,
            "EVENTS_TOKEN": self.secrets.gateway_token,
        }
        for service in SERVICES:
            settings[f"{service.upper()}_ADDRESSES"] = self.plan.addresses(service)
        return self._program(seat.name, ("gateway",), "GATEWAY", settings)

    def _python(self, seat: Seat, words: tuple[str, ...], database_url: str) -> Program:
        settings = {
            "DATABASE_URL": database_url,
            "REDIS_URL": self.redis_url,
            "CALLER_KEYS": self.secrets.caller_keys,
            "GRPC_ADDRESS": seat.address,
            "METRICS_ADDRESS": seat.metrics_address,
        }
        if seat.service == "auth":
            settings["SETUP_TOKEN"] = self.secrets.setup_token
            settings["GATEWAY_TOKEN"] = self.secrets.gateway_token
            settings["SEALING_KEYS"] = self.secrets.auth_sealing_keys
        if seat.service == "media":
            settings["AUTH_ADDRESSES"] = self.plan.addresses("auth")
            settings["SEALING_KEYS"] = self.secrets.media_sealing_keys
            if f"{_PREFIX}MEDIA_PICTURES_FOLDER" not in self.inherited:
                settings["PICTURES_FOLDER"] = str(self.folder / "pictures")
            if self.public_url and f"{_PREFIX}MEDIA_PUBLIC_URL" not in self.inherited:
                settings["PUBLIC_URL"] = self.public_url
        return self._program(seat.name, words, seat.service.upper(), settings)

    def _program(
        self, name: str, words: tuple[str, ...], prefix: str, settings: dict[str, str]
    ) -> Program:
        own = f"{_PREFIX}{prefix}_"
        # A process is told what is its own, not the others' secrets nor ours.
        environment = {
            key: value
            for key, value in self.inherited.items()
            if not key.startswith(_PREFIX) or key.startswith(own)
        }
        environment |= {own + key: value for key, value in settings.items()}
        environment["PYTHONUNBUFFERED"] = "1"
        # Children are started to read files and run nothing of gRPC's: its handlers
        # for forks have nothing to do, and would say so in the log each time.
        environment["GRPC_ENABLE_FORK_SUPPORT"] = "0"
        return Program(
            name=name,
            # -P: a folder called `services` where the launcher was started is not
            # ours.
            command=(sys.executable, "-P", "-m", *words),
            environment=environment,
            folder=self.folder,
        )


def password_of(secrets: Secrets, service: str) -> str:
    return {
        "auth": secrets.auth_password,
        "media": secrets.media_password,
        "status": secrets.status_password,
    }[service]


def role_names() -> list[str]:
    return [name_of(service) for service in SERVICES]


def _name(service: str, replica: int, replicas: int) -> str:
    return service if replicas == 1 else f"{service}-{replica + 1}"


def _apart(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _local(address: str) -> str:
    host, port = _apart(address)
    return at(_EVERYWHERE.get(host, host), port)
