"""`python -m tests.simulators`: starts each simulator and prints where it listens."""

import asyncio

from tests.simulators.flaky import Flaky
from tests.simulators.pictures.server import PictureServer
from tests.simulators.plextv.server import PlexTV
from tests.simulators.target import Target


def peopled_plextv() -> PlexTV:
    """Olga shares her server with Ada, and Eve has nothing to do with them."""
    plextv = PlexTV()
    olga, ada = plextv.add_account("olga"), plextv.add_account("ada")
    plextv.add_account("eve")
    plextv.add_server("simulated-server", olga, ada)
    return plextv


SIMULATORS = {
    "flaky": Flaky,
    "target": Target,
    "plextv": peopled_plextv,
    "pictures": PictureServer,
}


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
