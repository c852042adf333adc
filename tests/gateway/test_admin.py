"""What an administrator is told of the gateway itself."""

import gzip
import json

import pytest

from medianest.api.v1 import permissions_pb2
from medianest.media.v1 import requests_pb2
from tests.gateway.contract import everything
from tests.gateway.house import House, running_house
from tests.gateway.paths import GET, LIST_REQUESTS
from tests.servers import Valkey
from tests.waiting import eventually

ADMIN = 1 << permissions_pb2.ADMIN
ALL_BUT_ADMIN = (1 << 62) - 1 - ADMIN
METRICS, CACHE, ALIAS = (
    "/v1/admin/metrics",
    "/v1/admin/cache",
    "/api/admin/cache/metrics",
)
PAGES = (METRICS, CACHE, ALIAS)


@pytest.fixture
async def house(house: House) -> House:
    house.backend.on(GET, everything(text="a"))
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())
    house.sign_in("ada", ADMIN)
    house.sign_in("eve", ALL_BUT_ADMIN)
    return house


@pytest.mark.parametrize("path", PAGES)
async def test_only_an_administrator_is_told(house: House, path: str) -> None:
    nobody = await house.ask("GET", path)
    friend = await house.ask("GET", path, token="eve")
    owner = await house.ask("GET", path, token="ada")

    assert (nobody.status, nobody.json["reason"]) == (401, "unauthenticated")
    assert (friend.status, friend.json["reason"]) == (403, "not_permitted")
    assert owner.status == 200
    assert owner.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("POST", METRICS, 405), ("DELETE", CACHE, 405), ("GET", METRICS + "/", 404)),
        *(("GET", METRICS + "?page=2", 400), ("GET", CACHE + "?fields=secrets", 400)),
        *(("GET", METRICS + "?%ff=%ff", 400), ("GET", "/api/admin/metrics", 404)),
    ],
)
async def test_what_is_not_offered_is_refused(
    house: House, method: str, path: str, status: int
) -> None:
    told = await house.ask(method, path, token="ada")

    assert told.status == status
    assert told.headers["content-type"] == "application/problem+json"


async def test_answers_are_counted_by_route_and_status(house: House) -> None:
    for _ in range(3):
        await house.ask("GET", "/v1/everything/secret-id")
    await house.ask("GET", "/v1/requests")

    told = await house.ask("GET", METRICS, token="ada")

    routes = {each["route"]: each for each in told.json["routes"]}
    asked = routes["GET /v1/everything/{text}"]
    assert (asked["answers"], asked["statuses"]) == (3, [{"status": 200, "answers": 3}])
    assert 0 < asked["p50Ms"] <= asked["p95Ms"] <= asked["p99Ms"] < 10_000
    assert routes["GET /v1/requests"]["statuses"][0]["status"] == 401
    assert told.json["all"]["answers"] == 4
    assert told.json["routes"][0]["route"] == "GET /v1/everything/{text}"
    assert told.json["connections"] >= 1
    assert told.json["memoryBytes"] > 10_000_000
    assert [each["answering"] for each in told.json["workers"]] == [True]
    assert b"secret-id" not in told.body


async def test_rates_are_told_after_the_first_seconds(house: House) -> None:
    await house.ask("GET", "/v1/everything/x")

    async def is_told() -> bool:
        told = await house.ask("GET", METRICS, token="ada")
        return bool(told.json["all"]["rateLastMinute"] > 0)

    await eventually(is_told, within_s=20)


async def test_what_is_remembered_is_told_by_method(house: House) -> None:
    async def is_remembered() -> bool:
        await house.ask("GET", "/v1/requests", token="ada")
        told = await house.ask("GET", ALIAS, token="ada")
        answers = told.json["tiers"][0]
        found = [
            e for e in answers["namespaces"] if e["namespace"] == "GET /v1/requests"
        ]
        assert answers["tier"] == "answers"
        return bool(found and found[0]["counts"]["hits"] and found[0]["maxAgeS"] == 5)

    await eventually(is_remembered)
    accepted = {"Accept-Encoding": "gzip"}
    long = requests_pb2.ListMediaRequestsResponse(next_page_token="x" * 2000)
    house.backend.on(LIST_REQUESTS, long)
    path = "/v1/requests?page_size=3"
    await house.ask("GET", path, token="ada", headers=accepted)
    told = await house.ask("GET", CACHE, token="ada")

    tiers = {each["tier"]: each for each in told.json["tiers"]}
    assert tiers["answers"]["all"]["entries"] == 2
    assert tiers["answers"]["mostBytes"] == 32 * 1024 * 1024
    assert tiers["answers"]["all"]["evictions"] == 0
    compressed = tiers["compressed"]["namespaces"]
    assert [each["namespace"] for each in compressed] == ["gzip"]
    # Nobody counts how often a form was of use, so nobody says that it never was.
    assert "hits" not in compressed[0]["counts"]


async def test_what_a_small_memory_forgets_is_counted() -> None:
    async with running_house(memory_bytes=10_000) as house:
        answer = requests_pb2.ListMediaRequestsResponse(next_page_token="x")
        house.backend.on(LIST_REQUESTS, answer)
        house.sign_in("ada", ADMIN)

        async def is_crowded() -> bool:
            for size in range(1, 101):
                await house.ask("GET", f"/v1/requests?page_size={size}", token="ada")
            told = await house.ask("GET", CACHE, token="ada")
            tier = told.json["tiers"][0]
            return bool(
                tier["all"]["evictions"] >= 90
                and tier["all"]["sizeBytes"] <= 10_000
                and "MEDIANEST_GATEWAY_MEMORY_BYTES" in "".join(tier["advice"])
            )

        await eventually(is_crowded, within_s=20)


async def test_without_events_it_is_said_why_nothing_is_remembered() -> None:
    async with running_house(dead=("media",)) as house:
        house.sign_in("ada", ADMIN)
        for _ in range(120):
            await house.ask("GET", "/v1/requests", token="ada")

        told = await house.ask("GET", CACHE, token="ada")

    found = told.json["tiers"][0]["namespaces"][0]
    assert found["counts"]["doubted"] == 120
    assert "the events of the service do not arrive" in found["advice"][0]


async def test_fields_tags_and_encodings_work_as_everywhere(house: House) -> None:
    path = METRICS + "?fields=workers.name"

    told = await house.ask("GET", path, token="ada")
    tag = {"If-None-Match": told.headers["etag"]}
    again = await house.ask("GET", path, token="ada", headers=tag)
    packed = await house.ask(
        "GET", METRICS, token="ada", headers={"Accept-Encoding": "gzip"}
    )
    head = await house.ask("HEAD", METRICS, token="ada")

    assert told.json == {"workers": [{"name": "gateway"}]}
    assert (again.status, again.body) == (304, b"")
    is_packed = packed.headers.get("content-encoding") == "gzip"
    whole = gzip.decompress(packed.body) if is_packed else packed.body
    assert "routes" in json.loads(whole)
    assert (head.status, head.body) == (200, b"")


async def test_a_client_may_have_no_patience(house: House) -> None:
    told = await house.ask(
        "GET", METRICS, token="ada", headers={"X-Request-Timeout": "0"}
    )

    assert told.status == 504


async def test_its_class_of_limits_is_that_of_administrators() -> None:
    async with running_house(limited=True, limit_admin="3/1min") as house:
        house.sign_in("ada", ADMIN)
        statuses = [
            (await house.ask("GET", path, token="ada")).status
            for path in (*PAGES, CACHE)
        ]

    assert statuses == [200, 200, 200, 429]


async def test_the_document_describes_both_pages(house: House) -> None:
    told = await house.ask("GET", "/api/openapi.json")

    for path in PAGES:
        described = told.json["paths"][path]["get"]
        assert described["summary"] or described["description"]
        assert "403" in described["responses"]


async def test_redis_is_looked_at_and_its_absence_makes_nobody_unready(
    valkey: Valkey,
) -> None:
    async with running_house(redis_url=valkey.url) as house:
        there = await house.ask("GET", "/ready")
    async with running_house(redis_url="redis://127.0.0.1:1/0") as house:
        away = await house.ask("GET", "/ready")

    assert there.json["redis"]["ready"] is True
    assert there.json["redis"]["latencyMs"] > 0
    assert (away.status, away.json["status"]) == (200, "ready")
    assert away.json["redis"]["ready"] is False
    assert away.json["redis"]["reason"] == "unavailable"


async def test_what_is_not_ready_is_named_with_its_latency() -> None:
    async with running_house(dead=("media",)) as house:
        told = await house.ask("GET", "/ready")

    assert told.status == 503
    media = told.json["services"]["media"]
    assert (media["ready"], media["reason"]) == (False, "unavailable")
    assert media["latencyMs"] >= 0
    assert told.json["services"]["auth"]["ready"] is True
