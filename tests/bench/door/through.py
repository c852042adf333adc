"""A list through the door to a service that answers from memory, against the same list
as people write it."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.bench import load
from tests.bench.door.memory import NEW, OTHER, SAME
from tests.bench.door.processes import (
    TOKEN,
    Started,
    baseline,
    gateway,
    memory_service,
)
from tests.bench.tables import markdown, verdict

_ROUNDS = 5
_CONNECTIONS = 20
_AT_LEAST_TIMES = 5.0
_V1, _TYPED = "/v1/requests?state=", "/typed/requests?state="
_OURS = {"Authorization": f"Bearer {TOKEN}", "Cache-Control": "no-cache"}


@dataclass
class _Way:
    name: str
    front: Started
    path: str
    headers: Mapping[str, str]

    def ask(self, service: Started, seconds: int) -> load.Measured:
        return load.run(
            self.front.url,
            [self.path],
            headers=self.headers,
            connections=_CONNECTIONS,
            seconds=seconds,
            processes={"front": [self.front.pid], "service": [service.pid]},
        )


async def through_the_door(seconds: int) -> str:
    async with (
        memory_service() as service,
        baseline("app", service) as people,
        baseline("bare", service) as bare,
        gateway(service) as ours,
    ):
        ways = [
            _Way("FastAPI + json_format + grpc.aio", people, _V1 + SAME, {}),
            _Way("the same, its answer typed", people, _TYPED + SAME, {}),
            _Way("gateway, an answer seen before", ours, _V1 + SAME, _OURS),
            _Way("gateway, another list of known items", ours, _V1 + OTHER, _OURS),
            _Way("gateway, 20 items never seen", ours, _V1 + NEW, _OURS),
            _Way("nothing but uvicorn and grpc.aio", bare, _V1 + SAME, {}),
        ]
        for way in ways:
            way.ask(service, 1)
        rounds = [[way.ask(service, seconds) for way in ways] for _ in range(_ROUNDS)]
    return _table(ways, rounds)


def _table(ways: list[_Way], rounds: list[list[load.Measured]]) -> str:
    head = [
        *("what", "req/s", "p50 ms", "p99 ms", "front µs", "service µs", "errors"),
        *("× its req/s", "× its front's CPU"),
    ]
    lines = []
    for number, way in enumerate(ways):
        runs = [measured[number] for measured in rounds]
        times = _ratio(rounds, number, lambda run: run.requests_per_s)
        sparing = 1 / _ratio(rounds, number, _cpu_us("front"))
        lines.append(
            [
                way.name,
                f"{_median(runs, lambda run: run.requests_per_s):,.0f}",
                f"{_median(runs, lambda run: run.p50_ms):.1f}",
                f"{_median(runs, lambda run: run.p99_ms):.1f}",
                *(
                    f"{_median(runs, _cpu_us(name)):.0f}"
                    for name in ("front", "service")
                ),
                str(sum(run.errors for run in runs)),
                verdict(times, _AT_LEAST_TIMES) if number else "1",
                f"{sparing:.1f}",
            ]
        )
    return markdown(head, lines)


def _ratio(
    rounds: list[list[load.Measured]],
    number: int,
    of: Callable[[load.Measured], float],
) -> float:
    """To the first way of the same round, which had the same neighbors."""
    return statistics.median(of(each[number]) / of(each[0]) for each in rounds)


def _median(runs: list[load.Measured], of: Callable[[load.Measured], float]) -> float:
    return statistics.median(map(of, runs))


def _cpu_us(name: str) -> Callable[[load.Measured], float]:
    """A process's CPU for one request, in microseconds."""
    return lambda run: run.spent[name].cores / run.requests_per_s * 1e6
