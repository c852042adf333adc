"""What whoever has the keys of the house itself may do, and nobody who signs in."""

from dataclasses import dataclass
from typing import Protocol

import structlog

from kit.caller import Caller
from kit.clock import Clock
from services.auth.domain.audit import Actor
from services.auth.domain.errors import OperatorOnly
from services.auth.domain.own_factor import KeptFactors
from services.auth.domain.resets import Reset, Resets, make_reset
from services.auth.domain.users import User

log = structlog.get_logger()


class FindOwner(Protocol):
    async def find(self) -> User:
        """Raises OwnerMissing."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """How many stored secrets other keys have sealed than the one that seals now."""

    by_other_keys: int
    key_id: str


class SealedSecrets(Protocol):
    @property
    def key_id(self) -> str:
        """Of the key that seals now."""

    async def count_other(self) -> int:
        """How many are sealed with another key than the one that seals now."""


class Operator:
    """For an owner who has lost the way in, and for changing the house's keys."""

    def __init__(
        self,
        owners: FindOwner,
        resets: Resets,
        factors: KeptFactors,
        sealed: SealedSecrets,
        clock: Clock,
    ) -> None:
        self._owners = owners
        self._resets = resets
        self._factors = factors
        self._sealed = sealed
        self._clock = clock

    async def issue_reset(self, by: Caller) -> Reset:
        """Raises OperatorOnly and OwnerMissing."""
        actor = _operator(by)
        owner = await self._owners.find()
        reset = make_reset(owner.id, None, self._clock.now())
        await self._resets.put(reset, actor)
        log.info("password_reset_issued", user_id=str(owner.id), by=by.session_id)
        return reset

    async def disable_factor(self, by: Caller) -> None:
        """Raises OperatorOnly, OwnerMissing, SecondFactorMissing and UserChanged."""
        actor = _operator(by)
        owner = await self._owners.find()
        await self._factors.remove(owner, self._clock.now(), actor)
        log.info("second_factor_disabled", user_id=str(owner.id), by=by.session_id)

    async def sealing(self, by: Caller) -> Sealing:
        """Raises OperatorOnly."""
        _operator(by)
        return Sealing(await self._sealed.count_other(), self._sealed.key_id)


def _operator(by: Caller) -> Actor:
    """Raises OperatorOnly."""
    if not by.is_operator:
        raise OperatorOnly(
            "This takes the keys of the house itself: use the medianest command where "
            "it runs."
        )
    return Actor(None, by.session_id, by.address)
