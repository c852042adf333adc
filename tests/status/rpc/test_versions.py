"""Who says which version they saw changes that one, or nothing."""

from collections.abc import Awaitable
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode, aio

from medianest.status.v1 import monitors_pb2 as pb
from tests.status.rpc.conftest import Doors

CHANGED = (StatusCode.ABORTED, "version_changed")


async def refusal(call: Awaitable[Any]) -> tuple[StatusCode, str]:
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    trailers = dict(refused.value.trailing_metadata() or ())
    return refused.value.code(), str(trailers.get("reason", ""))


async def create(doors: Doors) -> pb.Monitor:
    monitor = pb.Monitor(name="Plex", url="http://127.0.0.1:32400/", version=7)
    return await doors.monitors.CreateMonitor(
        pb.CreateMonitorRequest(monitor=monitor), metadata=doors.owner
    )


async def update(
    doors: Doors, monitor_id: str, retries: int, if_version: int
) -> pb.Monitor:
    request = pb.UpdateMonitorRequest(
        monitor=pb.Monitor(id=monitor_id, retries=retries),
        update_mask=FieldMask(paths=["retries"]),
        if_version=if_version,
    )
    return await doors.monitors.UpdateMonitor(request, metadata=doors.owner)


async def delete(doors: Doors, monitor_id: str, if_version: int) -> Any:
    request = pb.DeleteMonitorRequest(monitor_id=monitor_id, if_version=if_version)
    return await doors.monitors.DeleteMonitor(request, metadata=doors.owner)


async def test_a_monitor_is_changed_and_removed_in_the_version_that_was_seen(
    doors: Doors,
) -> None:
    made = await create(doors)

    changed = await update(doors, made.id, 1, made.version)
    late = [
        await refusal(update(doors, made.id, 2, made.version)),
        await refusal(delete(doors, made.id, made.version)),
    ]
    again = await update(doors, made.id, 3, changed.version)
    await delete(doors, made.id, again.version)

    assert (made.version, changed.version, again.version) == (1, 2, 3)
    assert late == [CHANGED, CHANGED]


async def test_who_names_no_version_changes_whatever_there_is(doors: Doors) -> None:
    made = await create(doors)
    await update(doors, made.id, 1, 0)

    changed = await update(doors, made.id, 2, 0)
    await delete(doors, made.id, 0)

    assert (changed.version, changed.retries) == (3, 2)
