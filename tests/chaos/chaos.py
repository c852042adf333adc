"""A house in which everybody asks and decides, while its parts are killed at random."""

import asyncio
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.bench.engine import database_of
from tests.chaos.judging import faults
from tests.chaos.people import Pool, Somebody, act
from tests.chaos.record import Record
from tests.chaos.truth import Truth, read_truth
from tests.e2e.client import Crowd, Person, people
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

PARTS = ("auth", "media", "status", "gateway", "valkey", "postgres")
KINDS = ("READ", "WRITE", "REQUEST", "ADMIN", "SIGN_IN")
UNLIMITED = {f"MEDIANEST_GATEWAY_LIMIT_{kind}": "0/1min" for kind in KINDS}
DECIDERS = "deciders"
_BACK_WITHIN_S = 60
_ONE_IN_DECIDES = 5
_LONGEST_PEACE_S = 3.0
_FILMS_EACH = 20
# Little enough that it is reached, and enough to go on until the end.
_LIMIT, _LIMIT_GROWS_EVERY_S = 4, 10
_IMPORTED_AT_ONCE = 1_000


@dataclass(frozen=True)
class Outcome:
    record: Record
    truth: Truth

    def faults(self) -> list[str]:
        return faults(self.record, self.truth)


async def chaos(
    seconds: float,
    how_many: int,
    seed: int,
    like: Path | None = None,
    *,
    enough: Callable[[Record], bool] = lambda _: True,
) -> Outcome:
    """In a house of its own, which is new or begins as another one was left; for so
    long, and on a machine that is slow until there is `enough`."""
    chance, record = random.Random(seed), Record()
    with tempfile.TemporaryDirectory(prefix="medianest-chaos-") as folder:
        where = Path(folder) / "house"
        async with (
            running_house(where, environment=UNLIMITED, like=like) as house,
            people(house.base_url) as crowd,
        ):
            owner = await crowd.owner(house.setup_token)
            titles = await _titles(
                house, owner, int(how_many * (_FILMS_EACH + seconds))
            )
            everybody = await _everybody(crowd, owner, titles, how_many, chance, record)
            await _limit(owner, record, int(_LIMIT + seconds / _LIMIT_GROWS_EVERY_S))
            killing = asyncio.create_task(_kill(house, owner, record, chance))
            try:
                await act(everybody, seconds, lambda: enough(record))
            finally:
                killing.cancel()
            await eventually(owner.is_house_ready, within_s=_BACK_WITHIN_S)
            return Outcome(record, await _truth(house, owner))


async def _everybody(
    crowd: Crowd,
    owner: Person,
    titles: list[str],
    how_many: int,
    chance: random.Random,
    record: Record,
) -> list[Somebody]:
    await owner.post(
        "/v1/roles",
        {"name": DECIDERS, "permissions": ["REQUEST", "MANAGE_REQUESTS"]},
    )
    pool, found = Pool(), []
    for number in range(how_many):
        decides = number % _ONE_IN_DECIDES == 0
        role = DECIDERS if decides else "friend"
        person = await crowd.friend_of(owner, f"person-{number}", role)
        if not decides:
            record.limits[person.id] = 0
        own = random.Random(chance.random())
        found.append(Somebody(person, titles, pool, record, own, decides=decides))
    return found


async def _limit(owner: Person, record: Record, limit: int) -> None:
    """Of all who do not decide."""
    quota = {"movies": {"limit": limit, "days": 7}}
    told = await owner.ask("PUT", "/v1/request-limits/role:friend", quota)
    assert told.status == HTTPStatus.OK, told
    record.limits = dict.fromkeys(record.limits, limit)


async def _titles(house: RunningHouse, owner: Person, count: int) -> list[str]:
    films = [
        {
            "originKey": f"chaos:{number}",
            "title": {"kind": "MOVIE", "name": f"Chaos {number}"},
        }
        for number in range(count)
    ]
    for first in range(0, count, _IMPORTED_AT_ONCE):
        batch = films[first : first + _IMPORTED_AT_ONCE]
        await owner.post("/v1/titles:import", {"titles": batch})
    conn = await database_of(house, "media")
    try:
        rows = await conn.fetch("SELECT id FROM titles ORDER BY id")
    finally:
        await conn.close()
    return [str(row["id"]) for row in rows]


async def _kill(
    house: RunningHouse, owner: Person, record: Record, chance: random.Random
) -> None:
    """One part after another, or two at once, each soon after the house is whole."""
    while True:
        await asyncio.sleep(chance.uniform(0.2, _LONGEST_PEACE_S))
        parts = chance.sample(PARTS, chance.choice([1, 1, 1, 2]))
        pids = house.pids()
        killed = {part: house.kill(part) for part in parts if part in pids}
        record.kills += killed
        for part, pid in killed.items():
            await house.restarted(part, pid, within_s=_BACK_WITHIN_S)
        await eventually(owner.is_house_ready, within_s=_BACK_WITHIN_S)


async def _truth(house: RunningHouse, owner: Person) -> Truth:
    exchanged = await owner.post("/v1/sessions:exchange", {"token": owner.token})
    return await read_truth(house, exchanged["caller"])
