"""Disks that go, files that break: nothing that was known is lost to them."""

import os
import pwd
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from kit.worker import Worker, WorkerLost
from services.media.clients.folders.folder import LocalFolder, LocalFolders
from services.media.clients.folders.names import parse
from services.media.clients.folders.probing import look
from services.media.clients.folders.walking import Walk
from services.media.domain.scans import Look, SeenFile, Walked
from services.media.domain.shelf import ItemState
from services.media.domain.sources import (
    DiskSilent,
    FolderUnreadable,
    Shelving,
    SourceState,
)
from tests.media.shelf.files import a_matroska, put
from tests.media.shelf.house import NEVER, House, a_caller

FILMS = {f"movies/Film.{number}.200{number}.mkv" for number in range(5)}


@pytest.fixture
async def filled(house: House) -> House:
    """A house with five films on the shelf."""
    for film in FILMS:
        put(house.folder / film)
    await house.add_source()
    await house.scan()
    return house


async def test_a_folder_that_is_missing_deletes_nothing(filled: House) -> None:
    filled.folder.rename(filled.folder.with_name("elsewhere"))

    source = await filled.scan()

    assert source.state is SourceState.UNREACHABLE
    assert "There is no folder" in source.detail
    assert set(await filled.items()) == FILMS


async def test_a_folder_that_is_suddenly_empty_deletes_nothing(filled: House) -> None:
    shutil.rmtree(filled.folder)
    filled.folder.mkdir()

    source = await filled.scan()

    assert source.state is SourceState.UNREACHABLE
    assert "5 files were" in source.detail
    assert set(await filled.items()) == FILMS


async def test_a_folder_that_has_become_a_file_deletes_nothing(filled: House) -> None:
    shutil.rmtree(filled.folder)
    filled.folder.write_text("")

    source = await filled.scan()

    assert source.state is SourceState.UNREACHABLE
    assert set(await filled.items()) == FILMS


async def test_what_comes_back_is_as_it_was(filled: House) -> None:
    before = await filled.items()
    away = filled.folder.with_name("elsewhere")
    filled.folder.rename(away)
    await filled.scan()

    away.rename(filled.folder)
    source = await filled.scan()

    assert (source.state, source.detail) == (SourceState.READY, "")
    assert await filled.items() == before


async def test_a_disk_that_is_not_mounted_within_the_source_deletes_nothing(
    filled: House,
) -> None:
    put(filled.folder / "tv" / "Show.S01E01.mkv")
    await filled.scan()
    await filled.database.execute(
        "UPDATE libraries SET device = 'another disk' WHERE name = 'movies'"
    )

    shutil.rmtree(filled.folder / "movies")
    (filled.folder / "movies").mkdir()
    source = await filled.scan()

    assert source.state is SourceState.UNREACHABLE
    assert source.detail.startswith("movies is empty")
    assert set(await filled.items()) == FILMS | {"tv/Show.S01E01.mkv"}


class HalfFolder:
    """A folder whose disk goes away in the middle of the walk."""

    def __init__(self, behind: LocalFolder) -> None:
        self._behind = behind

    @property
    def walked(self) -> Walked:
        return self._behind.walked

    async def walk(self) -> AsyncIterator[Sequence[SeenFile]]:
        async for stretch in self._behind.walk():
            yield stretch[:2]
            raise FolderUnreadable("The disk has gone.")

    async def look(self, seen: SeenFile) -> Look | None:
        return await self._behind.look(seen)


class HalfFolders(LocalFolders):
    @asynccontextmanager
    async def open(self, path: str) -> AsyncIterator[HalfFolder]:  # type: ignore[override]
        async with super().open(path) as folder:
            yield HalfFolder(folder)


async def test_a_disk_that_goes_in_the_middle_deletes_nothing(filled: House) -> None:
    source = await filled.scan(HalfFolders())

    assert (source.state, source.detail) == (
        SourceState.UNREACHABLE,
        "The disk has gone.",
    )
    assert set(await filled.items()) == FILMS


async def test_what_was_read_before_the_disk_went_is_kept(house: House) -> None:
    for film in FILMS:
        put(house.folder / film)
    await house.add_source()

    await house.scan(HalfFolders())
    first = set(await house.items())
    await house.scan()

    assert len(first) == 2
    assert set(await house.items()) == FILMS


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything: be somebody else meanwhile."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, which those of pytest are not."""
    with TemporaryDirectory(prefix="medianest-open-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def test_a_folder_that_may_not_be_entered_makes_the_walk_incomplete(
    open_folder: Path,
) -> None:
    put(open_folder / "movies" / "Film.2001.mkv")
    put(open_folder / "secret" / "Film.2002.mkv").parent.chmod(0)

    with as_nobody():
        walk = Walk(bytes(open_folder))
        files = [seen["file"] for seen in walk.files() if seen]

    assert files == ["movies/Film.2001.mkv"]
    assert walk.unread == ["secret cannot be read: Permission denied."]


def test_a_file_that_may_not_be_opened_says_so(open_folder: Path) -> None:
    film = put(open_folder / "movies" / "Film.2001.mkv")
    film.chmod(0)
    # guessit reads its own files when it is first asked, which nobody may not.
    parse(b"Film.2001.mkv")

    with as_nobody():
        told = look_at(film, open_folder)

    assert told["cannot"] == "The file cannot be opened: Permission denied."


def test_a_pipe_in_the_place_of_a_film_is_not_waited_for(tmp_path: Path) -> None:
    film = put(tmp_path / "movies" / "Film.2001.mkv")
    about = film.stat()
    film.unlink()
    os.mkfifo(film)

    files = [seen for seen in Walk(bytes(tmp_path)).files() if seen]

    assert files == []
    assert look_at(film, tmp_path, about) == {}


def look_at(
    film: Path, folder: Path, about: os.stat_result | None = None
) -> dict[str, Any]:
    about = about or film.stat()
    return look(
        {
            "root": str(folder),
            "file": str(film.relative_to(folder)),
            "size_bytes": about.st_size,
            "modified_ns": about.st_mtime_ns,
        }
    )


class Recorder(LocalFolders):
    """The real folders, and which files were looked at. What is looked at may be
    said to be unreadable."""

    def __init__(self, prober: str = "services.media.clients.folders.probing") -> None:
        self.looked: list[str] = []
        self._prober_module = prober

    @asynccontextmanager
    async def open(self, path: str) -> AsyncIterator["RecordedFolder"]:  # type: ignore[override]
        walker = Worker("services.media.clients.folders.walking")
        prober = Worker(self._prober_module)
        try:
            yield RecordedFolder(path, walker, prober, self.looked)
        finally:
            await walker.end()
            await prober.end()


class RecordedFolder(LocalFolder):
    def __init__(
        self, path: str, walker: Worker, prober: Worker, looked: list[str]
    ) -> None:
        super().__init__(path, walker, prober)
        self._looked = looked

    async def look(self, seen: SeenFile) -> Look | None:
        self._looked.append(seen.file.decode(errors="replace"))
        return await super().look(seen)


async def test_what_has_not_changed_is_not_read_again(filled: House) -> None:
    folders = Recorder()
    put(filled.folder / "movies" / "New.2009.mkv")

    await filled.scan(folders)
    await filled.scan(folders)

    assert folders.looked == ["movies/New.2009.mkv"]


async def test_a_file_that_hangs_or_crashes_its_reader_costs_itself_only(
    house: House,
) -> None:
    for name in ("A.Crash.2001", "B.Good.2002", "C.Hang.2003", "D.Good.2004"):
        put(house.folder / "movies" / f"{name}.mkv")
    await house.add_source()
    folders = Recorder("tests.media.shelf.breaking_prober")

    source = await house.scan(folders)
    items = await house.items()
    await house.scan(folders)

    assert source.state is SourceState.READY
    assert {path: item.state.name for path, item in items.items()} == {
        "movies/A.Crash.2001.mkv": "CORRUPT",
        "movies/B.Good.2002.mkv": "OK",
        "movies/C.Hang.2003.mkv": "CORRUPT",
        "movies/D.Good.2004.mkv": "OK",
    }
    # Not at every scan: each costs its time.
    assert len(folders.looked) == 4


@dataclass
class Unreadable(LocalFolders):
    """Every file is there and none can be opened."""

    prober: str = field(default="tests.media.shelf.locked_prober")

    @asynccontextmanager
    async def open(self, path: str) -> AsyncIterator[LocalFolder]:
        walker, prober = (
            Worker("services.media.clients.folders.walking"),
            Worker(self.prober),
        )
        try:
            yield LocalFolder(path, walker, prober)
        finally:
            await walker.end()
            await prober.end()


async def test_a_file_that_cannot_be_opened_any_more_keeps_what_is_known_of_it(
    filled: House,
) -> None:
    film = filled.folder / "movies" / "Film.1.2001.mkv"
    put(film, a_matroska(width=640), age_s=60)

    await filled.scan(Unreadable())
    locked = (await filled.items())["movies/Film.1.2001.mkv"]
    await filled.scan()
    opened = (await filled.items())["movies/Film.1.2001.mkv"]

    assert (locked.state, locked.media.width) == (ItemState.OK, 320)
    assert (opened.state, opened.media.width) == (ItemState.OK, 640)


class SilentFolders(LocalFolders):
    async def ensure_readable(self, path: str) -> None:
        raise DiskSilent(f"The disk of {path} does not answer.")


async def test_a_disk_that_is_silent_is_not_the_fault_of_who_names_its_folder(
    house: House,
) -> None:
    shelving = Shelving(house.sources, SilentFolders(), house.clock, lambda: None)

    with pytest.raises(DiskSilent):
        await shelving.add_source("", str(house.folder), 0, a_caller(), NEVER)

    assert await house.sources.page(None, 1) == []


async def test_a_worker_that_ends_for_no_reason_of_ours_is_asked_again(
    tmp_path: Path,
) -> None:
    worker = Worker("tests.media.shelf.breaking_prober")
    film = {"root": str(tmp_path), "file": "Once.mkv", "size_bytes": 1}

    assert await worker.ask(film | {"modified_ns": 1}, within_s=20) == {}
    assert (tmp_path / "once").exists()
    await worker.end()


async def test_a_worker_that_does_not_answer_is_ended_and_replaced() -> None:
    worker = Worker("tests.media.shelf.breaking_prober")
    gone = {"root": "/", "file": "nothing.mkv", "size_bytes": 1, "modified_ns": 1}

    with pytest.raises(WorkerLost):
        await worker.ask(gone | {"file": "Hang"}, within_s=1)

    assert await worker.ask(gone, within_s=20) == {}
    await worker.end()
