"""Composites of any contract: nothing is special about the dashboard."""

import asyncio
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from prometheus_client import CollectorRegistry

from gateway import rules
from gateway.app import build
from gateway.rules import ContractWrong
from gateway.settings import Settings
from kit import errors
from medianest.api.v1 import permissions_pb2
from tests.gateway import contract
from tests.gateway.house import SERVICES, House
from tests.gateway.paths import GET_OWN, GET_SECRET, GET_SHARED
from tests.waiting import eventually

MANAGE_SETTINGS = 1 << permissions_pb2.MANAGE_SETTINGS
MANAGE_REQUESTS = 1 << permissions_pb2.MANAGE_REQUESTS


def word(text: str) -> Any:
    service = contract.composite()[0]
    return contract.class_of(service.file.message_types_by_name["Word"])(word=text)


@pytest.fixture
async def house(house: House) -> House:
    house.backend.on(GET_SHARED, word("shared"))
    house.backend.on(GET_OWN, word("own"))
    house.backend.on(GET_SECRET, word("x" * 300))
    return house


async def test_nobody_sees_what_anybody_may(house: House) -> None:
    told = await house.ask("GET", "/v1/all")

    assert told.json == {"shared": {"word": "shared"}, "missing": []}
    assert house.backend.times(GET_OWN) == house.backend.times(GET_SECRET) == 0


async def test_a_request_is_what_the_contract_says(house: House) -> None:
    await house.ask("GET", "/v1/all")

    asked = house.backend.last(GET_SHARED).message
    assert (asked.word, asked.inner.word) == ("é", "nested")


@pytest.mark.parametrize(
    ("permissions", "shown"),
    [
        (0, {"own"}),
        (MANAGE_REQUESTS, {"own", "narrowed"}),
        (MANAGE_SETTINGS, {"own", "secretWord"}),
    ],
    ids=["none", "the part's", "the method's"],
)
async def test_a_part_is_for_those_whom_it_and_its_method_permit(
    house: House, permissions: int, shown: set[str]
) -> None:
    house.sign_in("ada", permissions)

    told = await house.ask("GET", "/v1/all", token="ada")

    assert set(told.json) - {"shared", "missing"} == shown
    if "secretWord" in shown:
        assert told.json["secretWord"] == {"word": "x" * 300}


async def test_when_the_only_part_fails_so_does_the_answer(house: House) -> None:
    house.backend.on(GET_SHARED, errors.Missing("Gone."))

    told = await house.ask("GET", "/v1/all")

    assert (told.status, told.json["detail"]) == (404, "Gone.")


async def test_who_has_less_patience_takes_nobody_else_down(house: House) -> None:
    go_on = asyncio.Event()

    async def when_told(request: Any, context: Any) -> Any:
        await go_on.wait()
        return word("late")

    house.backend.on(GET_SHARED, when_told)
    hasty = asyncio.create_task(
        house.ask("GET", "/v1/all", headers={"X-Request-Timeout": "1s"})
    )
    await eventually(lambda: house.backend.times(GET_SHARED) == 1)
    patient = asyncio.create_task(house.ask("GET", "/v1/all"))

    assert (await hasty).status == 504
    await eventually(lambda: house.backend.times(GET_SHARED) == 2)
    go_on.set()
    assert (await patient).json["shared"] == {"word": "late"}


async def test_an_empty_part_is_there(house: House) -> None:
    house.backend.on(GET_SHARED, word(""))

    told = await house.ask("GET", "/v1/all")

    assert told.json == {"shared": {"word": ""}, "missing": []}


async def test_the_document_describes_it(house: House) -> None:
    document = (await house.ask("GET", "/api/openapi.json")).json

    answer = document["paths"]["/v1/all"]["get"]["responses"]["200"]
    dashboard = document["components"]["schemas"]["gateway.v1.Dashboard"]
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith(".All")
    assert "/api/dashboard" in document["paths"]
    assert {"warnings", "session", "openIncidents"} <= set(dashboard["properties"])


PART = 'method: "/composite.v1.PartsService/GetOwn"}'
OWN = f"Word own = 2 [(medianest.api.v1.part) = {{{PART}];"
GIVEN = 'request: \'{"word": "é", "inner": {"word": "nested"}}\''
WRONG = {
    "a method that is not there": (
        (PART, 'method: "/composite.v1.PartsService/GetOdd"}'),
        "own: there is no /composite.v1.PartsService/GetOdd to ask",
    ),
    "a service that is not there": (
        (PART, 'method: "/composite.v1.NobodyService/GetOwn"}'),
        "there is no /composite.v1.NobodyService/GetOwn",
    ),
    "a method that is not named": ((PART, 'request: "{}"}'), "own: there is no "),
    "a stream": ((PART, PART.replace("GetOwn", "WatchWords")), "own: there is no"),
    "itself": ((PART, 'method: "/composite.v1.CompositeService/GetAll"}'), "own: ther"),
    "another type": (("Word own = 2", "Other own = 2"), "own: it must be one"),
    "a list": (("Word own = 2", "repeated Word own = 2"), "own: it must be one"),
    "a plain value": (("Word own = 2", "string own = 2"), "own: it must be one"),
    "a choice": (
        (OWN, f"oneof one {{ {OWN} Word other = 70; }}"),
        "own: it must be one",
    ),
    "a field that nobody fills": (
        ("Word own = 2", "string stray = 70; Word own = 2"),
        "stray: no method is named that fills it",
    ),
    "an argument that is not there": (
        (GIVEN, "request: '{\"name\": 1}'"),
        "shared: it",
    ),
    "an argument of another type": ((GIVEN, "request: '{\"word\": 1}'"), "shared: its"),
    "arguments that are no JSON": ((GIVEN, "request: 'word'"), "shared: its request"),
    "no place for warnings": (
        ("repeated medianest.api.v1.Warning missing", "reserved 80; //"),
        "All must have one repeated Warning",
    ),
    "two places for warnings": (
        ("// Two", "repeated medianest.api.v1.Warning more = 80; // Two"),
        "All must have one repeated Warning",
    ),
    "parameters": (
        ("message GetAllRequest {", "message GetAllRequest { string name = 1;"),
        "GetAll: a composite takes nothing",
    ),
    "a write": (('{get: "/v1/all"}', '{post: "/v1/all"}'), "GetAll: a composite is a"),
    "a stream of its own": (
        ("returns (All)", "returns (stream All)"),
        "GetAll: a composite is a plain GET",
    ),
    "a memory of its own": (
        ("rate: READ}", 'rate: READ cache: {scope: USER max_age_s: 5 tags: "x"}}'),
        "GetAll: its parts say how to remember it",
    ),
}
numbers = count()


@pytest.mark.parametrize(("change", "words"), WRONG.values(), ids=WRONG)
async def test_a_contract_that_cannot_be_kept_is_seen_at_the_start(
    tmp_path: Path, change: tuple[str, str], words: str
) -> None:
    services = changed(tmp_path, {change[0]: change[1]})

    with pytest.raises(ContractWrong) as refused:
        await built(services)

    package = services[0].file.package
    assert words in str(refused.value).replace(package, "composite.v1")


async def test_a_part_of_a_service_that_is_not_offered_is_seen_too() -> None:
    """The dashboard needs all three services."""
    with pytest.raises(ContractWrong, match="ListMonitors to ask"):
        await built(rules.services(), without="status")


async def test_the_contract_as_it_is_can_be_kept(tmp_path: Path) -> None:
    await built(changed(tmp_path, {}))


def changed(folder: Path, changes: Mapping[str, str]) -> list[Any]:
    """The services of the composite contract with other words in it, under a package
    of their own."""
    text = contract.composite_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    package = f"composite.wrong{next(numbers)}.v1"
    text = text.replace("composite.v1", package)
    file = f"{package.replace('.', '_')}.proto"
    (folder / file).write_text(text)
    return list(contract.compiled(folder, file).services_by_name.values())


async def built(services: list[Any], without: str = "") -> None:
    names = {rules.name_of(each) for each in services} | {*SERVICES}
    own = [each for each in rules.services() if each not in services]
    async with aio.insecure_channel("127.0.0.1:1") as channel:
        channels = dict.fromkeys(names - {without}, channel)
        every = [*own, *services]
        build(Settings(), every, channels, asyncio.Event(), CollectorRegistry(), None)


async def test_parts_are_remembered_as_widely_as_their_methods_say(
    house: House,
) -> None:
    async def is_remembered() -> bool:
        before = house.backend.times(GET_SHARED)
        await house.ask("GET", "/v1/all")
        return house.backend.times(GET_SHARED) == before

    await eventually(is_remembered)
    shared = house.backend.times(GET_SHARED)

    for token in (house.sign_in("ada"), house.sign_in("bob"), "ada", "bob", ""):
        await house.ask("GET", "/v1/all", token=token)

    assert house.backend.times(GET_SHARED) == shared
    assert house.backend.times(GET_OWN) == 2
