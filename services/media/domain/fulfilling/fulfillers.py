"""Which Radarr or Sonarr gets what."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.media.domain.fulfilling.fulfiller import Fulfiller, FulfillerKind
from services.media.domain.requests.choices import Choices


@dataclass(frozen=True, slots=True)
class Known:
    """One that can be asked, and what it does with what nobody chose for."""

    id: UUID
    name: str
    kind: FulfillerKind
    is_4k: bool
    address: str
    """Where a person looks at it; entries' slugs go below."""
    fulfiller: Fulfiller
    standard: Choices
    anime: Choices
    """For what is anime; whole, also where it is got as all else is."""

    def choices(self, chosen: Choices, *, is_anime: bool) -> Choices:
        """What was chosen, and the rest as it does by default: whole, as an order's
        are."""
        return chosen.over(self.anime if is_anime else self.standard)


class Fulfillers(Protocol):
    """Nothing is asked of the Radarr or Sonarr itself to find it."""

    async def of(self, fulfiller_id: UUID) -> Known:
        """Raises FulfillerMissing for one that was removed or is switched off, and
        FulfillerKeyRefused where its key cannot be unsealed any more."""

    async def default(
        self, kind: FulfillerKind, *, is_4k: bool, is_anime: bool
    ) -> Known | None:
        """The one for what nobody chose for: of anime that for anime, where there is
        one, else the default. None: nobody gets such things."""

    async def all(self) -> list[Known]:
        """Those whose queues are worth a look: all that are switched on."""
