"""`medianest catalog import`: what is in the files is in the catalogue."""

import asyncio
import gzip
import os
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import orjson
import pytest

from kit.clock import SystemClock
from kit.postgres import Database
from launcher.catalog import Import, Tally, size_of
from launcher.failures import CannotRun
from launcher.folder import claim
from launcher.house import House, publish
from tests.conftest import MakeDatabase
from tests.data import ROOT
from tests.media.catalog.house import KEYS_TEXT, open_replica
from tests.servers import free_port
from tests.waiting import eventually

MATRIX = {"id": 603, "title": "The Matrix", "year": 1999, "overview": "A hacker…"}
EXPORT = b'{"adult":false,"id":603,"original_title":"The Matrix","popularity":85.1}\n'


def films(count: int, first: int = 1) -> bytes:
    lines = ({"id": n, "title": f"Film {n}"} for n in range(first, first + count))
    return b"\n".join(orjson.dumps(line) for line in lines) + b"\n"


@dataclass
class Desk:
    """Where imports are made."""

    database: Database
    address: str
    folder: Path
    said: list[str] = field(default_factory=list)

    async def bring(self, *contents: bytes) -> Tally:
        files = []
        for number, content in enumerate(contents):
            files.append(self.folder / f"file{number}")
            files[-1].write_bytes(content)
        read = 0

        def advance(octets: int) -> None:
            nonlocal read
            read += octets

        work = Import(a_house(self.address), SystemClock(), self.said.append)
        tally = await work.run(files, advance)
        assert read == size_of(files)
        return tally

    async def count(self) -> int:
        return int(await self.database.fetchval("SELECT count(id) FROM titles"))


def a_house(address: str) -> House:
    return House("", (), "", address, "", KEYS_TEXT, {})


@pytest.fixture
async def desk(make_database: MakeDatabase, tmp_path: Path) -> AsyncIterator[Desk]:
    database, url = await make_database("media")
    async with open_replica(database, url) as replica:
        yield Desk(database, replica.address, tmp_path)


async def test_files_plain_and_compressed_are_imported(desk: Desk) -> None:
    tally = await desk.bring(films(1500), gzip.compress(films(700, first=2000)))

    assert tally == Tally(added=2200)
    assert await desk.count() == 2200
    assert tally.summary.startswith("2,200 titles: 2,200 added, 0 changed")


async def test_a_second_run_changes_nothing(desk: Desk) -> None:
    await desk.bring(films(1500))

    assert await desk.bring(films(1500)) == Tally(unchanged=1500)


async def test_an_export_enriches_and_adds(desk: Desk) -> None:
    await desk.bring(orjson.dumps(MATRIX))

    tally = await desk.bring(
        EXPORT
        + b'{"adult":true,"id":7,"original_title":"X","popularity":1}\n'
        + b'{"adult":false,"id":8,"original_title":"New","popularity":1}\n'
    )

    assert tally == Tally(added=1, changed=1, left_out=1)
    assert "1 left out that are for adults only" in tally.summary
    row = await desk.database.fetchrow(
        "SELECT name, overview, popularity FROM titles WHERE tmdb_id = 603"
    )
    assert row is not None
    assert tuple(row) == ("The Matrix", "A hacker…", 85.1)


async def test_a_bad_line_is_reported_by_file_and_number(desk: Desk) -> None:
    tally = await desk.bring(
        b'\n{"id": 1, "title": "One"}\nnonsense\n{"id": 2, "title": ""}\n'
        b'{"id": 3, "title": "Three", "year": -5}\n{"id": 1, "title": "Again"}\n'
        b'{"id": 4, "title": "Four"}'
    )

    assert tally == Tally(added=2, rejected=4)
    reasons = dict(line.split(": ", 1) for line in desk.said)
    file = desk.folder / "file0"
    assert reasons[f"{file}:3"].startswith("not JSON")
    assert reasons[f"{file}:4"] == "name is required"
    assert reasons[f"{file}:5"] == "year is 1800 to 2200, not -5"
    assert "that of number" in reasons[f"{file}:6"]


async def test_a_file_that_ends_early_gives_what_it_has(desk: Desk) -> None:
    noise = b"".join(
        orjson.dumps({"id": n, "title": os.urandom(200).hex()}) + b"\n"
        for n in range(1, 3001)
    )
    whole = gzip.compress(noise)

    tally = await desk.bring(whole[: len(whole) // 2], films(3, first=5000))

    assert 1000 < tally.added < 2000
    assert tally.rejected == 1
    assert "damaged from here on" in desk.said[0]
    assert await desk.count() == tally.added


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        gzip.compress(b"", mtime=0),
        b"\x1f\x8b",
        b"\x1f\x8bnot really gzip",
    ],
)
async def test_a_file_without_titles_is_no_trouble(desk: Desk, content: bytes) -> None:
    tally = await desk.bring(content, films(1))

    assert tally.added == 1


async def test_a_line_without_end_costs_no_memory_and_one_line(desk: Desk) -> None:
    endless = gzip.compress(b"x" * 10_000_000 + b"\n" + films(1))

    tally = await desk.bring(endless)

    assert tally == Tally(added=1, rejected=1)
    assert "file0:1: longer than a line" in desk.said[0]


async def test_large_titles_travel_in_smaller_batches(desk: Desk) -> None:
    lines = b"\n".join(
        orjson.dumps({"id": n, "title": f"Film {n}", "overview": "x" * 19_000})
        for n in range(1, 1001)
    )

    assert await desk.bring(lines) == Tally(added=1000)


async def test_a_house_that_comes_back_is_waited_for(
    make_database: MakeDatabase, tmp_path: Path
) -> None:
    database, url = await make_database("media")
    port = free_port()
    desk = Desk(database, f"127.0.0.1:{port}", tmp_path)
    importing = asyncio.create_task(desk.bring(films(10)))

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(open_replica(database, url, port))
        assert await importing == Tally(added=10)


async def test_a_house_that_refuses_ends_the_import_with_a_line(desk: Desk) -> None:
    house = replace(a_house(desk.address), caller_keys="other:" + "11" * 32)
    file = desk.folder / "file"
    file.write_bytes(films(5000))

    with pytest.raises(CannotRun, match=r"UNAUTHENTICATED.*again") as refused:
        await Import(house, SystemClock(), print).run([file], lambda _: None)

    assert refused.value.status == 1
    assert await desk.count() == 0


@dataclass
class Shell:
    """Where the command is typed."""

    data_dir: Path

    async def start(self, *files: Path) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "launcher", "catalog", "import"),
            *map(str, files),
            *("--data-dir", str(self.data_dir)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def run(self, *files: Path) -> tuple[int, str, str]:
        """The exit status, what was printed, and what was said of errors."""
        process = await self.start(*files)
        printed, said = await process.communicate()
        assert process.returncode is not None
        return process.returncode, printed.decode(), said.decode()


@pytest.fixture
def shell(desk: Desk, tmp_path: Path) -> Iterator[Shell]:
    """On the machine of a house that runs."""
    with claim(tmp_path / "data") as folder:
        publish(folder, a_house(desk.address))
        yield Shell(folder)


async def test_the_command_says_what_came_in_and_ends_with_0(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "films.jsonl"
    file.write_bytes(films(3))

    status, printed, said = await shell.run(file)

    assert (status, said) == (0, "")
    assert printed == ("3 titles: 3 added, 0 changed, 0 unchanged; 0 lines rejected\n")


async def test_the_command_ends_with_1_when_a_line_was_rejected(
    shell: Shell, tmp_path: Path
) -> None:
    file = tmp_path / "films.jsonl"
    file.write_bytes(b"[bold]\n" + films(3))

    status, printed, said = await shell.run(file)

    assert status == 1
    assert "3 added" in printed
    assert said.startswith(f"{file}:1: not JSON")


async def test_the_command_ends_with_2_for_a_file_that_is_missing(
    shell: Shell, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "films.jsonl"
    file.write_bytes(films(3))

    for missing in (tmp_path / "missing.jsonl", tmp_path):
        status, printed, said = await shell.run(file, missing)
        assert (status, printed) == (2, "")
        assert str(missing) in said
        assert said.count("\n") == 1
    assert await desk.count() == 0


async def test_without_a_house_the_command_says_how_to_start_one(
    tmp_path: Path,
) -> None:
    file = tmp_path / "films.jsonl"
    file.write_bytes(films(3))

    status, _, said = await Shell(tmp_path / "nowhere").run(file)

    assert status == 1
    assert "medianest up" in said


async def test_an_import_that_was_killed_is_simply_run_again(
    shell: Shell, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "films.jsonl"
    file.write_bytes(films(8_000))
    process = await shell.start(file)
    await eventually(desk.count)
    process.kill()
    await process.communicate()
    taken = await desk.count()

    status, printed, _ = await shell.run(file)

    assert 0 < taken < 8_000
    assert status == 0
    assert await desk.count() == 8_000
    assert "8,000 titles" in printed
