"""A list as JSON and back, against json_format, in this process."""

import statistics
import time
import timeit
from collections.abc import Callable

from google.protobuf import json_format

from gateway.encode import Encoder, Writers
from gateway.messages import json_text
from gateway.messages.items import Items
from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Errors, Readers
from medianest.media.v1.requests_pb2 import ListMediaRequestsResponse as Listed
from tests.bench.example import a_list
from tests.bench.tables import markdown, verdict

_ROUNDS = 9
_TIMES = 40
_AT_LEAST_TIMES = 4.0


async def text_of_lists() -> str:
    listed = a_list()
    raw = listed.SerializeToString()
    encoder = Encoder(Writers(), Listed.DESCRIPTOR, "")
    read = QuickReaders(Readers()).of(Listed.DESCRIPTOR)
    body = encoder.encode(raw)
    text = body.decode()

    def written() -> str:
        return json_format.MessageToJson(
            Listed.FromString(raw),
            indent=None,
            always_print_fields_with_no_presence=True,
        )

    remembering = Encoder(Writers(), Listed.DESCRIPTOR, "", Items(4 * 1024 * 1024))

    def read_by_us() -> None:
        errors: Errors = []
        read(Listed(), json_text.parse(body), "", errors)

    lines = [
        _line("written", lambda: encoder.encode(raw), written),
        _line("written, its items known", lambda: remembering.told(raw), written),
        _line("read", read_by_us, lambda: json_format.Parse(text, Listed())),
    ]
    size = f"{len(raw):,} bytes of protobuf, {len(body):,} of JSON"
    head = ("20 requests: " + size, "ours µs", "json_format µs", "× json_format")
    return markdown(head, lines)


def _line(
    name: str, ours: Callable[[], object], theirs: Callable[[], object]
) -> list[str]:
    rounds = [(_cpu_us(ours), _cpu_us(theirs)) for _ in range(_ROUNDS)]
    times = statistics.median(their / our for our, their in rounds)
    fastest = [min(each) for each in zip(*rounds, strict=True)]
    return [
        name,
        *(f"{each:.0f}" for each in fastest),
        verdict(times, _AT_LEAST_TIMES),
    ]


def _cpu_us(run: Callable[[], object]) -> float:
    took_s = timeit.timeit(run, timer=time.process_time, number=_TIMES)
    return took_s / _TIMES * 1e6
