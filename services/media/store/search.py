"""Reads the catalogue into memory for searching, and again when it has changed."""

import asyncio
import sys
import time
from array import array
from contextlib import suppress
from itertools import accumulate

import asyncpg
import structlog

from kit.errors import Unavailable
from kit.outbox import Feed
from kit.postgres import Database
from services.media.domain.index import KINDS, Names, Occurrences, TitleIndex
from services.media.domain.names import ARTICLES
from services.media.domain.search import IndexNotRead
from services.media.store.imports import IMPORTED

log = structlog.get_logger()

_READ_WITHIN_S = 60.0
_WAIT_S = 1.0
_RETRY_S = 0.5
# While batches come in, reading takes at most a sixth of the time, unless somebody
# who searches waits for it.
_PAUSE_PER_READ = 5


class PostgresSearch:
    """The index that this process searches, read again when something was imported,
    here or in another process."""

    def __init__(self, database: Database, feed: Feed) -> None:
        self._database = database
        self._feed = feed
        self._index: TitleIndex | None = None
        self._read = asyncio.Event()
        self._outdated = asyncio.Event()
        self._awaited = asyncio.Event()

    async def latest(self, version: int = 0) -> TitleIndex:
        if not self._has(version):
            if self._index is not None:
                self._outdated.set()
            self._awaited.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(_WAIT_S):
                    while not self._has(version):
                        await self._read.wait()
        if self._index is None:
            raise IndexNotRead("The catalogue is being read. Try again in a moment.")
        return self._index

    async def run(self) -> None:
        """Keep the index as the catalogue is, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch(), name="watch imports")
            while True:
                self._outdated.clear()
                self._awaited.clear()
                took_s = await self._refresh()
                await self._outdated.wait()
                with suppress(TimeoutError):
                    async with asyncio.timeout(took_s * _PAUSE_PER_READ):
                        await self._awaited.wait()

    async def _watch(self) -> None:
        # An event that is missed is made up for by the next search, which compares
        # the versions: this is for the first search after an import to be quick.
        async for _, event in self._feed.watch(after=""):
            if event.type == IMPORTED:
                self._outdated.set()

    def _has(self, version: int) -> bool:
        return self._index is not None and self._index.version >= version

    async def _refresh(self) -> float:
        began = time.perf_counter()
        while True:
            try:
                version, names, occurrences = await self._fetch()
                break
            except Unavailable as exc:
                log.info("index_put_off", error=exc.reason)
                await asyncio.sleep(_RETRY_S)
        # In a thread, so that calls are answered meanwhile.
        self._index = await asyncio.to_thread(TitleIndex, version, names, occurrences)
        read, self._read = self._read, asyncio.Event()
        read.set()
        took_s = time.perf_counter() - began
        log.info("index_read", names=len(names.kinds), ms=round(took_s * 1000))
        return took_s

    async def _fetch(self) -> tuple[int, Names, Occurrences]:
        """All as of one moment."""
        async with (
            self._database.connection() as conn,
            conn.transaction(isolation="repeatable_read", readonly=True),
        ):
            await conn.execute("SET LOCAL statement_timeout = '60s'")
            version = await conn.fetchval("SELECT version FROM catalog_version")
            return int(version), await _names(conn), await _occurrences(conn)


async def _names(conn: "asyncpg.Connection[asyncpg.Record]") -> Names:
    row = await conn.fetchrow(
        """
        WITH names AS (
            SELECT id, kind, year, standing, name_key AS key, true AS is_first
              FROM titles
             UNION ALL
            SELECT id, kind, year, standing, original_key, false
              FROM titles
             WHERE original_key NOT IN ('', name_key)
        ), measured AS (
            SELECT id, kind, year, standing,
                   (SELECT count(DISTINCT word)
                      FROM unnest(string_to_array(key, ' ')) AS word
                     WHERE word <> ALL ($1)) AS length,
                   row_number() OVER (ORDER BY standing DESC, id, is_first) AS place
              FROM names
        )
        SELECT string_agg(uuid_send(id), '' ORDER BY place) AS title_ids,
               string_agg(substr(int4send(array_position($2, kind) - 1), 4), ''
                          ORDER BY place) AS kinds,
               string_agg(substr(int4send(least(length, 255)::integer), 4), ''
                          ORDER BY place) AS lengths,
               string_agg(int4send(coalesce(year, 0)), '' ORDER BY place) AS years,
               string_agg(float4send(standing), '' ORDER BY place) AS standings
          FROM measured
        """,
        list(ARTICLES),
        [kind.value for kind in KINDS],
        timeout=_READ_WITHIN_S,
    )
    assert row is not None  # noqa: S101 - an aggregate always has a row
    return Names(
        row["title_ids"] or b"",
        row["kinds"] or b"",
        row["lengths"] or b"",
        _numbers("i", row["years"] or b""),
        _numbers("f", row["standings"] or b""),
    )


async def _occurrences(conn: "asyncpg.Connection[asyncpg.Record]") -> Occurrences:
    rows = await conn.fetch(
        """
        WITH names AS (
            SELECT id, standing, name_words AS words, true AS is_first
              FROM titles
             UNION ALL
            SELECT id, standing, original_words, false
              FROM titles
             WHERE original_key NOT IN ('', name_key)
        ), placed AS (
            SELECT words,
                   (row_number() OVER (ORDER BY standing DESC, id, is_first)
                    - 1)::integer AS ordinal
              FROM names
        )
        SELECT word COLLATE "C" AS word,
               string_agg(int4send(ordinal), '' ORDER BY ordinal) AS ordinals
          FROM placed, unnest(words) AS word
         GROUP BY word COLLATE "C"
         ORDER BY word COLLATE "C"
        """,
        timeout=_READ_WITHIN_S,
    )
    octets = [row["ordinals"] for row in rows]
    ends = accumulate((len(each) // 4 for each in octets), initial=0)
    return Occurrences(
        [row["word"] for row in rows],
        array("I", ends),
        _numbers("I", b"".join(octets)),
    )


def _numbers(code: str, octets: bytes) -> "array[int]":
    """Numbers of four bytes as Postgres sends them."""
    numbers = array(code, octets)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers
