"""What the roof is made of: parts, and the ground that all of them stand on."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor
from grpc import aio

from kit.sealing import Seal
from kit.service import Service
from kit.unchanged import Unchanged
from services.media.settings import Settings


@dataclass(frozen=True, slots=True)
class Ground:
    settings: Settings
    service: Service
    seal: Seal
    unchanged: Unchanged
    stack: AsyncExitStack
    """What is opened on it is closed when the service leaves."""


@dataclass(frozen=True, slots=True)
class Served:
    """A service of the contract, and who adds those who answer it."""

    contract: ServiceDescriptor
    add: Callable[[aio.Server], None]


def nobody() -> None:
    """Is in: there is nobody to be woken."""


@dataclass(frozen=True, slots=True)
class Part:
    served: Sequence[Served]
    loops: Mapping[str, Callable[[], Coroutine[Any, Any, None]]] = field(
        default_factory=dict
    )
    """What it does by itself for as long as the service runs, by name."""
    knock: Callable[[], None] = nobody
    """Has it look for work now, where another part knows that there is some."""


def served(
    contract: ModuleType,
    name: str,
    add: Callable[[Any, aio.Server], None],
    handlers: object,
) -> Served:
    """The service of this name in a module of the contract, answered by handlers."""
    return Served(contract.DESCRIPTOR.services_by_name[name], partial(add, handlers))
