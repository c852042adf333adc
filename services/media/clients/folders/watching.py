"""Waits for changes in a folder. Runs in a process of its own: `python -m` this."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from typing import Any

from kit.answering import answer_questions
from services.media.clients.folders import inotify
from services.media.clients.folders.inotify import Event, Inotify
from services.media.clients.folders.walking import is_media, is_of_others, real_folder

WITHIN_S = 40
_STRETCH_S = 5.0
_WAITS_S = 20.0
# What happens at once is told at once, and not one by one.
_QUIET_S = 0.25
_LONGEST_S = 1.0
_FOLDERS_AT_MOST = 100_000


class Watch:
    """Of a folder and all folders below it that a walk would look into."""

    def __init__(self, root: bytes, leash: int) -> None:
        """Waits no longer once something is in the file descriptor `leash`, or it was
        closed. Raises OSError for a folder that cannot be watched."""
        self._leash = leash
        self._root = root
        self._real = real_folder(root)
        self._inotify = Inotify()
        self._folders: dict[int, bytes] = {}
        self._identity = _identity(root)
        self.is_full = False
        """There are more folders than the system lets us watch."""
        self._adding = self._add_below(root)

    def prepare(self, until: float) -> bool:
        """Watch more of the folders until it is time; whether all are watched."""
        return all(time.monotonic() <= until for _ in self._adding)

    def wait(self) -> bool:
        """Whether something changed that a walk would see, within a while. Raises
        OSError when the folder is not what it was."""
        if _identity(self._root) != self._identity:
            raise OSError(errno.ESTALE, "another folder is there now")
        has_changed = False
        until = time.monotonic() + _WAITS_S
        while (left := until - time.monotonic()) > 0:
            if not self._inotify.wait(left, self._leash):
                break
            if self._take() and not has_changed:
                has_changed, until = True, time.monotonic() + _LONGEST_S
            if has_changed:
                until = min(until, time.monotonic() + _QUIET_S)
        return has_changed

    def close(self) -> None:
        self._inotify.close()

    def _take(self) -> bool:
        is_news = False
        for event in self._inotify.events():
            if event.mask & (inotify.UNMOUNT | inotify.OVERFLOW):
                raise OSError(errno.ESTALE, "not all that changes is told any more")
            if event.mask & inotify.IGNORED:
                self._folders.pop(event.watch, None)
            elif not is_of_others(event.name):
                is_news |= self._is_news(event)
        return is_news

    def _is_news(self, event: Event) -> bool:
        folder = self._folders.get(event.watch, b"")
        path = folder + b"/" + event.name
        if event.mask & inotify.IS_FOLDER:
            # One that was moved away is watched on, and what is in it is told of: a
            # look too many.
            if folder and event.mask & (inotify.CREATE | inotify.MOVED_TO):
                for _ in self._add_below(path):
                    pass
            return True
        if not is_media(event.name):
            return bool(event.mask & inotify.CREATE) and self._add_linked(path)
        if event.mask & inotify.CREATE:
            return _is_whole(path)
        return True

    def _add_linked(self, path: bytes) -> bool:
        """A link to a folder is no folder for the kernel."""
        is_folder = os.path.isdir(path)  # noqa: PTH112 - bytes
        if is_folder:
            for _ in self._add_below(path):
                pass
        return is_folder

    def _add_below(self, folder: bytes) -> Iterator[None]:
        waiting = [folder]
        while waiting and not self.is_full:
            path = waiting.pop()
            if self._add(path):
                waiting += self._folders_in(path)
            yield

    def _add(self, path: bytes) -> bool:
        """Whether the folder is watched from now on, and was not before. One that
        cannot be is what the minute's walk is for."""
        try:
            watch = self._inotify.add(path)
        except OSError as exc:
            if path == self._root:
                raise
            self.is_full |= exc.errno == errno.ENOSPC
            return False
        # Links may form a ring.
        if watch in self._folders and os.path.islink(path):  # noqa: PTH114 - bytes
            return False
        self._folders[watch] = path
        self.is_full |= len(self._folders) >= _FOLDERS_AT_MOST
        return True

    def _folders_in(self, path: bytes) -> list[bytes]:
        try:
            with os.scandir(path) as entries:
                return [
                    path + b"/" + each.name for each in entries if self._wants(each)
                ]
        except OSError:
            return []

    def _wants(self, entry: "os.DirEntry[bytes]") -> bool:
        """As a walk does, which follows no link to where the source itself lies."""
        if is_of_others(entry.name) or not entry.is_dir():
            return False
        return not (
            entry.is_symlink() and self._real.startswith(real_folder(entry.path))
        )


def _is_whole(path: bytes) -> bool:
    """Whether a file that has just been made is there with all that is in it: a link.
    Of any other, the last write is told."""
    try:
        about = os.lstat(path)
    except OSError:
        return False
    return not stat.S_ISREG(about.st_mode) or about.st_nlink > 1


def _identity(path: bytes) -> tuple[int, int]:
    about = os.stat(path)  # noqa: PTH116 - pathlib knows no bytes
    return about.st_dev, about.st_ino


class Watcher:
    """Answers for one folder: the first questions until all of it is watched."""

    def __init__(self) -> None:
        self._watch: Watch | None = None
        self._is_ready = False

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        try:
            if self._watch is None:
                self._watch = Watch(os.fsencode(question["path"]), 0)
            if self._is_ready:
                return {"changed": self._watch.wait()}
            self._is_ready = self._watch.prepare(time.monotonic() + _STRETCH_S)
        except OSError as exc:
            return {"errno": exc.errno, "why": exc.strerror}
        return {"changed": False, "is_full": self._watch.is_full}


if __name__ == "__main__":
    answer_questions(Watcher().answer, within_s=WITHIN_S)
