"""What the database holds and the stream tells afterwards: the other side."""

from dataclasses import dataclass
from typing import Any

import asyncpg
import grpc
from google.protobuf import json_format
from grpc import aio

from kit.rpc.identity import METADATA_KEY
from medianest.api.v1 import events_pb2
from medianest.media.v1 import events_pb2_grpc
from tests.bench.engine import database_of
from tests.house import RunningHouse
from tests.waiting import eventually


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    user_id: str
    title_id: str
    state: str
    followers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of history. Empty `of`: it was asked for. The same as `to`: it was handed
    over by its requester to the first of its followers."""

    request_id: str
    of: str
    to: str
    by: str


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a request."""

    position: int
    request_id: str
    type: str
    state: str


@dataclass(frozen=True)
class Truth:
    requests: dict[str, Row]
    history: tuple[Line, ...]
    outbox: tuple[Told, ...]
    """As they stand in the table, by position."""
    told: tuple[Told, ...]
    """As WatchEvents told them, in the order of the telling."""
    counts: dict[tuple[str, str], int]
    """By requester and state, as lists of requests show them."""


async def read_truth(house: RunningHouse, assertion: str) -> Truth:
    """Once everything that was written is published. `assertion` is of somebody who may
    watch all events."""
    conn = await database_of(house, "media")
    try:
        await eventually(lambda: _is_published(conn), within_s=30)
        rows = await conn.fetch(
            """
            SELECT id, requested_by, title_id, state,
                   array(SELECT user_id FROM request_followers
                          WHERE request_id = requests.id) AS followers
              FROM requests
            """
        )
        lines = await conn.fetch(
            """
            SELECT request_id, from_state, to_state, by_whom
              FROM request_history
             ORDER BY id
            """
        )
        outbox = await conn.fetch(
            """
            SELECT position, key, type, data->>'state' AS state
              FROM outbox
             WHERE type LIKE 'request.%'
             ORDER BY position
            """
        )
        counts = await conn.fetch(
            "SELECT requested_by, state, count FROM request_counts"
        )
        head = await conn.fetchval("SELECT position FROM outbox_head")
    finally:
        await conn.close()
    return Truth(
        {
            str(row["id"]): Row(
                str(row["id"]),
                row["requested_by"],
                str(row["title_id"]),
                row["state"],
                frozenset(row["followers"]),
            )
            for row in rows
        },
        tuple(
            Line(str(row[0]), row["from_state"], row["to_state"], row["by_whom"])
            for row in lines
        ),
        tuple(
            Told(row["position"], row["key"], row["type"], row["state"] or "")
            for row in outbox
        ),
        tuple(await _told(house, assertion, head)),
        {(row["requested_by"], row["state"]): row["count"] for row in counts},
    )


async def _is_published(conn: "asyncpg.Connection[asyncpg.Record]") -> bool:
    left = await conn.fetchval("SELECT count(id) FROM outbox WHERE position IS NULL")
    return bool(left == 0)


async def _told(house: RunningHouse, assertion: str, head: int) -> list[Told]:
    """All that the stream tells from its beginning up to a position."""
    found: list[Told] = []
    if head == 0:
        return found
    address = house.facts().media_addresses.split(",")[0]
    async with aio.insecure_channel(address) as channel:
        stub = events_pb2_grpc.EventsServiceStub(channel)
        watching = stub.WatchEvents(
            events_pb2.WatchEventsRequest(after="media:0"),
            metadata=[(METADATA_KEY, assertion)],
            timeout=60,
            wait_for_ready=True,
        )
        position = 0
        try:
            while position < head:
                event = await watching.read()
                assert event is not aio.EOF, f"the stream ended at {position} of {head}"
                position = int(event.id.partition(":")[2])
                if event.type.startswith("request."):
                    data: dict[str, Any] = json_format.MessageToDict(event.data)
                    found.append(
                        Told(position, event.key, event.type, data.get("state", ""))
                    )
        except aio.AioRpcError as exc:
            late = exc.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            assert not late, f"the stream told nothing behind {position} of {head}"
            raise
        finally:
            watching.cancel()
    return found
