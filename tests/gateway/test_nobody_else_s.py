"""Every route that is remembered, by everybody, in any order, at two gateways: nobody
is shown what was made for somebody else, nor a state from before an own write."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.policy import Policy, Scope
from gateway.rules import Rule
from medianest.api.v1 import permissions_pb2
from tests.gateway.backend import ADMIN, Person, running_backend
from tests.gateway.house import House, Told, running_house
from tests.gateway.stamps import Stamp, Stamping, Versions, path_of, readable, writable
from tests.servers import Valkey
from tests.waiting import eventually

READS, WRITES = readable(), writable()
MEMBER = (
    1 << permissions_pb2.REQUEST
    | 1 << permissions_pb2.REQUEST_VIEW
    | 1 << permissions_pb2.VIEW_SERVICES
)
# Two who are alike, one of them at two screens and with a key that may less; two who
# may everything; one who may nothing.
PEOPLE = {
    "ada": ("user-ada", MEMBER),
    "ada-phone": ("user-ada", MEMBER),
    "ada-key": ("user-ada", 1 << permissions_pb2.VIEW_SERVICES),
    "bob": ("user-bob", MEMBER),
    "owner": ("user-owner", ADMIN),
    "admin": ("user-admin", ADMIN),
    "guest": ("user-guest", 0),
}
_ANSWERED = {200, 204}
# A load that was held may be late. What may not be asked is not answered at all.
_NOT_ANSWERED = {403, 503, 504}


@dataclass(repr=False)
class Town:
    """Two gateways, one truth, and what each of the people has written."""

    houses: list[House]
    truth: Stamping
    written: dict[str, Versions] = field(default_factory=dict)
    reading: list["asyncio.Task[None]"] = field(default_factory=list)
    events: int = 0

    async def ask(self, at: int, rule: Rule, path: str, token: str) -> Told:
        body = {"json": {}} if rule.body else {}
        return await self.houses[at].ask(rule.verb, path, token=token, **body)

    def begin_to_read(self, at: int, what: int, token: str, name: str) -> None:
        rule, _ = READS[what]
        reading = self.read(at, rule, path_of(rule, name), token)
        self.reading.append(asyncio.create_task(reading))

    async def read(self, at: int, rule: Rule, path: str, token: str) -> None:
        user_id, _ = PEOPLE[token]
        own = Counter(self.written.get(user_id, Counter()))
        told = await self.ask(at, rule, path, token)
        assert told.status in _ANSWERED | _NOT_ANSWERED, told.body
        if told.status in _ANSWERED:
            stamps = self.truth.shown_in(told.json)
            assert stamps, f"{path}: unstamped"
            for stamp in stamps:
                ensure_theirs(stamp, token)
                ensure_shows(stamp, own)

    async def write(self, at: int, what: int, token: str, name: str) -> None:
        rule, _ = WRITES[what]
        told = await self.ask(at, rule, path_of(rule, name), token)
        assert told.status in _ANSWERED | _NOT_ANSWERED, told.body
        user_id, _ = PEOPLE[token]
        self.written[user_id] = self.truth.versions.copy()

    async def happen(self, what: int, name: str) -> None:
        """Somebody writes past the gateways; the service tells of it."""
        tags = READS[what][1].tags or ("requests",)
        self.truth.versions.update(tags)
        then = Counter({tag: self.truth.versions[tag] for tag in tags})
        self.events += 1
        backend = self.houses[0].backend
        for each in ("auth", "media", "status"):
            told = {"id": f"{each}:{self.events}", "type": "it.happened", "tags": tags}
            await backend.tell(each, **told)
        path = path_of(READS[what][0], name)
        for house in self.houses:
            await eventually(lambda house=house: self._shows(house, path, then))

    async def _shows(self, house: House, path: str, then: Versions) -> bool:
        told = await house.ask("GET", path, token="owner")
        for stamp in self.truth.shown_in(told.json):
            ensure_shows(stamp, then)
        return told.status in _ANSWERED

    async def read_all(self) -> None:
        self.truth.release()
        self.truth.is_failing = False
        reading, self.reading = self.reading, []
        await asyncio.gather(*reading)


def ensure_theirs(stamp: Stamp, token: str) -> None:
    """Made for this session, or for people who may do the same: by the contract."""
    user_id, permissions = PEOPLE[token]
    made_for, made_may = stamp.assertion.split("/")
    assert stamp.policy.permits(permissions)
    assert stamp.policy.scope is Scope.EVERYBODY or int(made_may) == permissions
    if stamp.policy.scope in {Scope.USER, Scope.NOBODY}:
        assert made_for == token, stamp.policy.path
        assert PEOPLE[made_for][0] == user_id


def ensure_shows(stamp: Stamp, written: Versions) -> None:
    for tag in stamp.policy.tags:
        assert stamp.versions[tag] >= written[tag], stamp.policy.path


@pytest.fixture
async def town(valkey: Valkey) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        backend = await stack.enter_async_context(running_backend())
        for token, (user_id, permissions) in PEOPLE.items():
            shown = f"{token}/{permissions}"
            backend.people[token] = Person(
                user_id, f"session-{token}", permissions, assertion=shown
            )
        truth = Stamping(backend)
        houses = [
            await stack.enter_async_context(
                running_house(backend=backend, redis_url=valkey.url)
            )
            for _ in range(2)
        ]
        town = Town(houses, truth)
        for house in houses:
            for path in ("/v1/users", "/v1/requests", "/v1/monitors"):
                await eventually(lambda h=house, p=path: is_remembered(town, h, p))
        yield town


async def is_remembered(town: Town, house: House, path: str) -> bool:
    told = [await house.ask("GET", path, token="owner") for _ in range(2)]
    return told[0].body == told[1].body


STEPS = st.tuples(
    st.sampled_from(["read"] * 6 + ["begin"] * 3 + ["write"] * 3 + ["happen"])
    | st.sampled_from(["hold", "release", "fail", "heal"]),
    st.integers(0, 1),
    st.integers(0, 10_000),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["one", "two"]),
)


async def step(
    town: Town, does: str, at: int, what: int, token: str, name: str
) -> None:
    match does:
        case "read":
            rule, _ = READS[what % len(READS)]
            town.truth.release()
            await town.read(at, rule, path_of(rule, name), token)
        case "begin":
            town.begin_to_read(at, what % len(READS), token, name)
            await asyncio.sleep(0)
        case "write":
            town.truth.release()
            await town.write(at, what % len(WRITES), token, name)
        case "happen":
            await town.read_all()
            await town.happen(what % len(READS), name)
        case "hold":
            town.truth.hold()
        case "release":
            await town.read_all()
        case _:
            town.truth.is_failing = does == "fail"


@settings(
    max_examples=25,
    deadline=None,
    # Over real sockets, what went wrong goes wrong differently when it is made smaller.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEPS, min_size=20, max_size=80))
async def test_nobody_is_shown_another_s_answer_or_the_own_write_undone(
    town: Town, steps: list[Any]
) -> None:
    for each in steps:
        await step(town, *each)
    await town.read_all()


@pytest.mark.parametrize(
    "way", READS, ids=[f"{rule.verb} {rule.template.text}" for rule, _ in READS]
)
async def test_each_route_is_shared_by_those_it_is_the_same_for(
    way: tuple[Rule, Policy], town: Town
) -> None:
    """Everybody in turn, twice and at both gateways: so that the other one's answer
    would be there to be shown."""
    for _ in range(2):
        for at in range(2):
            for token in PEOPLE:
                await town.read(at, way[0], path_of(way[0], "one"), token)
