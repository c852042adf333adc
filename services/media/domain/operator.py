"""What whoever has the keys of the house itself may ask, and nobody who signs in."""

from dataclasses import dataclass
from typing import Protocol

from kit.caller import Caller
from kit.errors import Denied


class OperatorOnly(Denied):
    reason = "operator_only"


@dataclass(frozen=True, slots=True)
class Sealing:
    """How many stored secrets other keys have sealed than the one that seals now."""

    by_other_keys: int
    key_id: str


class SealedSecrets(Protocol):
    async def sealing(self) -> Sealing: ...


class Operator:
    """For changing the house's keys."""

    def __init__(self, *sealed: SealedSecrets) -> None:
        """All stores of sealed secrets, at least one."""
        self._sealed = sealed

    async def sealing(self, by: Caller) -> Sealing:
        """Raises OperatorOnly."""
        if not by.is_operator:
            raise OperatorOnly(
                "This takes the keys of the house itself: use the medianest command"
                " where it runs."
            )
        every = [await each.sealing() for each in self._sealed]
        return Sealing(sum(each.by_other_keys for each in every), every[0].key_id)
