"""`make bench`: one table for each topic, each with its targets.

Figures of one table are of the same minutes: on a machine that others use too, the
ratios say more than the numbers.
"""

import argparse
import os
import sys
from collections.abc import Awaitable, Callable

import uvloop

from tests.bench.accounts import accounts
from tests.bench.door.alone import alone_at_the_door
from tests.bench.door.through import through_the_door
from tests.bench.house import whole_house
from tests.bench.live.cached import remembered_answers
from tests.bench.live.crowd import crowd_of_clients
from tests.bench.live.writes import dropped_elsewhere, told_of_writes
from tests.bench.names import kept_names
from tests.bench.packing.answers import packed_answers
from tests.bench.packing.calls import packed_calls
from tests.bench.pictures import shown_pictures
from tests.bench.requests import of_requests
from tests.bench.search import searches
from tests.bench.shelf import shelf
from tests.bench.sync import synced
from tests.bench.text import text_of_lists

Topic = Callable[[argparse.Namespace], Awaitable[str]]

TOPICS: dict[str, Topic] = {
    "json": lambda _: text_of_lists(),
    "door": lambda chosen: through_the_door(chosen.seconds),
    "share": lambda chosen: alone_at_the_door(chosen.seconds),
    "answers": lambda _: packed_answers(),
    "calls": lambda _: packed_calls(),
    "accounts": lambda chosen: accounts(chosen.seconds),
    "search": lambda chosen: searches(chosen.seconds, chosen.titles),
    "shelf": lambda chosen: shelf(chosen.seconds),
    "requests": lambda chosen: of_requests(chosen.seconds, chosen.requests),
    "sync": lambda chosen: synced(chosen.items),
    "names": lambda _: kept_names(),
    "cached": lambda chosen: remembered_answers(chosen.seconds),
    "drops": lambda _: dropped_elsewhere(),
    "events": lambda chosen: told_of_writes(chosen.seconds),
    "crowd": lambda chosen: crowd_of_clients(chosen.clients),
    "pictures": lambda chosen: shown_pictures(chosen.seconds),
    "house": lambda chosen: whole_house(chosen.seconds, chosen.connections),
}


async def main(chosen: argparse.Namespace) -> int:
    for name in chosen.only or TOPICS:
        print(f"\n## {name} (load {os.getloadavg()[0]:.1f})\n", flush=True)
        print(await TOPICS[name](chosen), flush=True)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="of each run")
    parser.add_argument("--connections", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--clients", type=int, default=10_000, help="of the crowd")
    parser.add_argument(
        "--items", type=int, nargs="+", default=[20_000], help="of the server, of sync"
    )
    parser.add_argument(
        "--titles", type=int, default=1_000_000, help="of the larger search, or 0"
    )
    parser.add_argument(
        "--requests", type=int, default=1_000_000, help="of the larger lists of them"
    )
    parser.add_argument("--only", choices=TOPICS, nargs="+", help="these topics alone")
    sys.exit(uvloop.run(main(parser.parse_args())))
