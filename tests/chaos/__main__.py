"""`python -m tests.chaos --seconds 300`: kills at random, and says what came of it."""

import argparse
import asyncio
import sys
import time

from tests.chaos.chaos import chaos

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    print(
        f"seed {given.seed}, {given.seconds:.0f} s, {given.people} people", flush=True
    )
    outcome = asyncio.run(chaos(given.seconds, given.people, given.seed))
    print(outcome.record.summary())
    truth = outcome.truth
    print(
        f"there: {len(truth.requests)} requests, {len(truth.history)} lines of history,"
        f" {len(truth.outbox)} events, {len(truth.told)} told"
    )
    wrong = outcome.faults()
    for each in wrong:
        print(each)
    sys.exit(bool(wrong))
