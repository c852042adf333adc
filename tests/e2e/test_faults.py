"""What a kill -9 may not undo, while somebody writes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.client import Answer, Crowd, Json, Person, people
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.asyncio(loop_scope="module"),
]

PARTS = ["auth", "media", "status", "gateway", "valkey", "postgres"]
ON_THE_WAY = [part for part in PARTS if part != "media"]
AWAY = (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT)
# How long recovery takes is measured by `make bench`; here it must only come.
PATIENCE_S = 30
# The limits are another test's subject: nobody here may run into them.
UNLIMITED = {
    f"MEDIANEST_GATEWAY_LIMIT_{kind}": "0/1min" for kind in ("READ", "WRITE", "ADMIN")
}


def a_monitor() -> Json:
    return {"name": uuid4().hex, "url": "tcp://127.0.0.1:9", "intervalS": 3600}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(
    tmp_path_factory: pytest.TempPathFactory, lived_in: Path
) -> AsyncIterator[RunningHouse]:
    folder = tmp_path_factory.mktemp("house")
    async with running_house(folder, environment=UNLIMITED, like=lived_in) as house:
        yield house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owner(house: RunningHouse, crowd: Crowd) -> Person:
    return await crowd.owner(house.setup_token)


class Writer:
    """Creates monitors and invites one after another, and keeps what was answered."""

    def __init__(self, person: Person) -> None:
        self._person = person
        self.monitors: list[str] = []
        self.invites: list[str] = []

    async def run(self) -> None:
        while True:
            if made := await self._create("/v1/monitors", a_monitor()):
                self.monitors.append(made["id"])
            if made := await self._create("/v1/invites", {}):
                self.invites.append(made["code"])

    async def _create(self, path: str, body: Json) -> Json | None:
        """What was made; None when the answer was a clear no, or there was none."""
        try:
            _, answer = await self._person.create_once(path, body)
        except (aiohttp.ClientError, TimeoutError):
            # The gateway itself was killed: the client knows that it knows nothing.
            await eventually(self._person.is_house_ready, within_s=PATIENCE_S)
            return None
        if answer.status == HTTPStatus.OK:
            return answer.body
        say_so_clearly(answer)
        return None


def say_so_clearly(answer: Answer) -> None:
    assert answer.status in AWAY, answer
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["Content-Type"].startswith("application/problem+json")


@contextmanager
def running(writer: Writer) -> Iterator["asyncio.Task[None]"]:
    task = asyncio.create_task(writer.run())
    try:
        yield task
    finally:
        task.cancel()


async def everything(person: Person, noun: str, id_: str) -> set[str]:
    found: set[str] = set()
    token = ""
    while True:
        page = await person.get(f"/v1/{noun}?pageSize=100&pageToken={token}")
        found |= {each[id_] for each in page[noun]}
        token = page["nextPageToken"]
        if not token:
            return found


@pytest.mark.parametrize("part", PARTS)
async def test_a_kill_undoes_nothing_and_is_recovered_from(
    part: str, house: RunningHouse, owner: Person
) -> None:
    writer = Writer(owner)
    with running(writer) as writing:
        await eventually(lambda: len(writer.invites) >= 10)

        killed = house.kill(part)

        await house.restarted(part, killed, within_s=PATIENCE_S)
        await eventually(owner.is_house_ready, within_s=PATIENCE_S)
        monitors, invites = len(writer.monitors), len(writer.invites)
        await eventually(
            lambda: len(writer.monitors) > monitors and len(writer.invites) > invites,
            within_s=PATIENCE_S,
        )
        assert not writing.done(), "it met an answer that is neither yes nor a clear no"

    assert set(writer.monitors) <= await everything(owner, "monitors", "id")
    assert set(writer.invites) <= await everything(owner, "invites", "code")


@pytest.mark.parametrize("part", ON_THE_WAY)
async def test_a_create_repeated_over_a_kill_makes_one_row(
    part: str, house: RunningHouse, owner: Person, crowd: Crowd
) -> None:
    made: list[str] = []
    # Others' creates, which they gave up, may still be done meanwhile.
    ours = uuid4().hex

    async def make_thirty() -> None:
        for _ in range(30):
            monitor = a_monitor() | {"name": f"{ours} {uuid4().hex}"}
            answer = await crowd.patiently(owner, "/v1/monitors", monitor)
            assert answer.status == HTTPStatus.OK, answer
            made.append(answer.body["id"])

    making = asyncio.create_task(make_thirty())
    await eventually(lambda: len(made) >= 5)
    house.kill(part)
    await making

    names = await everything(owner, "monitors", "name")
    assert len([each for each in names if each.startswith(ours)]) == 30
    assert set(made) <= await everything(owner, "monitors", "id")
    assert len(made) == len(set(made)) == 30
    await eventually(owner.is_house_ready, within_s=PATIENCE_S)


OF_THE_DASHBOARD = {
    "auth": {"session"},
    "media": {"requestCounts", "newestRequests", "pendingRequests", "libraries"},
    "status": {"monitors", "openIncidents"},
}


@pytest.mark.parametrize("part", OF_THE_DASHBOARD)
async def test_the_dashboard_goes_on_without_a_service_that_was_killed(
    house: RunningHouse, owner: Person, part: str
) -> None:
    async def missing() -> set[str]:
        fresh = {"Cache-Control": "no-cache"}
        answer = await owner.ask("GET", "/v1/dashboard", **fresh)
        assert answer.status == HTTPStatus.OK
        told, warned = set(answer.body), answer.body["warnings"]
        assert told == {"warnings", *shown} - {each["part"] for each in warned}
        return {each["part"] for each in warned}

    async def is_whole() -> bool:
        return not await missing()

    async def costs_its_parts_only() -> bool:
        return await missing() == OF_THE_DASHBOARD[part]

    shown = set[str]().union(*OF_THE_DASHBOARD.values())
    await eventually(is_whole, within_s=PATIENCE_S)

    house.kill(part)

    await eventually(costs_its_parts_only)
    await eventually(is_whole, within_s=PATIENCE_S)
