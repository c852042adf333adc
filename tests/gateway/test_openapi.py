"""The document that says what can be asked."""

from collections.abc import Iterator
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from gateway import rules
from gateway.openapi.comments import Comments
from tests.gateway.house import House
from tests.gateway.openapi import Json, is_valid, operations


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(one_house: House) -> Json:
    told = await one_house.ask("GET", "/api/openapi.json")
    assert told.status == 200
    found: Json = told.json
    return found


def media_types(value: Any) -> Iterator[Json]:
    """Whatever has a schema beside an example."""
    if isinstance(value, list):
        for item in value:
            yield from media_types(item)
    elif isinstance(value, dict):
        if "schema" in value and ("example" in value or "examples" in value):
            yield value
        for item in value.values():
            yield from media_types(item)


async def test_the_document_is_openapi(document: Json) -> None:
    validate(document)

    assert document["openapi"] == "3.1.0"


async def test_every_component_is_a_json_schema(document: Json) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_every_example_is_what_its_schema_describes(document: Json) -> None:
    found = list(media_types(document))

    assert len(found) > 100
    for each in found:
        shown = [value["value"] for value in each.get("examples", {}).values()]
        for value in [each["example"]] if "example" in each else shown:
            assert is_valid(document, each["schema"], value), value


async def test_every_binding_of_the_contract_is_an_operation(document: Json) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    bindings = list(rules.rules(rules.services()))

    assert len(set(names)) == len(names)
    assert len(names) >= len(bindings)
    assert {"media.ListMediaRequests", "media.ListMediaRequests_2"} <= set(names)
    assert "/v1/requests" in document["paths"]
    assert "/api/media/requests" in document["paths"]


async def test_every_variable_of_a_path_is_a_parameter(document: Json) -> None:
    for path, _, operation in operations(document):
        declared = [
            each["name"]
            for each in operation["parameters"]
            if each.get("in") == "path" and each["required"]
        ]
        assert all(f"{{{name}}}" in path for name in declared)
        assert path.count("{") == len(declared)


async def test_paths_that_differ_in_names_alone_are_one_path(document: Json) -> None:
    shared = document["paths"]["/v1/monitors/{monitor_id}"]

    assert set(shared) == {"get", "patch", "delete"}
    assert shared["patch"]["parameters"][0]["name"] == "monitor_id"


async def test_a_verb_that_openapi_does_not_know_stands_aside(document: Json) -> None:
    literal = document["paths"]["/v1/everything/literal"]

    assert literal["x-operations"]["PURGE"]["operationId"] == "conformance.Literal_2"


async def test_several_segments_of_a_variable_are_told(document: Json) -> None:
    books = document["paths"]["/v1/shelves/{name}/books/{name_}"]["get"]
    files = document["paths"]["/v1/files/{name}"]["get"]

    assert [each["name"] for each in books["parameters"][:2]] == ["name", "name_"]
    assert "several segments" in files["parameters"][0]["description"]


async def test_an_operation_says_what_it_takes_gives_and_needs(
    document: Json,
) -> None:
    listing = document["paths"]["/v1/requests"]["get"]
    approve = document["paths"]["/v1/requests/{request_id}:approve"]["post"]
    setup = document["paths"]["/v1/setup"]["get"]
    remove = document["paths"]["/v1/monitors/{monitor_id}"]["delete"]
    update = document["paths"]["/v1/monitors/{monitor_id}"]["patch"]

    assert [each["name"] for each in listing["parameters"] if "name" in each] == [
        *("pageSize", "pageToken", "state", "requestedBy"),
        *("titleId", "kind", "is4k", "followedByMe"),
    ]
    assert approve["x-permission"] == "MANAGE_REQUESTS"
    assert "See all requests, approve and decline them." in approve["description"]
    assert approve["summary"] == (
        "Says yes to a pending request, with other choices if there are some"
    )
    assert approve["responses"]["404"]["x-reasons"] == [
        *("request_missing", "path_unknown"),
    ]
    assert "request_not_pending" in approve["responses"]["409"]["x-reasons"]
    assert [each["name"] for each in update["parameters"] if "name" in each] == [
        *("monitor_id", "updateMask", "ifVersion"),
    ]
    assert setup["security"] == []
    assert "401" not in setup["responses"]
    assert "204" in remove["responses"]
    assert {"304", "401", "503", "504"} <= set(listing["responses"])
    assert "ETag" in listing["responses"]["200"]["headers"]


async def test_requests_and_answers_of_one_message_differ(document: Json) -> None:
    schemas = document["components"]["schemas"]
    answer, made, changed = (
        schemas[f"status.v1.Monitor{use}"] for use in ("", "Input", "Patch")
    )

    assert {"id", "state", "latencyMs"} <= set(answer["required"])
    assert "checkedAt" not in answer["required"]
    assert "state" not in made["properties"]
    assert made["required"] == ["name", "url"]
    assert made["additionalProperties"] is False
    assert "required" not in changed
    assert schemas["auth.v1.ExchangeTokenResponse"]["properties"]["permissions"] == {
        "type": "string",
        "format": "uint64",
        "pattern": "^[0-9]+$",
        "description": "The caller's permissions as a word of bits.",
        "examples": ["32"],
    }


async def test_limits_of_the_contract_are_in_the_document(document: Json) -> None:
    name = document["components"]["schemas"]["status.v1.MonitorInput"]["properties"][
        "name"
    ]
    size = document["paths"]["/v1/users"]["get"]["parameters"][0]["schema"]

    assert (name["minLength"], name["maxLength"]) == (1, 100)
    assert (size["minimum"], size["maximum"]) == (0, 100)


async def test_a_safe_repetition_is_offered_where_the_contract_says_so(
    document: Json,
) -> None:
    key = {"$ref": "#/components/parameters/Idempotency-Key"}
    safe = {
        operation["operationId"]
        for _, _, operation in operations(document)
        if key in operation["parameters"]
    }

    assert safe == {
        *("auth.CreateInvite", "auth.CreateKey", "media.CreateSource"),
        "media.CreateFulfiller",
        *("media.CreateMediaRequest", "media.CreateMediaRequest_2"),
        *("media.CreateNotificationTarget", "media.CreateOwnTarget"),
        *("media.CreateReport", "media.CreateReportComment"),
        "media.CreateWebhookSource",
        *("media.CreateBlock", "media.CreateRequestComment"),
        *("media.CreateRequestProfile", "media.CreateRequestRule"),
        "status.CreateMonitor",
    }


async def test_a_write_says_whether_it_may_name_a_version(document: Json) -> None:
    change = document["paths"]["/v1/monitors/{monitor_id}"]["patch"]
    invite = document["paths"]["/v1/invites"]["post"]

    assert {"$ref": "#/components/parameters/If-Match"} in change["parameters"]
    assert change["responses"]["412"]["x-reasons"] == ["version_changed"]
    assert "version_changed" not in change["responses"]["409"]["x-reasons"]
    assert "ETag" in change["responses"]["200"]["headers"]
    assert invite["responses"]["412"]["x-reasons"] == ["version_unknown"]


async def test_what_is_not_of_the_contract_is_there_too(document: Json) -> None:
    for path in ("/health", "/ready", "/api/health", "/metrics", "/api/metrics"):
        assert "200" in document["paths"][path]["get"]["responses"]
    assert "101" in document["paths"]["/v1/ws"]["get"]["responses"]
    stream = document["paths"]["/v1/events"]["get"]["responses"]["200"]
    assert "text/event-stream" in stream["content"]


@pytest.mark.parametrize(
    "method",
    [each.full_name for service in rules.services() for each in service.methods],
)
def test_every_method_of_the_contract_is_described(method: str) -> None:
    comments = Comments.of_contract()

    assert comments.summary_of(method)[:1].isupper()
    assert len(comments.summary_of(method)) < 140


def test_a_comment_says_what_a_method_fails_with() -> None:
    comments = Comments(
        {
            "a.B.C": "C does it.\n\nFails with NOT_FOUND (thing_missing), "
            "ALREADY_EXISTS\n(name_taken; name_odd when it is: 7) and INVALID_ARGUMENT"
            " (field)."
        }
    )

    assert comments.said_of("a.B.C") == "Does it."
    assert comments.failures_of("a.B.C") == {
        "NOT_FOUND": ["thing_missing"],
        "ALREADY_EXISTS": ["name_taken", "name_odd"],
        "INVALID_ARGUMENT": [],
    }


async def test_the_docs_are_served_by_ourselves(house: House) -> None:
    page = await house.ask("GET", "/api/docs")

    assert page.headers["content-type"].startswith("text/html")
    assert b"http://" not in page.body
    assert b"https://" not in page.body
    for name in (b"docs.js", b"docs.css"):
        assert name in page.body
        path = f"/api/docs/{name.decode()}"
        assert (await house.ask("GET", path)).status == 200
