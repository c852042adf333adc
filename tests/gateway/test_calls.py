"""One call through the gateway: what the service is told, and what comes back."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from google.rpc import error_details_pb2, status_pb2

from kit import errors
from kit.rpc.addresses import SEAL_KEY, AddressSeal
from medianest.media.v1 import requests_pb2
from tests.clock import StoppedClock
from tests.gateway.backend import WATCHER
from tests.gateway.contract import everything, message
from tests.gateway.house import House
from tests.gateway.paths import DELETE, GET, LIST_REQUESTS, POST, UPDATE, WATCH
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def house(lasting_house: House) -> House:
    return lasting_house


async def forever(request: Any, context: Any) -> Any:
    await asyncio.Event().wait()


def aborting(code: grpc.StatusCode, words: str, *trailers: Any) -> Any:
    async def answer(request: Any, context: Any) -> Any:
        await context.abort(code, words, trailers)

    return answer


async def test_a_get_is_a_call_and_its_answer_json(house: House) -> None:
    house.backend.on(GET, everything(text="é", int64_value=5, color=1))

    told = await house.ask("GET", "/v1/everything/a%20b?numbers=1")

    assert told.status == 200
    assert told.headers["content-type"] == "application/json"
    assert told.json["text"] == "é"
    assert told.json["int64Value"] == "5"
    assert told.json["texts"] == []
    assert house.backend.last(GET).message == everything(text="a b", numbers=[1])


async def test_a_post_sends_its_body(house: House) -> None:
    house.backend.on(POST, everything(inner={"number": 3}))

    told = await house.ask("POST", "/v1/everything", json={"text": "x"})
    part = await house.ask("POST", "/v1/everything/y:inner", json={})

    assert house.backend.of(POST)[0].message == everything(text="x")
    assert told.json["inner"] == {"text": "", "number": 3}
    assert part.json == {"text": "", "number": 3}


async def test_a_post_needs_no_body(house: House) -> None:
    house.backend.on(POST, everything())

    told = await house.ask("POST", "/v1/everything")

    assert told.status == 200


async def test_nothing_to_say_is_204(house: House) -> None:
    house.backend.on(DELETE, Empty())

    told = await house.ask("DELETE", "/v1/everything/a")

    assert (told.status, told.body) == (204, b"")


async def test_a_patch_names_what_it_changes(house: House) -> None:
    house.backend.on(UPDATE, everything())

    await house.ask("PATCH", "/v1/everything/a", json={"boolValue": False})

    assert list(house.backend.last(UPDATE).message.update_mask.paths) == ["bool_value"]


async def test_the_service_is_told_who_asks_and_from_where(house: House) -> None:
    ada = house.sign_in("ada")
    house.backend.on(LIST_REQUESTS, requests_pb2.ListMediaRequestsResponse())

    told = await house.ask(
        "GET",
        "/v1/requests",
        token=ada,
        headers={
            "X-Request-Id": "abc-123",
            "User-Agent": "test\xe9",
            "Idempotency-Key": "once",
        },
    )

    metadata = house.backend.last(LIST_REQUESTS).metadata
    assert metadata["medianest-caller"] == "signed:user-ada"
    assert metadata["x-request-id"] == "abc-123"
    assert metadata["x-client-address"] == "127.0.0.1"
    assert metadata["x-client-agent"].startswith("test")
    until = int(metadata[SEAL_KEY].partition(".")[0])
    then = StoppedClock(datetime.fromtimestamp(until - 120, UTC))
    assert metadata[SEAL_KEY] == AddressSeal(WATCHER, then).seal("127.0.0.1")
    assert metadata["idempotency-key"] == "once"
    assert told.headers["x-request-id"] == "abc-123"


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "é"])
async def test_a_request_id_that_is_odd_is_replaced(house: House, given: str) -> None:
    house.backend.on(GET, everything())

    told = await house.ask("GET", "/v1/everything", headers={"X-Request-Id": given})

    assert len(told.headers["x-request-id"]) == 32
    assert house.backend.last(GET).metadata["x-request-id"] != given


async def test_nobody_can_bring_their_own_caller(house: House) -> None:
    house.backend.on(GET, everything())

    await house.ask("GET", "/v1/everything", headers={"medianest-caller": "forged"})

    assert "medianest-caller" not in house.backend.last(GET).metadata


CODES = [
    (grpc.StatusCode.INVALID_ARGUMENT, 400, True),
    (grpc.StatusCode.OUT_OF_RANGE, 400, True),
    (grpc.StatusCode.UNAUTHENTICATED, 401, True),
    (grpc.StatusCode.PERMISSION_DENIED, 403, True),
    (grpc.StatusCode.NOT_FOUND, 404, True),
    (grpc.StatusCode.ALREADY_EXISTS, 409, True),
    (grpc.StatusCode.FAILED_PRECONDITION, 409, True),
    (grpc.StatusCode.ABORTED, 409, True),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, 429, False),
    (grpc.StatusCode.CANCELLED, 499, False),
    (grpc.StatusCode.INTERNAL, 500, False),
    (grpc.StatusCode.UNKNOWN, 500, False),
    (grpc.StatusCode.DATA_LOSS, 500, False),
    (grpc.StatusCode.UNIMPLEMENTED, 501, False),
    (grpc.StatusCode.UNAVAILABLE, 503, False),
    (grpc.StatusCode.DEADLINE_EXCEEDED, 504, False),
]


@pytest.mark.parametrize(("code", "status", "is_told"), CODES)
async def test_a_status_becomes_a_problem(
    house: House, code: grpc.StatusCode, status: int, is_told: bool
) -> None:
    house.backend.on(POST, aborting(code, "ipv4:10.0.0.1:5432 refused"))

    told = await house.ask("POST", "/v1/everything", json={})

    assert told.status == status == told.json["status"]
    assert told.headers["content-type"] == "application/problem+json"
    assert told.json["requestId"] == told.headers["x-request-id"]
    assert told.json["reason"]
    assert (b"10.0.0.1" in told.body) == is_told
    assert ("retry-after" in told.headers) == (status in {503, 504})


async def test_a_failure_names_its_reason_field_and_when_to_try_again(
    house: House,
) -> None:
    failure = errors.Exhausted(
        "Ask less.", field="inner.some_number", retry_after=timedelta(seconds=90.5)
    )
    failure.reason = "too_many_wishes"
    house.backend.on(POST, failure)

    told = await house.ask("POST", "/v1/everything", json={})

    assert told.status == 429
    assert told.headers["retry-after"] == "91"
    assert told.json["reason"] == "too_many_wishes"
    assert told.json["detail"] == "Ask less."
    assert told.wrong_fields == {"inner.someNumber": "Ask less."}


async def test_no_that_is_yes_later_says_when(house: House) -> None:
    failure = errors.Denied("Wait.", retry_after=timedelta(days=2))
    failure.reason = "quota_used_up"
    house.backend.on(POST, failure)

    told = await house.ask("POST", "/v1/everything", json={})

    assert told.status == 403
    assert told.headers["retry-after"] == "172800"
    assert told.json["reason"] == "quota_used_up"


async def test_no_that_stays_no_says_no_time(house: House) -> None:
    house.backend.on(POST, errors.Denied("Never."))

    told = await house.ask("POST", "/v1/everything", json={})

    assert (told.status, "retry-after" in told.headers) == (403, False)


async def test_a_quota_is_named(house: House) -> None:
    quota = error_details_pb2.QuotaFailure()
    quota.violations.add(subject="requests", description="20 per hour")
    status = status_pb2.Status(code=8)
    status.details.add().Pack(quota)
    status.details.add().Pack(error_details_pb2.ErrorInfo(reason="quota"))
    trailer = ("grpc-status-details-bin", status.SerializeToString())
    house.backend.on(
        POST, aborting(grpc.StatusCode.RESOURCE_EXHAUSTED, "Enough.", trailer)
    )

    told = await house.ask("POST", "/v1/everything", json={})

    assert told.wrong_fields == {"requests": "20 per hour"}
    assert told.json["reason"] == "quota"


async def test_details_that_are_garbage_are_left_out(house: House) -> None:
    trailer = ("grpc-status-details-bin", b"\xff\xff\xff")
    house.backend.on(POST, aborting(grpc.StatusCode.NOT_FOUND, "No.", trailer))

    told = await house.ask("POST", "/v1/everything", json={})

    assert (told.status, told.json["reason"]) == (404, "not_found")


async def test_a_service_that_is_away_is_503(house: House) -> None:
    house.backend.on(GET, errors.Unavailable("Radarr is resting."))

    told = await house.ask("GET", "/v1/everything")

    assert told.status == 503
    assert told.json["detail"] == "Radarr is resting."
    assert told.headers["retry-after"] == "2"


async def test_the_deadline_is_the_policy_s(house: House) -> None:
    house.backend.on(GET, everything())

    await house.ask("GET", "/v1/everything")

    assert 1.0 < house.backend.last(GET).deadline_s <= 2.1


@pytest.mark.parametrize(
    "patience",
    [
        *({"X-Request-Timeout": "0.2"}, {"X-Request-Timeout": "0.2s"}),
        *({"X-Request-Timeout": "200ms"}, {"Grpc-Timeout": "200m"}),
    ],
)
async def test_a_client_may_have_less_patience(
    house: House, patience: dict[str, str]
) -> None:
    house.backend.on(GET, forever)

    told = await house.ask("GET", "/v1/everything", headers=patience)

    assert told.status == 504
    assert told.json["reason"] == "deadline_exceeded"
    assert told.json["detail"] == "conformance did not answer in time."
    assert house.backend.last(GET).deadline_s <= 0.3
    await asyncio.wait_for(house.backend.canceled.wait(), 5)


async def test_a_client_may_not_have_more_patience(house: House) -> None:
    house.backend.on(GET, everything())

    await house.ask("GET", "/v1/everything", headers={"X-Request-Timeout": "99"})

    assert house.backend.last(GET).deadline_s <= 2.1


@pytest.mark.parametrize(
    "patience",
    [
        *({"X-Request-Timeout": "soon"}, {"X-Request-Timeout": "-1"}),
        *({"Grpc-Timeout": "5"}, {"Grpc-Timeout": "123456789S"}),
    ],
)
async def test_patience_that_is_no_time_is_400(
    house: House, patience: dict[str, str]
) -> None:
    told = await house.ask("GET", "/v1/everything", headers=patience)

    assert told.status == 400
    assert list(told.wrong_fields) == list(patience)


async def test_no_patience_at_all_is_504_without_a_call(house: House) -> None:
    told = await house.ask("GET", "/v1/everything", headers={"X-Request-Timeout": "0"})

    assert told.status == 504
    assert house.backend.times(GET) == 0


@pytest.mark.parametrize(("method", "path"), [("GET", GET), ("POST", POST)])
async def test_the_call_ends_when_the_client_goes_away(
    house: House, method: str, path: str
) -> None:
    house.backend.on(path, forever)
    asking = asyncio.create_task(house.ask(method, "/v1/everything"))
    await eventually(lambda: house.backend.times(path))

    asking.cancel()

    await asyncio.wait_for(house.backend.canceled.wait(), 5)


async def two_names(request: Any, context: Any) -> Any:
    yield message("Named")(name=request.name, count=1)
    yield message("Named")(name=request.name, count=2)


async def one_name_and_a_failure(request: Any, context: Any) -> Any:
    yield message("Named")(name="a")
    await context.abort(grpc.StatusCode.NOT_FOUND, "Gone.", (("reason", "gone"),))


async def test_a_stream_is_a_line_of_json_for_each_message(house: House) -> None:
    house.backend.on(WATCH, two_names)

    told = await house.ask("GET", "/v1/watch/a")

    assert told.headers["content-type"] == "application/x-ndjson"
    assert told.body == (
        b'{"result":{"name":"a","count":1}}\n{"result":{"name":"a","count":2}}\n'
    )


async def test_a_stream_can_be_server_sent_events(house: House) -> None:
    house.backend.on(WATCH, two_names)

    told = await house.ask(
        "GET", "/v1/watch/a", headers={"Accept": "text/event-stream"}
    )

    assert told.headers["content-type"] == "text/event-stream"
    assert told.body.startswith(b'data: {"name":"a","count":1}\n\ndata: ')


async def test_a_stream_that_fails_says_so_in_its_last_line(house: House) -> None:
    house.backend.on(WATCH, one_name_and_a_failure)

    told = await house.ask("GET", "/v1/watch/a")

    lines = told.body.splitlines()
    assert lines[0] == b'{"result":{"name":"a","count":0}}'
    assert b'"reason":"gone"' in lines[1]


async def test_a_stream_that_never_opens_is_a_problem(house: House) -> None:
    async def refused(request: Any, context: Any) -> Any:
        await context.abort(grpc.StatusCode.NOT_FOUND, "No.")
        yield

    house.backend.on(WATCH, refused)

    told = await house.ask("GET", "/v1/watch/a")

    assert told.status == 404


async def test_a_stream_ends_when_the_client_goes_away(house: House) -> None:
    ended = asyncio.Event()

    async def endless(request: Any, context: Any) -> Any:
        try:
            yield message("Named")(name="a")
            await asyncio.Event().wait()
        finally:
            ended.set()

    house.backend.on(WATCH, endless)
    async with aiohttp.ClientSession() as client:
        answer = await client.get(house.base_url + "/v1/watch/a")
        await answer.content.readline()
        answer.close()

    await asyncio.wait_for(ended.wait(), 5)
