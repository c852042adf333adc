"""Walks a folder. Runs in a process of its own: `python -m` this."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from typing import Any

from kit.answering import answer_questions

VIDEO = frozenset(
    "3gp asf avi divx flv m2ts m4v mkv mov mp4 mpeg mpg mts ogm ogv rmvb ts vob "  # noqa: SIM905 - a line to read
    "webm wmv".split()
)
AUDIO = frozenset(
    "aac aiff alac ape dsf flac m4a m4b mp3 oga ogg opus wav wma wv".split()  # noqa: SIM905
)
WITHIN_S = 20
_YOUNG_S = 2.0
_LONGEST_FILE_BYTES = 2000
_STRETCH_FILES = 500
_STRETCH_BYTES = 200_000
_STRETCH_S = 5.0
_UNREAD_AT_MOST = 100
_SAMPLE_BYTES = 300 * 1024 * 1024
# Folders that other programs keep for themselves.
_NOT_FOR_US = frozenset(
    (b"@eadir", b"$recycle.bin", b"#recycle", b"lost+found", b"sample", b"samples")
)
_HIDDEN = (b".", b"~")
# bigint, signed.
_LARGEST = 2**63 - 1


class Walk:
    """One walk, in the byte order of the paths. Nothing that is met ends it: what
    cannot be read is remembered in `unread`."""

    def __init__(self, root: bytes) -> None:
        """Raises OSError for a folder that cannot be listed."""
        self._root = root
        self._identity = _identity(root)
        self._linked = [real_folder(root)]
        self.unread: list[str] = []
        self._listing = self._list(b"", os.scandir(root))
        self.tops: dict[bytes, list[Any]] = {
            name: [self._device(name), 0]
            for name, is_folder in self._listing
            if is_folder
        }

    def files(self) -> Iterator[dict[str, Any] | None]:
        """The files, and a None for each folder: a folder without media takes its
        time as well."""
        yield from self._walk()
        if _identity(self._root) != self._identity:
            self.unread.append("The folder was changed for another one meanwhile.")

    def _walk(self) -> Iterator[dict[str, Any] | None]:
        # A list of our own and no recursion: folders may be nested as deep as Python
        # lets calls be.
        open_folders = [(b"", iter(self._listing))]
        yield None
        while open_folders:
            folder, listing = open_folders[-1]
            name, is_folder = next(listing, (b"", False))
            path = folder + name
            if not name:
                open_folders.pop()
            elif is_folder:
                below = path + b"/"
                open_folders.append((below, iter(self._list_below(below))))
                yield None
            elif (seen := self._file(path)) is not None:
                top = folder.partition(b"/")[0]
                self.tops.setdefault(top, [str(self._identity[0]), 0])[1] += 1
                yield seen

    def _list_below(self, folder: bytes) -> list[tuple[bytes, bool]]:
        try:
            return self._list(folder, os.scandir(self._root + b"/" + folder))
        except OSError as exc:
            self._cannot_read(folder, exc)
            return []

    def _list(
        self, folder: bytes, entries: "os._ScandirIterator[bytes]"
    ) -> list[tuple[bytes, bool]]:
        """The names in a folder that matter, and which of them are folders. One so
        deep that its path is not stored is passed over."""
        found: list[tuple[bytes, bool]] = []
        with entries:
            for entry in entries:
                name = entry.name
                if is_of_others(name):
                    continue
                if len(folder) + len(name) > _LONGEST_FILE_BYTES:
                    continue
                if self._is_folder(folder, entry):
                    if not entry.is_symlink() or self._may_follow(folder + name):
                        found.append((name, True))
                elif is_media(name):
                    found.append((name, False))
        # As the full paths sort, in which a slash follows a folder's name.
        found.sort(key=lambda each: each[0] + b"/" if each[1] else each[0])
        return found

    def _is_folder(self, folder: bytes, entry: "os.DirEntry[bytes]") -> bool:
        try:
            return entry.is_dir()
        except OSError as exc:
            self._cannot_read(folder + entry.name, exc)
            return False

    def _may_follow(self, path: bytes) -> bool:
        """A link is for what lies outside of the source, and is followed to each
        place once: links may form a ring."""
        real = real_folder(self._root + b"/" + path)
        if self._linked[0].startswith(real):
            return False
        if any(real.startswith(known) for known in self._linked):
            return False
        self._linked.append(real)
        return True

    def _file(self, path: bytes) -> dict[str, Any] | None:
        try:
            about = os.stat(self._root + b"/" + path)  # noqa: PTH116 - bytes
        except OSError as exc:
            self._cannot_read(path, exc)
            return None
        if not stat.S_ISREG(about.st_mode) or is_sample(path, about.st_size):
            return None
        modified_ns = min(max(about.st_mtime_ns, -_LARGEST), _LARGEST)
        return {
            "file": os.fsdecode(path),
            "size_bytes": about.st_size,
            "modified_ns": modified_ns,
            "is_young": is_young(modified_ns),
        }

    def _device(self, name: bytes) -> str:
        try:
            return str(_identity(self._root + b"/" + name)[0])
        except OSError as exc:
            self._cannot_read(name, exc)
            return ""

    def _cannot_read(self, path: bytes, exc: OSError) -> None:
        # It went meanwhile, or is a link to nothing or to itself: it is not there.
        gone = exc.errno in {errno.ENOENT, errno.ELOOP} and not path.endswith(b"/")
        if not gone and len(self.unread) < _UNREAD_AT_MOST:
            name = path.decode(errors="replace").rstrip("/")
            self.unread.append(f"{name} cannot be read: {exc.strerror}.")


def _identity(path: bytes) -> tuple[int, int]:
    about = os.stat(path)  # noqa: PTH116 - pathlib knows no bytes
    return about.st_dev, about.st_ino


def real_folder(path: bytes) -> bytes:
    """Where links lead, with a slash behind it."""
    return os.path.realpath(path).rstrip(b"/") + b"/"


def is_of_others(name: bytes) -> bool:
    """Whether a file or folder is what other programs keep for themselves."""
    return name.startswith(_HIDDEN) or name.lower() in _NOT_FOR_US


def is_media(name: bytes) -> bool:
    return extension_of(name) in VIDEO or extension_of(name) in AUDIO


def extension_of(name: bytes) -> str:
    return name.rpartition(b".")[2].lower().decode("ascii", errors="replace")


def is_young(modified_ns: int) -> bool:
    """Whether it was written to in the last two seconds. A clock that is ahead must
    not make it young for ever."""
    return abs(time.time() - modified_ns / 1e9) < _YOUNG_S


def is_sample(path: bytes, size_bytes: int) -> bool:
    """Release groups put a short sample beside the film."""
    stem = path.rpartition(b"/")[2].rpartition(b".")[0].lower()
    for sign in b"-_ []()":
        stem = stem.replace(bytes((sign,)), b".")
    words = stem.strip(b".").split(b".")
    marked = b"sample" in (words[0], words[-1]) and len(words) > 1
    return (marked or words == [b"sample"]) and size_bytes < _SAMPLE_BYTES


class Walker:
    """Answers for one walk."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._files: Iterator[dict[str, Any] | None] = iter(())

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        stretch: list[dict[str, Any]] = []
        try:
            if self._walk is None:
                self._walk = Walk(os.fsencode(question["begin"]))
                self._files = self._walk.files()
                # Nothing is read yet: that the folder is there is the answer.
                is_end = False
            else:
                stretch, is_end = self._stretch()
        except OSError as exc:
            return {"errno": exc.errno, "why": exc.strerror}
        tops = [
            [os.fsdecode(top), *has] for top, has in sorted(self._walk.tops.items())
        ]
        return {
            "files": stretch,
            "is_end": is_end,
            "tops": tops,
            "unread": self._walk.unread,
        }

    def _stretch(self) -> tuple[list[dict[str, Any]], bool]:
        stretch: list[dict[str, Any]] = []
        length, until = 0, time.monotonic() + _STRETCH_S
        for seen in self._files:
            if seen is not None:
                stretch.append(seen)
                length += len(seen["file"])
            full = len(stretch) >= _STRETCH_FILES or length >= _STRETCH_BYTES
            if full or time.monotonic() > until:
                return stretch, False
        return stretch, True


if __name__ == "__main__":
    answer_questions(Walker().answer, within_s=WITHIN_S)
