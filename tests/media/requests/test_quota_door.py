"""The door of quotas: one's own, others', and what the house sets."""

from collections.abc import AsyncIterator

import pytest
from grpc import aio

from kit.clock import SystemClock
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, Doorkeeper
from kit.rpc.policy import policies
from medianest.api.v1 import policy_pb2
from medianest.media.v1 import quotas_pb2 as wire
from medianest.media.v1 import quotas_pb2_grpc
from services.media.domain.requests.quotas import Quotas
from services.media.rpc.quotas import RequestQuotasHandlers
from services.media.store.request_limits import PostgresLimits
from tests.media.requests.house import ADA, BOB, KEYS, MANAGER, OWNER, Desk, Shelf

Set = wire.SetRequestLimitsRequest


@pytest.fixture
async def door(database: Database) -> AsyncIterator[aio.Channel]:
    service = wire.DESCRIPTOR.services_by_name["RequestQuotasService"]
    keeper = Doorkeeper(KEYS, SystemClock())
    server = aio.server(
        interceptors=(Door(keeper, policies([service], policy_pb2.policy)),)
    )
    quotas_pb2_grpc.add_RequestQuotasServiceServicer_to_server(
        RequestQuotasHandlers(
            Quotas(PostgresLimits(database), SystemClock()), Pages(b"k" * 32)
        ),
        server,
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    await server.stop(0)


async def call(door: aio.Channel, who: object, method: str, request: object) -> object:
    stub = quotas_pb2_grpc.RequestQuotasServiceStub(door)
    signed = [(METADATA_KEY, KEYS.sign(who))]  # type: ignore[arg-type]
    return await getattr(stub, method)(request, metadata=signed, timeout=10)


async def refused(door: aio.Channel, who: object, method: str, request: object) -> str:
    with pytest.raises(aio.AioRpcError) as refusal:
        await call(door, who, method, request)
    trailers = dict(refusal.value.trailing_metadata() or ())
    return f"{refusal.value.code().name} {trailers['reason']}"


async def test_one_reads_ones_own_quota_and_managers_anybodys(
    door: aio.Channel, database: Database, shelf: Shelf
) -> None:
    limits = wire.RequestLimits(
        movies=wire.LimitPerDays(limit=1, days=3), open_at_once=4
    )
    await call(door, OWNER, "SetRequestLimits", Set(subject="default", limits=limits))
    await Desk(database, SystemClock()).ask(await shelf.title(), by=ADA)

    mine = await call(door, ADA, "GetMyQuota", wire.GetMyQuotaRequest())

    assert isinstance(mine, wire.RequestQuota)
    assert (mine.movies.limit, mine.movies.used, mine.movies.remaining) == (1, 1, 0)
    assert mine.movies.HasField("frees_at")
    assert (mine.open, mine.open_at_once, mine.seasons.limit) == (1, 4, 0)
    adas = wire.GetUserQuotaRequest(user_id=ADA.user_id)
    assert await call(door, MANAGER, "GetUserQuota", adas) == mine
    assert await refused(door, BOB, "GetUserQuota", adas) == (
        "PERMISSION_DENIED quota_view_needed"
    )
    for user_id in ("not-a-user", " ", ADA.user_id.upper()):
        asked = wire.GetUserQuotaRequest(user_id=user_id)
        assert await refused(door, OWNER, "GetUserQuota", asked) == (
            "NOT_FOUND user_missing"
        )
    for user_id in ("", "a\0b", "x" * 101):
        asked = wire.GetUserQuotaRequest(user_id=user_id)
        assert await refused(door, OWNER, "GetUserQuota", asked) == (
            "INVALID_ARGUMENT invalid"
        )


async def test_limits_are_set_by_version_listed_and_deleted(door: aio.Channel) -> None:
    limits = wire.RequestLimits(seasons_per_request=0)
    for subject in ("role:member", "default", f"user:{ADA.user_id}"):
        asked = Set(subject=subject, limits=limits)
        await call(door, OWNER, "SetRequestLimits", asked)
    stale = Set(subject="default", limits=limits, if_version=7)
    assert await refused(door, OWNER, "SetRequestLimits", stale) == (
        "ABORTED version_changed"
    )
    fresh = Set(subject="default", limits=limits, if_version=1)
    changed = await call(door, OWNER, "SetRequestLimits", fresh)
    assert changed.version == 2  # type: ignore[attr-defined]

    page = await call(
        door, OWNER, "ListRequestLimits", wire.ListRequestLimitsRequest(page_size=2)
    )
    assert [each.subject for each in page.limits] == ["default", "role:member"]  # type: ignore[attr-defined]
    assert page.limits[0].HasField("seasons_per_request")  # type: ignore[attr-defined]
    assert not page.limits[0].HasField("open_at_once")  # type: ignore[attr-defined]
    assert page.next_page_token  # type: ignore[attr-defined]
    delete = wire.DeleteRequestLimitsRequest(subject="default", if_version=1)
    assert await refused(door, OWNER, "DeleteRequestLimits", delete) == (
        "ABORTED version_changed"
    )
    delete.if_version = 2
    await call(door, OWNER, "DeleteRequestLimits", delete)
    delete.if_version = 0
    assert await refused(door, OWNER, "DeleteRequestLimits", delete) == (
        "NOT_FOUND request_limits_missing"
    )


@pytest.mark.parametrize(
    "asked",
    [
        Set(),
        Set(subject="house"),
        Set(subject="role:"),
        Set(subject="user:a\0"),
        Set(subject="user:" + "x" * 101),
        Set(
            subject="default",
            limits=wire.RequestLimits(movies=wire.LimitPerDays(limit=-1)),
        ),
        Set(
            subject="default",
            limits=wire.RequestLimits(size_gb=wire.LimitPerDays(days=366)),
        ),
        Set(subject="default", limits=wire.RequestLimits(open_at_once=-1)),
        Set(subject="default", limits=wire.RequestLimits(seasons_per_request=1001)),
    ],
)
async def test_limits_are_well_formed_and_admins_own(
    door: aio.Channel, asked: wire.SetRequestLimitsRequest
) -> None:
    assert await refused(door, OWNER, "SetRequestLimits", asked) == (
        "INVALID_ARGUMENT invalid"
    )
    assert await refused(door, MANAGER, "SetRequestLimits", asked) == (
        "PERMISSION_DENIED not_permitted"
    )
