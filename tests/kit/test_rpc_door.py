"""Nobody gets past the door who may not, and nothing gets out that must not."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
import structlog
from google.rpc import error_details_pb2, status_pb2
from grpc import aio

from kit import errors, metrics
from kit.clock import SystemClock
from kit.rpc.identity import METADATA_KEY, CallerKeys
from kit.rpc.status import DETAILS_KEY, REASON_KEY
from medianest.api.v1 import events_pb2
from tests.kit.rpc_house import MANAGE, VIEW, WATCH, House, a_caller, a_house, signed
from tests.waiting import eventually

GET = "/medianest.status.v1.MonitorsService/GetMonitor"
FORGED = CallerKeys("test:" + "cd" * 32).sign(a_caller(VIEW))


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as opened:
        yield opened


async def refusal(call: Any) -> aio.AioRpcError:
    with pytest.raises(aio.AioRpcError) as caught:
        await call
    return caught.value


def reason(error: aio.AioRpcError) -> str | None:
    return dict(error.trailing_metadata() or ()).get(REASON_KEY)  # type: ignore[arg-type]


def raising(failure: Exception) -> Any:
    async def act() -> None:
        raise failure

    return act


async def never() -> None:
    await asyncio.Event().wait()


async def test_one_who_may_is_let_in_by_name(house: House) -> None:
    assert (await house.get(VIEW)).name == "ada"


@pytest.mark.parametrize(
    ("metadata", "why"),
    [
        ((), "caller_unknown"),
        (((METADATA_KEY, FORGED),), "caller_unknown"),
        (((METADATA_KEY, "v1.test.e30.x"),), "caller_unknown"),
        (signed(VIEW, expires_at=SystemClock().now()), "caller_unknown"),
    ],
    ids=["nobody", "forged", "junk", "expired"],
)
async def test_one_who_cannot_say_who_he_is_stays_outside(
    house: House, metadata: Any, why: str
) -> None:
    error = await refusal(house.get(metadata=metadata))

    assert (error.code(), reason(error)) == (grpc.StatusCode.UNAUTHENTICATED, why)
    assert house.handlers.calls == 0


async def test_one_who_may_something_else_stays_outside(house: House) -> None:
    error = await refusal(house.get(MANAGE))

    assert error.code() is grpc.StatusCode.PERMISSION_DENIED
    assert reason(error) == "not_permitted"
    assert house.handlers.calls == 0


async def test_a_stream_has_the_same_door(house: House) -> None:
    request = events_pb2.WatchEventsRequest()
    stream = house.events.WatchEvents(request, metadata=signed(VIEW), timeout=5)
    error = await refusal(stream.read())
    assert error.code() is grpc.StatusCode.PERMISSION_DENIED

    async with asyncio.timeout(5):
        stream = house.events.WatchEvents(request, metadata=signed(WATCH))
        assert (await stream.read()).key == "ada"
        stream.cancel()


async def test_callers_at_once_are_not_mixed_up(house: House) -> None:
    names = [f"friend {number}" for number in range(50)]
    all_are_in = asyncio.Barrier(len(names))

    async def wait_for_all() -> None:
        await all_are_in.wait()

    house.handlers.act = wait_for_all

    answers = await asyncio.gather(
        *(house.get(metadata=signed(VIEW, name=name)) for name in names)
    )

    assert [answer.name for answer in answers] == names


KINDS = {
    errors.Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.Denied: grpc.StatusCode.PERMISSION_DENIED,
    errors.Missing: grpc.StatusCode.NOT_FOUND,
    errors.Refused: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Conflict: grpc.StatusCode.ALREADY_EXISTS,
    errors.Exhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_a_failure_is_told_with_its_reason(
    house: House, kind: type[errors.Failure]
) -> None:
    class OwnFailure(kind):  # type: ignore[misc, valid-type]
        reason = "own_reason"

    house.handlers.act = raising(
        OwnFailure(
            "Früher war’s besser.", field="name", retry_after=timedelta(seconds=7)
        )
    )

    error = await refusal(house.update())

    assert (error.code(), error.details()) == (KINDS[kind], "Früher war’s besser.")
    assert reason(error) == "own_reason"
    info, bad, retry = details(error)
    assert info.reason == "own_reason"
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("name", "Früher war’s besser.")
    ]
    assert retry.retry_delay.seconds == 7


def details(
    error: aio.AioRpcError,
) -> tuple[
    error_details_pb2.ErrorInfo,
    error_details_pb2.BadRequest,
    error_details_pb2.RetryInfo,
]:
    raw = dict(error.trailing_metadata() or ())[DETAILS_KEY]  # type: ignore[arg-type]
    status = status_pb2.Status.FromString(raw)  # type: ignore[arg-type]
    assert status.code == error.code().value[0]
    found = (
        error_details_pb2.ErrorInfo(),
        error_details_pb2.BadRequest(),
        error_details_pb2.RetryInfo(),
    )
    for packed, message in zip(status.details, found, strict=True):
        assert packed.Unpack(message)
    return found


async def test_a_crash_says_nothing_outside_and_all_inside(house: House) -> None:
    house.handlers.act = raising(KeyError("password of ada"))

    with structlog.testing.capture_logs() as logs:
        error = await refusal(house.get())

    assert (error.code(), error.details()) == (
        grpc.StatusCode.INTERNAL,
        "internal error",
    )
    assert not error.trailing_metadata()
    [crash] = [line for line in logs if line["event"] == "rpc_crashed"]
    assert "password of ada" in repr(crash["exc_info"])


async def test_a_stream_that_crashes_says_nothing_either(house: House) -> None:
    house.handlers.act = raising(KeyError("password of ada"))
    stream = house.events.WatchEvents(
        events_pb2.WatchEventsRequest(), metadata=signed(WATCH), timeout=5
    )
    await stream.read()

    error = await refusal(stream.read())

    assert (error.code(), error.details()) == (
        grpc.StatusCode.INTERNAL,
        "internal error",
    )


async def test_a_deadline_ends_the_handler_too(house: House) -> None:
    house.handlers.act = never
    error = await refusal(house.get(timeout=0.2))

    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await asyncio.wait_for(house.handlers.ended.wait(), 5)


async def test_a_caller_who_goes_away_ends_the_handler(house: House) -> None:
    house.handlers.act = never
    calling = asyncio.create_task(house.get())
    await eventually(lambda: house.handlers.calls)

    calling.cancel()

    await asyncio.wait_for(house.handlers.ended.wait(), 1)


async def test_a_watcher_who_goes_away_ends_his_stream(house: House) -> None:
    house.handlers.act = never
    stream = house.events.WatchEvents(
        events_pb2.WatchEventsRequest(), metadata=signed(WATCH), timeout=5
    )
    await stream.read()

    stream.cancel()

    await asyncio.wait_for(house.handlers.ended.wait(), 1)


async def test_junk_is_refused_without_a_word_about_our_insides(house: House) -> None:
    junk = house.channel.unary_unary(GET)

    error = await refusal(junk(b"\xff\xff\xff", metadata=signed(VIEW), timeout=5))

    assert (error.code(), error.details()) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "The request cannot be read.",
    )
    assert house.handlers.calls == 0


async def test_nothing_is_read_of_what_a_stranger_sends(house: House) -> None:
    junk = house.channel.unary_unary(GET)

    error = await refusal(junk(b"\xff\xff\xff", timeout=5))

    assert error.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_what_is_not_there_is_unimplemented(house: House) -> None:
    unknown = house.channel.unary_unary("/medianest.status.v1.MonitorsService/Rob")

    error = await refusal(unknown(b"", metadata=signed(VIEW), timeout=5))

    assert error.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_request_that_is_too_large_is_refused(house: House) -> None:
    large = house.channel.unary_unary(GET)

    error = await refusal(large(b"\n" * 9_000_000, metadata=signed(VIEW), timeout=5))

    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_calls_are_counted_by_method_and_code(house: House) -> None:
    def counted(code: str) -> float:
        samples = metrics.RPC_SECONDS.labels(GET, code)._child_samples()
        return next(s.value for s in samples if s.name == "_count")

    async def abort() -> None:
        raise errors.Missing("There is no such monitor.")

    before = counted("OK"), counted("NOT_FOUND"), counted("PERMISSION_DENIED")
    await house.get()
    await refusal(house.get(MANAGE))
    house.handlers.act = abort
    await refusal(house.get())

    assert (counted("OK"), counted("NOT_FOUND"), counted("PERMISSION_DENIED")) == (
        before[0] + 1,
        before[1] + 1,
        before[2] + 1,
    )


async def test_a_refusal_is_one_line_in_the_log(house: House) -> None:
    with structlog.testing.capture_logs() as logs:
        await refusal(house.get(MANAGE))
        await house.get(VIEW)

    [line] = logs
    assert (line["event"], line["code"], line["reason"]) == (
        "rpc_answered",
        "PERMISSION_DENIED",
        "not_permitted",
    )
