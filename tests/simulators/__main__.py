"""`python -m tests.simulators`: starts each simulator and prints where it listens."""

import asyncio
from functools import partial

from tests.simulators.flaky import Flaky
from tests.simulators.jellyfin.server import Jellyfin
from tests.simulators.pictures.server import PictureServer
from tests.simulators.plex.server import Plex
from tests.simulators.plextv.server import PlexTV
from tests.simulators.radarr.server import Radarr
from tests.simulators.sonarr.server import Sonarr
from tests.simulators.target import Target
from tests.simulators.tmdb.peopled import peopled_tmdb


def peopled_plextv() -> PlexTV:
    """Olga shares her server with Ada, and Eve has nothing to do with them."""
    plextv = PlexTV()
    olga, ada = plextv.add_account("olga"), plextv.add_account("ada")
    plextv.add_account("eve")
    plextv.watch(ada, "Arrival", 2016, "imdb://tt2543164", "tmdb://329865")
    plextv.add_server("simulated-server", olga, ada)
    return plextv


def stocked_jellyfin(*, is_emby: bool = False) -> Jellyfin:
    """A hundred films, and ten episodes. Ada may all, with the password "ada"."""
    server = Jellyfin(is_emby=is_emby)
    server.add_person("ada", "ada")
    server.shelf.fill(server.shelf.add_library("Films", "movies"), 100)
    shows = server.shelf.add_library("Shows", "tvshows")
    dark = server.shelf.add_series(shows, "Dark", 2017, Tvdb="334824")
    for number in range(1, 11):
        server.shelf.add_episode(shows, dark, 1, number, f"Part {number}")
    return server


def filled_plex() -> Plex:
    """Its token is the simulator's own: token-of-olga."""
    plex = Plex()
    plex.shelf.fill(plex.shelf.add_section("movie", "Movies"), 500)
    plex.shelf.fill(plex.shelf.add_section("show", "TV Shows"), 500)
    return plex


SIMULATORS = {
    "flaky": Flaky,
    "target": Target,
    "plextv": peopled_plextv,
    "jellyfin": stocked_jellyfin,
    "emby": partial(stocked_jellyfin, is_emby=True),
    "plex": filled_plex,
    "tmdb": peopled_tmdb,
    "pictures": PictureServer,
    "radarr": partial(Radarr, knows_everything=True),
    "sonarr": partial(Sonarr, knows_everything=True),
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
