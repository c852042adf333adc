"""`make bench`: a house of its own, 70,845 titles, 5,000 requests, and wrk.

Prints a table for docs/performance.md: what was asked, how many a second, how late,
and what each process spent, beside the target and what today's tools reach.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import load
from tests.bench.load import Measured
from tests.bench.scenarios import Scenario, scenarios
from tests.data import CATALOG
from tests.e2e.client import Crowd, Person, people
from tests.house import House, running_house

REQUESTS = 5_000
# Limits are counted in a bench as ever, but never reached.
UNLIMITED = {
    f"MEDIANEST_GATEWAY_{kind}_PER_MINUTE": "100000000"
    for kind in ("READ", "WRITE", "REQUEST", "ADMIN", "SIGN_IN")
}


async def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="medianest-bench-") as folder:
        async with running_house(
            Path(folder) / "house", environment=UNLIMITED
        ) as house:
            owner = await _furnish(house)
            runs = [
                (
                    scenario,
                    connections,
                    _measure(house, owner, scenario, connections, options.seconds),
                )
                for scenario in scenarios()
                for connections in (20, 100)
            ]
    print(_table(runs))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each run")
    return parser.parse_args()


async def _furnish(house: House) -> Person:
    async with people(house.base_url) as crowd:
        owner = await crowd.owner(house.setup_token)
        files = [CATALOG / name for name in ("movies.jsonl.gz", "tv.jsonl.gz")]
        subprocess.run(
            [sys.executable, "-m", "launcher", "catalog", "import", *files],
            check=True,
            env=house.environment,
            stdout=subprocess.DEVNULL,
        )
        await _ask_for_much(crowd, owner)
        return owner


async def _ask_for_much(crowd: Crowd, owner: Person) -> None:
    """Five thousand different films, asked for by twenty at a time."""
    titles: dict[str, None] = {}
    words = iter(
        [
            "the",
            "man",
            "love",
            "night",
            "day",
            "life",
            "house",
            "last",
            "girl",
            "dead",
            "king",
            "dark",
            "star",
            "war",
            "big",
            "black",
            "white",
            "blue",
            "red",
            "city",
            "world",
            "time",
            "american",
            "story",
            "ghost",
            "blood",
            "great",
            "little",
            "men",
            "woman",
        ]
    )
    while len(titles) < REQUESTS:
        for prefix in ("", "a ", "of "):
            word = next(words) if not prefix else word
            found = await owner.get(f"/v1/search?pageSize=100&query={prefix}{word}")
            titles |= dict.fromkeys(each["id"] for each in found["titles"])
    waiting = iter(list(titles)[:REQUESTS])

    async def ask() -> None:
        for title in waiting:
            await owner.post("/v1/requests", {"titleId": title})

    await asyncio.gather(*(ask() for _ in range(20)))


def _measure(
    house: House, owner: Person, scenario: Scenario, connections: int, seconds: int
) -> Measured:
    return load.run(
        house.base_url,
        scenario.paths,
        headers={"Authorization": f"Bearer {owner.token}", **scenario.headers},
        connections=connections,
        seconds=seconds,
        processes={name: [pid] for name, pid in house.pids().items()},
    )


def _table(runs: Sequence[tuple[Scenario, int, Measured]]) -> str:
    head = (
        "what",
        "conns",
        "req/s",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "errors",
        "target",
        "today's × ",
        "cores",
        "MiB",
    )
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    for scenario, connections, measured in runs:
        cells = (
            scenario.name,
            str(connections),
            f"{measured.requests_per_s:,.0f}",
            f"{measured.p50_ms:.1f}",
            f"{measured.p95_ms:.1f}",
            f"{measured.p99_ms:.1f}",
            str(measured.errors),
            _verdict(scenario, measured) if connections == 20 else "",
            f"{measured.requests_per_s / scenario.today_per_s:.0f}"
            if scenario.today_per_s
            else "–",
            _spent(
                {name: f"{each.cores:.2f}" for name, each in measured.spent.items()}
            ),
            _spent(
                {
                    name: f"{each.memory_mib:.0f}"
                    for name, each in measured.spent.items()
                }
            ),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _verdict(scenario: Scenario, measured: Measured) -> str:
    wanted = [
        (scenario.at_least_per_s, "≥ {:,.0f}/s", measured.requests_per_s, 1),
        (scenario.p95_at_most_ms, "p95 ≤ {:.0f}", measured.p95_ms, -1),
        (scenario.p99_at_most_ms, "p99 ≤ {:.0f}", measured.p99_ms, -1),
    ]
    return ", ".join(
        form.format(target)
        + (" met" if (value - target) * sign >= 0 else " **missed**")
        for target, form, value, sign in wanted
        if target is not None
    )


def _spent(by_process: Mapping[str, str]) -> str:
    return " ".join(f"{name} {value}" for name, value in by_process.items())


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
