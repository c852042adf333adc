"""Who sends an order and is killed is followed, and nothing is done twice."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from kit.clock import SystemClock
from kit.postgres import Database
from tests.data import ROOT
from tests.media.fetching.house import House
from tests.media.requests.house import ADA
from tests.simulators.arr.moods import Mood
from tests.simulators.radarr.server import Radarr
from tests.waiting import eventually


@contextmanager
def a_sender(*arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.media.fetching.sender", *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def test_one_that_is_killed_between_adding_and_noting_it_is_followed(
    house: House, radarr: Radarr, media: tuple[Database, str]
) -> None:
    _, url = media
    house.clock.at = SystemClock().now()
    known = await house.set_up.add(radarr)
    request = await house.approved(await house.film(), by=ADA)
    arguments = (url, radarr.url, radarr.key, str(known.id))
    # It does what it is told, and the word of it never comes.
    radarr.mood = Mood(only="/movie", method="POST", swallows_answers=True)

    with a_sender(*arguments) as sender:
        await eventually(lambda: radarr.movies, within_s=30)
        sender.kill()
        sender.wait()
    radarr.mood = Mood()
    assert await house.state(request) == "WAITING"
    # The claim of the dead runs out; nobody waits so long here.
    await house.database.execute("UPDATE orders SET claimed_until = now()")

    async def is_placed() -> bool:
        return await house.state(request) == "PLACED"

    with a_sender(*arguments), a_sender(*arguments):
        await eventually(is_placed, within_s=30)

    assert radarr.count("POST /movie") == len(radarr.movies) == 1
    assert len(radarr.commands) == 1
