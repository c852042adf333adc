"""Reads a list to its end in pages, while it changes."""

from collections.abc import AsyncIterator, Awaitable, Callable

from kit.http import UpstreamAway
from services.media.clients.plex_reading import Listed, key, nonsense

PAGE = 200
_PASSES = 4

FetchPage = Callable[[int], Awaitable[Listed]]
"""The page that begins after as many entries, of PAGE at most."""


class _Moved(Exception):
    """Entries went, or came, in front of what was read."""


async def read_all(fetch: FetchPage) -> AsyncIterator[Listed]:
    """Each entry once, and at least all that were there from first to last. A list that
    moved is read once more from its beginning: what slipped by would be taken for
    removed. Raises UpstreamAway for a list that ends early, or never stands still."""
    seen: set[str] = set()
    for _ in range(_PASSES):
        total = 0
        try:
            async for page in _read_once(fetch, seen):
                total = page.total
                yield page
        except _Moved:
            continue
        if len(seen) >= total:
            return
    raise UpstreamAway("Plex changes its library faster than it can be read.")


async def _read_once(fetch: FetchPage, seen: set[str]) -> AsyncIterator[Listed]:
    """Each page begins with the last entry of the one before: when that is not so, the
    list has moved."""
    start, last = 0, ""
    while True:
        page = await fetch(start)
        keys = [key(each) for each in page.entries]
        if len(set(keys)) < len(keys):
            raise nonsense("the same item twice")
        if last and keys[:1] != [last]:
            raise _Moved
        pairs = zip(keys, page.entries, strict=True)
        fresh = [each for name, each in pairs if name not in seen]
        seen.update(keys)
        yield Listed(fresh, page.total)
        if start + len(keys) >= page.total:
            return
        if len(keys) < (2 if last else 1):
            raise nonsense("the list ends before its end")
        start, last = start + len(keys) - 1, keys[-1]
