"""What a kill -9 may not undo, while somebody writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from tests.e2e.client import Crowd, Person, people
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

PARTS = ["auth", "media", "status", "gateway", "valkey", "postgres"]
RECOVERY_S = 5


class Writer:
    """Creates monitors and invites one after another, and keeps what was answered."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.acknowledged: dict[str, list[str]] = {"monitors": [], "invites": []}
        self.unclear: list[aiohttp.ClientError | TimeoutError] = []
        self.refused: list[int] = []

    async def run(self) -> None:
        while True:
            name = uuid4().hex
            await self._create(
                "monitors",
                "/v1/monitors",
                {"name": name, "url": "tcp://127.0.0.1:9", "intervalS": 3600},
                "id",
            )
            await self._create("invites", "/v1/invites", {}, "code")

    async def _create(
        self, kind: str, path: str, body: dict[str, object], id_: str
    ) -> None:
        try:
            _, answer = await self._person.create_once(path, body)
        except (aiohttp.ClientError, TimeoutError) as exc:
            # The gateway itself was killed: the client knows that it knows nothing.
            self.unclear.append(exc)
            await asyncio.sleep(0.05)
            return
        if answer.status == 200:
            self.acknowledged[kind].append(answer.body[id_])
            return
        assert answer.status in (503, 504), answer
        assert int(answer.headers["Retry-After"]) >= 1
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        self.refused.append(answer.status)


async def everything(person: Person, path: str, noun: str, id_: str) -> set[str]:
    found: set[str] = set()
    token = ""
    while True:
        page = await person.get(f"{path}?pageSize=100&pageToken={token}")
        found |= {each[id_] for each in page[noun]}
        token = page["nextPageToken"]
        if not token:
            return found


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RunningHouse]:
    async with running_house(tmp_path / "house") as house:
        yield house


@pytest.fixture
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_loses_nothing_that_was_acknowledged(
    part: str, house: RunningHouse, crowd: Crowd
) -> None:
    owner = await crowd.owner(house.setup_token)
    writer = Writer(owner)
    writing = asyncio.create_task(writer.run())
    await eventually(lambda: len(writer.acknowledged["invites"]) >= 20)
    before = len(writer.acknowledged["invites"])

    house.kill(part)

    # Recovery: the first success of both kinds that was begun after the kill.
    async def writes_again() -> bool:
        return len(writer.acknowledged["invites"]) >= before + 10

    await eventually(writes_again, within_s=30)
    writing.cancel()
    assert writing.cancelled() or not writing.done() or writing.exception() is None
    monitors = await everything(owner, "/v1/monitors", "monitors", "id")
    invites = await everything(owner, "/v1/invites", "invites", "code")
    assert set(writer.acknowledged["monitors"]) <= monitors
    assert set(writer.acknowledged["invites"]) <= invites


@pytest.mark.parametrize("part", PARTS)
async def test_a_create_repeated_over_a_kill_makes_one_row(
    part: str, house: RunningHouse, crowd: Crowd
) -> None:
    owner = await crowd.owner(house.setup_token)
    bodies = [
        {"name": f"monitor {n}", "url": "tcp://127.0.0.1:9", "intervalS": 3600}
        for n in range(30)
    ]

    async def make_all() -> list[str]:
        made = []
        for body in bodies:
            answer = await crowd.patiently(owner, "/v1/monitors", body)
            assert answer.status == 200, answer
            made.append(answer.body["id"])
        return made

    making = asyncio.create_task(make_all())
    await eventually(_some_monitors(owner))
    house.kill(part)
    made = await making

    known = await everything(owner, "/v1/monitors", "monitors", "id")
    assert known == set(made)
    assert len(made) == len(bodies)


@pytest.mark.parametrize("part", PARTS)
async def test_the_house_is_ready_again_within_seconds(
    part: str, house: RunningHouse
) -> None:
    killed = house.kill(part)

    await house.restarted(part, killed, within_s=RECOVERY_S)
    async with people(house.base_url) as crowd:
        nobody = crowd.somebody()

        async def ready() -> bool:
            with suppress(aiohttp.ClientError):
                return (await nobody.ask("GET", "/ready")).status == HTTPStatus.OK
            return False

        await eventually(ready, within_s=RECOVERY_S)


def _some_monitors(owner: Person):  # type: ignore[no-untyped-def]
    async def look() -> bool:
        return bool((await owner.get("/v1/monitors"))["monitors"])

    return look
