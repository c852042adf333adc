"""The real process, killed in the middle of its work."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.data import ROOT
from tests.media.shelf.files import put
from tests.media.shelf.house import House
from tests.servers import free_port
from tests.waiting import eventually

FILMS = 120


@contextmanager
def a_service(url: str, redis_url: str) -> Iterator[psutil.Process]:
    process = subprocess.Popen(
        [sys.executable, "-m", "services.media"],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "MEDIANEST_MEDIA_DATABASE_URL": url,
            "MEDIANEST_MEDIA_REDIS_URL": redis_url,
            "MEDIANEST_MEDIA_CALLER_KEYS": "test:" + "5a" * 32,
            "MEDIANEST_MEDIA_SEALING_KEYS": "test:" + "5a" * 32,
            "MEDIANEST_MEDIA_GRPC_ADDRESS": f"127.0.0.1:{free_port()}",
        },
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


async def test_a_scan_that_is_killed_goes_on_and_leaves_no_process_behind(
    house: House, postgres_url: str, redis_url: str
) -> None:
    name = await house.database.fetchval("SELECT current_database()")
    url = postgres_url.rpartition("/")[0] + f"/{name}"
    for number in range(FILMS):
        put(house.folder / "movies" / f"Film.{number}.2001.mkv")
    await house.add_source()

    async def count() -> int:
        return int(await house.database.fetchval("SELECT count(id) FROM items"))

    def are_gone() -> bool:
        with suppress(psutil.NoSuchProcess):
            return not any(
                worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE
                for worker in workers
            )
        return True

    with a_service(url, redis_url) as service:
        await eventually(count, within_s=30)
        workers = service.children(recursive=True)
        service.kill()
    first = await count()
    with a_service(url, redis_url):

        async def is_all_there() -> bool:
            return await count() == FILMS

        await eventually(is_all_there, within_s=30)

    assert 0 < first < FILMS
    assert workers
    await eventually(are_gone, within_s=10)
