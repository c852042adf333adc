"""What is remembered takes the room that it is counted with."""

import tracemalloc
from collections.abc import Callable, Iterator
from itertools import count

import orjson
import pytest

from gateway.encode import Encoder, Writers
from gateway.http.answers import compressed
from gateway.http.negotiation import BROTLI, GZIP, ZSTD
from gateway.live.rooms import Rooms
from gateway.messages.items import Items
from medianest.api.v1 import events_pb2
from medianest.media.v1 import requests_pb2

TIMES = 20
# Of a bytes object beside its bytes, and of the list that holds it.
BESIDE = 100

JSON = b'{"id":"1","title":"The same again and again"},' * 200
LIST = requests_pb2.ListMediaRequestsResponse(
    requests=[{"id": f"{number}" * 20} for number in range(20)]
)


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def room_of(make: Callable[[], object]) -> float:
    """What one takes."""
    make()
    before = tracemalloc.get_traced_memory()[0]
    kept = [make() for _ in range(TIMES)]
    after = tracemalloc.get_traced_memory()[0]
    return (after - before) / len(kept)


@pytest.mark.usefixtures("traced")
@pytest.mark.parametrize("encoding", [b"", ZSTD, BROTLI, GZIP])
def test_a_form_of_an_answer_takes_no_more_room_than_it_has_bytes(
    encoding: bytes,
) -> None:
    taken = room_of(lambda: compressed(JSON, encoding))

    assert taken <= len(compressed(JSON, encoding)) + BESIDE


@pytest.mark.usefixtures("traced")
def test_an_answer_takes_no_more_room_than_it_has_bytes() -> None:
    encoder = Encoder(Writers(), LIST.DESCRIPTOR, "", Items(1024 * 1024))
    raw = LIST.SerializeToString()

    taken = room_of(lambda: encoder.told(raw)[1])

    assert taken <= len(encoder.told(raw)[1]) + BESIDE


@pytest.mark.usefixtures("traced")
def test_an_item_of_a_list_takes_no_more_room_than_it_has_bytes() -> None:
    writers, raw = Writers(), LIST.requests[0].SerializeToString()

    def written() -> orjson.Fragment:
        # Of items that are remembered nothing is known yet.
        listed = Items(1024 * 1024).listed(LIST.DESCRIPTOR, writers.of)
        assert listed
        return listed.written(raw)

    # With what orjson takes it for.
    assert room_of(written) <= len(orjson.dumps(written())) + 2 * BESIDE


@pytest.mark.usefixtures("traced")
def test_an_event_takes_no_more_room_than_it_has_bytes() -> None:
    rooms = Rooms({}, Writers())
    rooms.history.begin("media", "media:0")
    numbers = count(1)

    def remembered() -> bytes:
        number = next(numbers)
        rooms.remember(events_pb2.Event(id=f"media:{number}", rooms=["requests"]))
        told = rooms.history.behind(f"media:{number - 1}", {"requests"}).told
        return told[0].news.body

    # With what says where it is in the history.
    assert room_of(remembered) <= len(remembered()) + 10 * BESIDE
