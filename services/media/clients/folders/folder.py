"""Folders of this machine, read by processes that may hang or crash in our place."""

import errno
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog

from kit.worker import Worker, WorkerLost
from services.media.domain.matching import ItemKind, ParsedName
from services.media.domain.scans import Look, SeenFile, TopFolder, Walked
from services.media.domain.shelf import NOTHING, ItemState, Media
from services.media.domain.sources import DiskSilent, FolderUnreadable

log = structlog.get_logger()

_WALKING = "services.media.clients.folders.walking"
_WATCHING = "services.media.clients.folders.watching"
_PROBING = "services.media.clients.folders.probing"
# A little more than a worker gives itself.
_WITHIN_S = 22.0
_CHECK_WITHIN_S = 2.0
_WATCH_WITHIN_S = 42.0
_AFTER_HANGING = timedelta(hours=1)
_AT_THE_NEXT_SCAN = timedelta(0)
_MENDS = {
    errno.ENOENT: "There is no folder {path} here. Is it spelled right, and does the "
    "media service see it (in a container: is it mounted there)?",
    errno.ENOTDIR: "{path} is a file. Name the folder that it is in.",
    errno.EACCES: "The media service may not read {path}. Let its user in.",
    errno.EPERM: "The media service may not read {path}. Let its user in.",
}


class LocalFolders:
    async def ensure_readable(self, path: str) -> None:
        walker = Worker(_WALKING)
        try:
            await _begin(walker, path, _CHECK_WITHIN_S)
        finally:
            await walker.end()

    @asynccontextmanager
    async def open(self, path: str) -> AsyncIterator["LocalFolder"]:
        async with AsyncExitStack() as stack:
            walker, prober = Worker(_WALKING), Worker(_PROBING)
            stack.push_async_callback(walker.end)
            stack.push_async_callback(prober.end)
            yield LocalFolder(path, walker, prober)

    @asynccontextmanager
    async def watch(self, path: str) -> AsyncIterator["WatchedFolder"]:
        watcher = Worker(_WATCHING)
        try:
            yield WatchedFolder(path, watcher)
        finally:
            await watcher.end()


class WatchedFolder:
    def __init__(self, path: str, watcher: Worker) -> None:
        self._path = path
        self._watcher = watcher

    async def changed(self) -> bool:
        told = await _ask(
            self._watcher, self._path, {"path": self._path}, _WATCH_WITHIN_S
        )
        if told.get("is_full"):
            log.warning("folder_watched_in_part", path=self._path)
        return bool(told["changed"])


class LocalFolder:
    def __init__(self, path: str, walker: Worker, prober: Worker) -> None:
        self._path = path
        self._walker = walker
        self._prober = prober
        self.walked = Walked((), ())

    async def walk(self) -> AsyncIterator[Sequence[SeenFile]]:
        await _begin(self._walker, self._path, _WITHIN_S)
        is_end = False
        while not is_end:
            told = await _ask(self._walker, self._path, {}, _WITHIN_S)
            self.walked = Walked(
                tuple(
                    TopFolder(_bytes(folder), device, count)
                    for folder, device, count in told["tops"]
                ),
                tuple(told["unread"]),
            )
            if files := told["files"]:
                yield [_seen(each) for each in files]
            is_end = told["is_end"]

    async def look(self, seen: SeenFile) -> Look | None:
        question = {
            "root": self._path,
            "file": seen.file.decode(errors="surrogateescape"),
            "size_bytes": seen.size_bytes,
            "modified_ns": seen.modified_ns,
        }
        try:
            told = await self._prober.ask(question, within_s=_WITHIN_S)
        except WorkerLost:
            return _unreadable(
                seen,
                ParsedName(ItemKind.MOVIE, _stem(seen.file)),
                "Reading the file hangs, or breaks its reader.",
                _AFTER_HANGING,
            )
        if not told:
            return None
        name = _name(told["name"])
        if "cannot" in told:
            return _unreadable(seen, name, told["cannot"], _AT_THE_NEXT_SCAN)
        media = {key: told[key] for key in Media.__slots__ if key in told}
        return Look(
            seen.file,
            seen.size_bytes,
            seen.modified_ns,
            ItemState(told["state"]),
            told["detail"],
            name,
            Media(**media),
        )


async def _begin(walker: Worker, path: str, within_s: float) -> None:
    await _ask(walker, path, {"begin": path}, within_s)


async def _ask(
    walker: Worker, path: str, question: dict[str, Any], within_s: float
) -> dict[str, Any]:
    try:
        told = await walker.ask(question, within_s=within_s)
    except WorkerLost as exc:
        raise DiskSilent(
            f"The disk of {path} does not answer. Is its server there?"
        ) from exc
    if "errno" in told:
        mend = _MENDS.get(told["errno"], "{path} cannot be read: {why}.")
        raise FolderUnreadable(mend.format(path=path, why=told["why"]))
    return told


def _unreadable(
    seen: SeenFile, name: ParsedName, detail: str, again_in: timedelta
) -> Look:
    return Look(
        seen.file,
        seen.size_bytes,
        seen.modified_ns,
        ItemState.CORRUPT,
        detail,
        name,
        NOTHING,
        look_again_in=again_in,
    )


def _seen(told: dict[str, Any]) -> SeenFile:
    return SeenFile(
        _bytes(told["file"]),
        told["size_bytes"],
        told["modified_ns"],
        told["is_young"],
    )


def _name(told: dict[str, Any]) -> ParsedName:
    name, *others = told["names"]
    ids = {key: told[key] for key in ("tmdb_id", "tvdb_id", "imdb_id") if key in told}
    return ParsedName(
        ItemKind(told["kind"]),
        name,
        tuple(others),
        told.get("year", 0),
        told.get("season", 0),
        told.get("episode", 0),
        **ids,
    )


def _bytes(name: str) -> bytes:
    return name.encode(errors="surrogateescape")


def _stem(file: bytes) -> str:
    return file.rpartition(b"/")[2].decode(errors="replace").rpartition(".")[0]
