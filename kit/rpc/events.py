"""Events on the wire, whichever service tells them."""

from collections.abc import AsyncIterator
from typing import Any, Protocol, TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.errors import Invalid
from kit.outbox import Event, Feed
from kit.rpc.positions import AFTER_KEY, HEAD_KEY

Wire = TypeVar("Wire")

_MOST_RECENT = 10_000


class Asked(Protocol):
    """The contract's WatchEventsRequest."""

    after: str
    recent: int


async def tell(
    feed: Feed, asked: Asked, context: aio.ServicerContext[Any, Any], kind: type[Wire]
) -> AsyncIterator[Wire]:
    """A feed's events as messages of `kind`. Raises Invalid."""
    if not 0 <= asked.recent <= _MOST_RECENT:
        raise Invalid(f"recent is at most {_MOST_RECENT}.", field="recent")

    async def opened(after: str, head: str) -> None:
        # A watcher may trust, from now on, that it misses nothing.
        await context.send_initial_metadata(((AFTER_KEY, after), (HEAD_KEY, head)))

    async for event_id, event in feed.watch(asked.after, asked.recent, opened):
        yield event_to_wire(kind, event_id, event)


def event_to_wire(kind: type[Wire], event_id: str, event: Event) -> Wire:
    """The contract's Event message, handed over as `kind`: kit does not know it."""
    occurred_at = Timestamp()
    occurred_at.FromDatetime(event.at)
    fields: dict[str, Any] = {
        "id": event_id,
        "type": event.type,
        "occurred_at": occurred_at,
        "key": event.key,
        "rooms": event.rooms,
        "tags": event.tags,
        "data": ParseDict(dict(event.data), Struct()),
    }
    return kind(**fields)
