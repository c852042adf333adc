"""What status's doors say to those who knock well, and to those who do not."""

from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode, aio

from kit.postgres import Database
from medianest.status.v1 import monitors_pb2 as pb
from medianest.status.v1.heartbeats_pb2 import ListHeartbeatsRequest
from medianest.status.v1.incidents_pb2 import ListIncidentsRequest
from services.status.domain.judging import State
from services.status.rpc.wire import STATES
from tests.status.rpc.conftest import Doors


async def refusal(call: Awaitable[Any]) -> tuple[StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    trailers = dict(refused.value.trailing_metadata() or ())
    return refused.value.code(), str(trailers.get("reason", ""))


def a_monitor(**fields: Any) -> pb.Monitor:
    return pb.Monitor(**{"name": "Plex", "url": "http://127.0.0.1:32400/", **fields})


async def create(doors: Doors, **fields: Any) -> pb.Monitor:
    request = pb.CreateMonitorRequest(monitor=a_monitor(**fields))
    return await doors.monitors.CreateMonitor(request, metadata=doors.owner)


async def update(doors: Doors, monitor: pb.Monitor, *paths: str) -> pb.Monitor:
    request = pb.UpdateMonitorRequest(
        monitor=monitor, update_mask=FieldMask(paths=paths)
    )
    return await doors.monitors.UpdateMonitor(request, metadata=doors.owner)


def test_every_state_has_its_word_on_the_wire() -> None:
    assert set(STATES) == set(State)
    assert sorted(STATES.values()) == sorted(pb.State.values())


async def test_a_monitor_is_made_read_listed_changed_and_removed(doors: Doors) -> None:
    made = await create(doors)
    read = await doors.monitors.GetMonitor(
        pb.GetMonitorRequest(monitor_id=made.id), metadata=doors.friend
    )
    changed = await update(
        doors, pb.Monitor(id=made.id, name="Emby", paused=True), "name", "paused"
    )
    listed = await doors.monitors.ListMonitors(
        pb.ListMonitorsRequest(), metadata=doors.friend
    )
    await doors.monitors.DeleteMonitor(
        pb.DeleteMonitorRequest(monitor_id=made.id), metadata=doors.owner
    )
    emptied = await doors.monitors.ListMonitors(
        pb.ListMonitorsRequest(), metadata=doors.friend
    )

    assert made == read
    assert (made.state, made.interval_s, made.timeout_s) == (pb.UNKNOWN, 60, 10)
    assert not made.uptime_24h.HasField("ratio")
    assert not made.HasField("checked_at")
    assert (changed.name, changed.state, changed.url) == ("Emby", pb.PAUSED, made.url)
    assert list(listed.monitors) == [changed]
    assert list(emptied.monitors) == []


async def test_a_create_with_the_same_key_makes_one_monitor(doors: Doors) -> None:
    request = pb.CreateMonitorRequest(monitor=a_monitor())
    again = doors.owner
    again.add("idempotency-key", "key-1")

    first = await doors.monitors.CreateMonitor(request, metadata=again)
    second = await doors.monitors.CreateMonitor(request, metadata=again)
    request.monitor.name = "Other"
    other = doors.monitors.CreateMonitor(request, metadata=again)

    assert first.id == second.id
    assert await refusal(other) == (
        StatusCode.FAILED_PRECONDITION,
        "idempotency_key_reused",
    )


async def test_what_the_caller_cannot_set_is_not_taken_from_him(doors: Doors) -> None:
    made = await create(
        doors, id=str(uuid4()), state=pb.UP, detail="fine", latency_ms=1.0
    )

    assert (made.state, made.detail, made.latency_ms) == (pb.UNKNOWN, "", 0)


async def test_a_name_that_is_taken(doors: Doors) -> None:
    await create(doors)

    assert await refusal(create(doors)) == (
        StatusCode.ALREADY_EXISTS,
        "monitor_exists",
    )


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "monitor_invalid"),
        ({"name": "x" * 101}, "monitor_invalid"),
        ({"name": "a\x00b"}, "monitor_invalid"),
        ({"url": ""}, "url_refused"),
        ({"url": "http://ada:hunter2@plex/"}, "url_refused"),
        ({"url": "file:///etc/passwd"}, "url_refused"),
        ({"url": "http://169.254.169.254/"}, "url_refused"),
        ({"url": "http://plex/\x00"}, "url_refused"),
        ({"url": "x" * 1_000_000}, "url_refused"),
        ({"interval_s": -(2**31)}, "monitor_invalid"),
        ({"interval_s": 2**31 - 1}, "monitor_invalid"),
        ({"timeout_s": 61}, "monitor_invalid"),
        ({"retries": 2**31 - 1}, "monitor_invalid"),
        ({"retry_interval_s": -1}, "monitor_invalid"),
    ],
)
async def test_what_cannot_be_watched_is_refused_on_both_ways_in(
    doors: Doors, fields: dict[str, Any], reason: str
) -> None:
    made = await create(doors, name="Good")
    changed = pb.Monitor(id=made.id, **fields)

    expected = (StatusCode.INVALID_ARGUMENT, reason)
    assert await refusal(create(doors, **fields)) == expected
    assert await refusal(update(doors, changed, *fields)) == expected


@pytest.mark.parametrize(
    "paths",
    [
        (),
        ("id",),
        ("state",),
        ("uptime_24h.ratio",),
        ("name", "nonsense"),
        ("*",),
        ("",),
        ("__class__",),
    ],
)
async def test_a_mask_names_only_what_may_be_changed(
    doors: Doors, paths: tuple[str, ...]
) -> None:
    made = await create(doors)

    assert await refusal(update(doors, made, *paths)) == (
        StatusCode.INVALID_ARGUMENT,
        "monitor_invalid",
    )


SOMEBODY = str(UUID(int=7))
IDS = [
    "",
    "x",
    "0",
    str(UUID(int=7)),
    "../../etc/passwd",
    "'; --",
    "\x00",
    "9" * 10_000,
]


@pytest.mark.parametrize("monitor_id", IDS, ids=range(len(IDS)))
async def test_an_id_of_no_monitor_is_missing_everywhere(
    doors: Doors, monitor_id: str
) -> None:
    calls = [
        doors.monitors.GetMonitor(
            pb.GetMonitorRequest(monitor_id=monitor_id), metadata=doors.owner
        ),
        doors.monitors.DeleteMonitor(
            pb.DeleteMonitorRequest(monitor_id=monitor_id), metadata=doors.owner
        ),
        update(doors, pb.Monitor(id=monitor_id, retries=1), "retries"),
        doors.heartbeats.ListHeartbeats(
            ListHeartbeatsRequest(monitor_id=monitor_id), metadata=doors.owner
        ),
    ]

    for call in calls:
        assert await refusal(call) == (StatusCode.NOT_FOUND, "monitor_missing")


async def test_those_who_may_only_look_change_nothing(doors: Doors) -> None:
    made = await create(doors)
    calls = [
        doors.monitors.CreateMonitor(
            pb.CreateMonitorRequest(monitor=a_monitor(name="Mine")),
            metadata=doors.friend,
        ),
        doors.monitors.UpdateMonitor(
            pb.UpdateMonitorRequest(
                monitor=made, update_mask=FieldMask(paths=["name"])
            ),
            metadata=doors.friend,
        ),
        doors.monitors.DeleteMonitor(
            pb.DeleteMonitorRequest(monitor_id=made.id), metadata=doors.friend
        ),
    ]

    for call in calls:
        assert await refusal(call) == (StatusCode.PERMISSION_DENIED, "not_permitted")


def every_list(doors: Doors, monitor_id: str) -> list[tuple[Any, Any]]:
    return [
        (doors.monitors.ListMonitors, pb.ListMonitorsRequest()),
        (doors.incidents.ListIncidents, ListIncidentsRequest()),
        (
            doors.heartbeats.ListHeartbeats,
            ListHeartbeatsRequest(monitor_id=monitor_id),
        ),
    ]


async def test_those_without_permission_or_name_see_nothing(doors: Doors) -> None:
    made = await create(doors)

    for method, request in every_list(doors, made.id):
        stranger = doors.caller(0)
        assert await refusal(method(request, metadata=stranger)) == (
            StatusCode.PERMISSION_DENIED,
            "not_permitted",
        )
        assert (await refusal(method(request)))[0] is StatusCode.UNAUTHENTICATED


async def test_pages_of_no_size_and_tokens_of_no_list_are_refused(
    doors: Doors,
) -> None:
    made = await create(doors)
    await create(doors, name="Other")
    page = await doors.monitors.ListMonitors(
        pb.ListMonitorsRequest(page_size=1), metadata=doors.owner
    )
    assert page.next_page_token

    for method, request in every_list(doors, made.id):
        for size in (-1, 101, 2**31 - 1):
            request.page_size = size
            code, _ = await refusal(method(request, metadata=doors.owner))
            assert code is StatusCode.INVALID_ARGUMENT
        request.page_size = 0
        for token in ("x", "ü", "AAAA" * 1000, page.next_page_token[:-2]):
            request.page_token = token
            assert await refusal(method(request, metadata=doors.owner)) == (
                StatusCode.INVALID_ARGUMENT,
                "page_token_invalid",
            )


async def test_a_token_of_another_list_is_refused(doors: Doors) -> None:
    made = await create(doors)
    await create(doors, name="Other")
    page = await doors.monitors.ListMonitors(
        pb.ListMonitorsRequest(page_size=1), metadata=doors.owner
    )

    for method, request in every_list(doors, made.id)[1:]:
        request.page_token = page.next_page_token
        assert await refusal(method(request, metadata=doors.owner)) == (
            StatusCode.INVALID_ARGUMENT,
            "page_token_invalid",
        )


async def test_heartbeats_and_incidents_are_paged_newest_first_without_a_hole(
    doors: Doors, database: Database
) -> None:
    made = await create(doors)
    now = datetime.now(UTC)
    await database.execute(
        """
        INSERT INTO heartbeats (checked_at, monitor, latency_ms, state, detail)
        SELECT $2::timestamptz - n * interval '1 second', number, n, 'up', '200 OK'
          FROM monitors, generate_series(1, 45) AS n
         WHERE id = $1::uuid
        """,
        made.id,
        now,
    )
    await database.execute(
        """
        INSERT INTO incidents (id, monitor_id, detail, opened_at, closed_at)
        SELECT gen_random_uuid(), $1::uuid, 'refused', $2, $3
          FROM generate_series(1, 45)
        """,
        made.id,
        now - timedelta(hours=1),
        now,
    )

    beats: list[float] = []
    request = ListHeartbeatsRequest(monitor_id=made.id)
    while request.page_token or not beats:
        page = await doors.heartbeats.ListHeartbeats(request, metadata=doors.friend)
        beats += [beat.latency_ms for beat in page.heartbeats]
        request.page_token = page.next_page_token
    incidents: set[str] = set()
    ask = ListIncidentsRequest(page_size=7)
    while ask.page_token or not incidents:
        found = await doors.incidents.ListIncidents(ask, metadata=doors.friend)
        incidents |= {incident.id for incident in found.incidents}
        ask.page_token = found.next_page_token
    still = await doors.incidents.ListIncidents(
        ListIncidentsRequest(open_only=True), metadata=doors.friend
    )

    assert beats == list(range(1, 46))
    assert len(incidents) == 45
    assert list(still.incidents) == []
