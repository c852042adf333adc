"""The house that a story is told in: one made for it, or one that somebody keeps."""

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.house import running_house

# A file of facts about a house that stands already, as tests.stack writes it.
_STANDING = "MEDIANEST_TEST_HOUSE"


class House(Protocol):
    """What a story needs of a house."""

    @property
    def base_url(self) -> str: ...

    @property
    def setup_token(self) -> str: ...

    async def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `medianest …` where it knows this house."""
        ...


@dataclass(frozen=True)
class Shelf:
    folder: Path
    """Where films are put."""
    path: str
    """How the house calls that folder."""


@dataclass(frozen=True)
class StandingHouse:
    base_url: str
    setup_token: str
    shelf: str
    shelf_seen: str
    medianest: list[str]

    async def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return await asyncio.to_thread(
            subprocess.run,
            [*self.medianest, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@asynccontextmanager
async def a_house(tmp_path: Path) -> AsyncIterator[tuple[House, Shelf]]:
    """The house that stands, or one of two replicas of everything, gone afterwards."""
    if standing := _standing():
        yield standing, Shelf(Path(standing.shelf), standing.shelf_seen)
    else:
        folder = tmp_path / "shelf"
        async with running_house(tmp_path / "house", replicas=2) as house:
            yield house, Shelf(folder, str(folder))


def _standing() -> StandingHouse | None:
    facts = os.environ.get(_STANDING)
    return StandingHouse(**json.loads(Path(facts).read_text())) if facts else None
