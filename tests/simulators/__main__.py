"""`python -m tests.simulators`: starts each simulator and prints where it listens."""

import asyncio

from tests.simulators.flaky import Flaky
from tests.simulators.target import Target

SIMULATORS = {"flaky": Flaky, "target": Target}


async def main() -> None:
    running = {name: simulator() for name, simulator in SIMULATORS.items()}
    try:
        for name, simulator in running.items():
            await simulator.start()
            print(f"{name:12} {simulator.url}", flush=True)
        await asyncio.Event().wait()
    finally:
        for simulator in running.values():
            await simulator.stop()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print("stopped")
