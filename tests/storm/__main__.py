"""`python -m tests.storm --seconds 600`: storms a gateway, and says what came of it."""

import argparse
import asyncio
import statistics
import sys
import time

from gateway.heap import EVERY_S
from tests.storm.storm import Report, Sample, storm

_MEBIBYTE = 1024 * 1024
# Then what is free on the heap was given back.
_REST_S = EVERY_S + 5


def table(report: Report) -> str:
    lines = ["| What | Tries | What came |", "| --- | --- | --- |"]
    for kind, outcomes in report.came.items():
        most = sorted(outcomes.items(), key=lambda each: -each[1])
        came = ", ".join(f"{outcome} ({times:,})" for outcome, times in most)
        lines.append(f"| {kind} | {sum(outcomes.values()):,} | {came} |")
    return "\n".join(lines)


def summary(report: Report) -> str:
    decent = report.decent
    took_ms = [each * 1000 for each in decent.took_s]
    late = statistics.quantiles(took_ms, n=100)[98] if len(took_ms) > 1 else 0
    thirds = " → ".join(f"{each / _MEBIBYTE:.0f}" for each in report.thirds())
    # Who is here costs memory: more of it says nothing when they are more.
    connections = " → ".join(f"{each:,.0f}" for each in report.thirds("connections"))
    peak = max(each.connections for each in report.samples)
    tries = sum(sum(each.values()) for each in report.came.values())
    return (
        f"{tries:,} tries; the decent "
        f"client: {len(took_ms):,} answers, {decent.at_once:,} at once, "
        f"{decent.again} tries made again, {len(decent.wrong)} wrong, "
        f"p50 {statistics.median(took_ms):.1f} ms, p99 {late:.0f} ms, "
        f"{decent.heard:,} events on {decent.sockets_opened} socket(s)\n"
        f"memory by thirds: {thirds} MiB, {report.growth() or 'which is flat'}; "
        f"connections: {connections}, at most {peak:,}\n"
        f"before: {shown(report.before)}\nafter:  {shown(report.after)}"
    )


def shown(sample: Sample | None) -> str:
    assert sample
    return (
        f"{sample.rss_bytes / _MEBIBYTE:.0f} MiB, {sample.files} files, "
        f"{sample.connections} connections, {sample.tasks} tasks"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.storm", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--share", type=float, default=1.0)
    given = parser.parse_args()
    print(f"seed {given.seed}, {given.seconds:.0f} s", flush=True)
    found = asyncio.run(storm(given.seconds, given.seed, given.share, _REST_S))
    print(table(found))
    print(summary(found))
    faults = [*found.faults(), *found.missing(), *filter(None, [found.growth()])]
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))
