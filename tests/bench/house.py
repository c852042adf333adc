"""A house of its own, 70,845 titles, 5,000 requests, and wrk: what was asked, how many
a second, how late, and what each process spent, beside the target and what today's
tools reach."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench import load, report
from tests.bench.engine import database_of
from tests.bench.furnish import furnish
from tests.bench.recovery import recoveries
from tests.bench.scenarios import scenarios
from tests.e2e.client import people
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

# Limits are counted in a bench as ever, but never reached.
KINDS = ("READ", "WRITE", "REQUEST", "ADMIN", "SIGN_IN")
UNLIMITED = {f"MEDIANEST_GATEWAY_LIMIT_{kind}": "100000000/1min" for kind in KINDS}


async def whole_house(seconds: int, connections: Sequence[int]) -> str:
    with tempfile.TemporaryDirectory(prefix="medianest-bench-") as folder:
        where = Path(folder) / "house"
        async with (
            running_house(where, environment=UNLIMITED) as house,
            people(house.base_url) as crowd,
        ):
            owner = await furnish(house, crowd)
            await eventually(lambda: _is_told(house), within_s=180)
            runs = [
                (
                    scenario,
                    count,
                    load.run(
                        house.base_url,
                        scenario.paths,
                        headers={
                            "Authorization": f"Bearer {owner.token}",
                            **scenario.headers,
                        },
                        connections=count,
                        seconds=seconds,
                        processes={name: [pid] for name, pid in house.pids().items()},
                    ),
                )
                for scenario in scenarios()
                for count in connections
            ]
            recovered = [each async for each in recoveries(house, crowd, owner)]
    told = [
        f"kill -9 of {part}: everything answers again after {took_s:.1f} s"
        for part, took_s in recovered
    ]
    return "\n".join([report.table(runs), "", *told])


async def _is_told(house: RunningHouse) -> bool:
    """Whether people were told of all that was furnished: until then the house is at
    work by itself."""
    conn = await database_of(house, "media")
    try:
        behind = await conn.fetchval(
            """
            SELECT count(position)
              FROM outbox
             WHERE position > (SELECT place FROM telling)
               AND type = 'request.created'
            """
        )
    finally:
        await conn.close()
    return behind == 0
