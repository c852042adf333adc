"""Events on the wire, whichever service tells them."""

from typing import Any, TypeVar

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from kit.outbox import Event

Wire = TypeVar("Wire")


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
