"""What rules would say of a request that nobody has made."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.media.domain.requests.ruling import Asked
from services.media.domain.requests.sizing import AskedTitle, Sizing
from services.media.domain.requests.wanted import Wanted
from services.media.domain.rules.remembered import RememberedRuling
from services.media.domain.rules.rule import Ruled


@dataclass(frozen=True, slots=True)
class Supposed:
    """A request that somebody might make."""

    title_id: UUID
    user_id: str
    role: str
    wanted: Wanted


class Titles(Protocol):
    async def title(self, title_id: UUID) -> AskedTitle:
        """Raises TitleMissing."""


class Explaining:
    def __init__(
        self, titles: Titles, ruling: RememberedRuling, sizing: Sizing
    ) -> None:
        self._titles = titles
        self._ruling = ruling
        self._sizing = sizing

    async def explain(self, supposed: Supposed) -> tuple[Asked, Ruled]:
        """What rules are asked, and what each makes of it. Raises TitleMissing, and
        SeasonsInvalid for seasons of a film."""
        title = await self._titles.title(supposed.title_id)
        wanted = supposed.wanted
        wanted.ensure_of(title.kind)
        asked = Asked(
            supposed.title_id,
            title.kind,
            supposed.user_id,
            supposed.role,
            wanted.is_4k,
            title.seasons_of(wanted),
            self._sizing.estimate(title, wanted),
        )
        return asked, await self._ruling.explain(asked)
