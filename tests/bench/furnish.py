"""Fills a house with what is measured: the catalogue, and requests for films."""

import asyncio

from tests.bench.scenarios import film_names
from tests.data import CATALOG
from tests.e2e.client import Crowd, Person
from tests.e2e.standing import House
from tests.house import RunningHouse

REQUESTS = 5_000
_AT_ONCE = 20


async def import_catalog(house: House) -> str:
    """Run the command that the README shows; what it printed."""
    files = [str(CATALOG / name) for name in ("movies.jsonl.gz", "tv.jsonl.gz")]
    done = await house.command("catalog", "import", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def furnish(house: RunningHouse, crowd: Crowd) -> Person:
    """The owner of a house with 70,845 titles, who has asked for 5,000 of them."""
    owner = await crowd.owner(house.setup_token)
    await import_catalog(house)
    waiting = iter(await titles(owner, REQUESTS))

    async def ask() -> None:
        for title in waiting:
            await owner.post("/v1/requests", {"titleId": title})

    await asyncio.gather(*(ask() for _ in range(_AT_ONCE)))
    return owner


async def titles(owner: Person, most: int) -> list[str]:
    """The ids of so many titles, or of as many as there are."""
    found: dict[str, None] = {}
    for name in film_names():
        answer = await owner.get(f"/v1/search?pageSize=100&query={name.split('+')[0]}")
        found |= dict.fromkeys(each["id"] for each in answer["titles"])
        if len(found) >= most:
            break
    return list(found)[:most]
