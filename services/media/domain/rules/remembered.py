"""Rules that are remembered for as long as nobody has changed one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from services.media.domain.requests.ruling import Asked, Verdict
from services.media.domain.rules.conditions import Case, TitleFacts
from services.media.domain.rules.rule import Rule, Ruled, ruled
from services.media.domain.titles import TitleMissing


@dataclass(frozen=True, slots=True)
class Known:
    """What the database tells of a title, and of the rules, at one moment."""

    version: int
    """Of the rules: another with each change of any of them."""
    title: TitleFacts | None
    """None: there is no such title."""


class RulesOfNow(Protocol):
    async def known(self, title_id: UUID) -> Known: ...

    async def all(self) -> tuple[int, Sequence[Rule]]:
        """Every rule in order, and the version that they are of."""


class RememberedRuling:
    """What rules say costs one question to the database, however many there are."""

    def __init__(self, rules: RulesOfNow) -> None:
        self._rules = rules
        self._remembered: tuple[int, Sequence[Rule]] = (0, ())

    async def on(self, asked: Asked) -> Verdict:
        """Nothing of a title that is not there."""
        known = await self._rules.known(asked.title_id)
        if known.title is None:
            return Verdict()
        return ruled(
            await self._of_version(known.version), Case(asked, known.title)
        ).verdict

    async def explain(self, asked: Asked) -> Ruled:
        """What each rule makes of it. Raises TitleMissing."""
        known = await self._rules.known(asked.title_id)
        if known.title is None:
            raise TitleMissing("There is no such title.")
        return ruled(await self._of_version(known.version), Case(asked, known.title))

    async def _of_version(self, version: int) -> Sequence[Rule]:
        """The rules of this version, or of a later one that somebody made meanwhile."""
        remembered, rules = self._remembered
        if remembered != version:
            self._remembered = await self._rules.all()
            _, rules = self._remembered
        return rules
