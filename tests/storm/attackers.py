"""`python -m tests.storm.attackers PORT SECONDS SEED SHARE WHO`: attacks, all kinds of
`crowd` or of `others` at once, and prints what came of it, as JSON."""

import asyncio
import json
import logging
import random
import sys
from collections import Counter

import uvloop

from tests.storm.kinds import KINDS, Attacker, attempt, gigabyte

_PAUSE_S = 0.05
_CROWD = 100


async def main(port: int, seconds: float, seed: int, share: float, who: str) -> None:
    sizes = {kind: at_once for kind, (_, at_once) in KINDS.items()}
    kinds = {k: n for k, n in sizes.items() if (n > _CROWD) is (who == "crowd")}
    came: dict[str, Counter[str]] = {kind: Counter() for kind in kinds}
    if who != "crowd":
        # Takes as long as others may have to wait, and would stop the loop in between.
        gigabyte()
    until = asyncio.get_running_loop().time() + seconds

    async def work(kind: str, number: int, at_once: int) -> None:
        tries = 0
        # A crowd comes within half a minute: the backlog is not what is tried.
        await asyncio.sleep(number * 0.003 if at_once > _CROWD else 0)
        while asyncio.get_running_loop().time() < until:
            chance = random.Random(f"{seed} {kind} {number} {tries}")
            came[kind][await attempt(kind, Attacker(port, chance))] += 1
            tries += 1
            await asyncio.sleep(chance.uniform(0, 2 * _PAUSE_S))

    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    workers = []
    for kind, at_once in kinds.items():
        some = max(1, round(at_once * share))
        workers += [asyncio.create_task(work(kind, n, some)) for n in range(some)]
    _, late = await asyncio.wait(workers, timeout=seconds)
    for each in late:
        each.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    for each in workers:
        if not each.cancelled() and (error := each.exception()):
            raise error
    print(json.dumps(came))


if __name__ == "__main__":
    logging.disable()
    port, seconds, seed, share, who = sys.argv[1:]
    uvloop.run(main(int(port), float(seconds), int(seed), float(share), who))
