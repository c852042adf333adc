"""The document that says what can be asked."""

from typing import Any

import pytest

from tests.gateway.house import House

HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "options", "trace"}


@pytest.fixture
async def document(house: House) -> dict[str, Any]:
    told = await house.ask("GET", "/api/openapi.json")
    assert told.status == 200
    found: dict[str, Any] = told.json
    return found


def references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {each for item in value for each in references(item)}
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own | {each for item in value.values() for each in references(item)}
    return set()


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert document["openapi"] == "3.1.0"
    assert {name.rpartition("/")[2] for name in references(document)} <= set(schemas)


async def test_every_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    standard = [
        operation["operationId"]
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if operation["operationId"].split(".")[0] != "conformance"
    ]

    assert len(set(standard)) == len(standard)
    assert "media.ListMediaRequests" in standard


async def test_every_variable_of_a_path_is_a_parameter(
    document: dict[str, Any],
) -> None:
    for path, verbs in document["paths"].items():
        for operation in verbs.values():
            declared = [p["name"] for p in operation["parameters"] if p["in"] == "path"]
            assert all(f"{{{name}}}" in path for name in declared)
            assert path.count("{") == len(declared)


async def test_an_operation_says_what_it_takes_gives_and_needs(
    document: dict[str, Any],
) -> None:
    listing = document["paths"]["/v1/requests"]["get"]
    approve = document["paths"]["/v1/requests/{request_id}:approve"]["post"]
    update = document["paths"]["/v1/monitors/{monitor.id}"]["patch"]
    setup = document["paths"]["/v1/setup"]["get"]
    remove = document["paths"]["/v1/monitors/{monitor_id}"]["delete"]

    assert [p["name"] for p in listing["parameters"]] == [
        *("pageSize", "pageToken", "state", "requestedBy"),
    ]
    assert approve["x-permission"] == "MANAGE_REQUESTS"
    assert update["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/status.v1.Monitor"
    }
    assert [p["name"] for p in update["parameters"]] == [
        "monitor.id",
        "updateMask",
        "ifVersion",
    ]
    assert setup["security"] == []
    assert "204" in remove["responses"]


async def test_the_docs_are_served_by_ourselves(house: House) -> None:
    page = await house.ask("GET", "/api/docs")

    assert page.headers["content-type"].startswith("text/html")
    assert b"http://" not in page.body
    assert b"https://" not in page.body
    for name in (b"docs.js", b"docs.css"):
        assert name in page.body
        path = f"/api/docs/{name.decode()}"
        assert (await house.ask("GET", path)).status == 200
