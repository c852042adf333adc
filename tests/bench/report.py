"""The table that goes into docs/performance.md."""

from collections.abc import Mapping, Sequence

from tests.bench.load import Measured
from tests.bench.scenarios import Scenario
from tests.bench.tables import markdown

TARGETS_AT = 20
"""The connections that DESIGN.md's targets are for."""

_HEAD = (
    "what",
    "connections",
    "req/s",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "errors",
    "target",
    "× today's tool",
    "cores",
    "MiB",
)


def table(runs: Sequence[tuple[Scenario, int, Measured]]) -> str:
    """Markdown, a line for each run."""
    return markdown(_HEAD, [_cells(*run) for run in runs])


def _cells(scenario: Scenario, connections: int, measured: Measured) -> list[str]:
    today = scenario.today_per_s
    return [
        scenario.name,
        str(connections),
        f"{measured.requests_per_s:,.0f}",
        f"{measured.p50_ms:.1f}",
        f"{measured.p95_ms:.1f}",
        f"{measured.p99_ms:.1f}",
        str(measured.errors),
        _verdict(scenario, measured) if connections == TARGETS_AT else "",
        f"{measured.requests_per_s / today:.0f}" if today else "",
        _spent({name: f"{each.cores:.2f}" for name, each in measured.spent.items()}),
        _spent(
            {name: f"{each.memory_mib:.0f}" for name, each in measured.spent.items()}
        ),
    ]


def _verdict(scenario: Scenario, measured: Measured) -> str:
    floors = [(scenario.at_least_per_s, "≥ {:,.0f}/s", measured.requests_per_s)]
    ceilings = [
        (scenario.p95_at_most_ms, "p95 ≤ {:.0f} ms", measured.p95_ms),
        (scenario.p99_at_most_ms, "p99 ≤ {:.0f} ms", measured.p99_ms),
    ]
    said = [
        (form.format(target), value >= target)
        for target, form, value in floors
        if target is not None
    ] + [
        (form.format(target), value <= target)
        for target, form, value in ceilings
        if target is not None
    ]
    return ", ".join(f"{text} {'met' if met else '**missed**'}" for text, met in said)


def _spent(by_process: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in by_process.items())
