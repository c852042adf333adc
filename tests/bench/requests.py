"""Lists, counts and batches of requests: of 5,000, of 1,000,000, and with a Radarr that
accepts and never answers while a hundred are to be ordered from it.

Three houses stand side by side and are asked by turns: what else this machine does
falls on all of them alike, and a ratio is of runs that stood next to each other.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path

import asyncpg

from tests.bench import load
from tests.bench.engine import database_of
from tests.bench.house import UNLIMITED
from tests.bench.scenarios import PAST_THE_CACHE
from tests.bench.tables import held, markdown
from tests.e2e.client import Person, people
from tests.house import RunningHouse, running_house
from tests.simulators.radarr.server import Radarr
from tests.waiting import eventually

_FEW, _TITLES = 5_000, 20_000
_AT_ONCE = 100_000
_CONNECTIONS = 20
_ROUNDS = 3
_FAR, _LARGEST = 10, 100
_P95_MS, _TIMES, _BATCH_MS = 20, 1.3, 300
_BATCHES = 8
_PER_PERSON = 500
_HEAD = ("what", "of", "req/s", "p50 ms", "p95 ms", "p99 ms", "errors", "target")
_LATE = frozenset({HTTPStatus.OK, HTTPStatus.CONFLICT})


@dataclass(frozen=True)
class _Place:
    """A house, and who asks there."""

    name: str
    house: RunningHouse
    owner: Person


async def of_requests(seconds: int, many: int) -> str:
    wanted = {
        f"{_FEW:,}": _FEW,
        f"{many:,}": many,
        f"{_FEW:,}, and a silent Radarr": _FEW,
    }
    async with AsyncExitStack() as stack:
        where = stack.enter_context(
            tempfile.TemporaryDirectory(prefix="medianest-bench-")
        )
        places = []
        for number, (name, count) in enumerate(wanted.items()):
            house = await stack.enter_async_context(
                running_house(Path(where) / f"house-{number}", environment=UNLIMITED)
            )
            crowd = await stack.enter_async_context(people(house.base_url))
            owner = await crowd.owner(house.setup_token)
            await _furnish(house, count)
            places.append(_Place(name, house, owner))
        radarr = Radarr(knows_everything=True)
        await radarr.start()
        stack.push_async_callback(radarr.stop)
        await _leave_without_an_answer(radarr, places[-1].owner)
        lines = await _lists(places, seconds)
        lines += [await _batches(place) for place in places]
    return markdown(_HEAD, lines)


async def _leave_without_an_answer(radarr: Radarr, owner: Person) -> None:
    """A hundred are to be ordered from it, and it has begun to be silent."""
    await owner.post(
        "/v1/fulfillers",
        {
            "name": "silent",
            "kind": "RADARR",
            "address": radarr.url,
            "apiKey": radarr.key,
            "isDefault": True,
            "defaults": {"profileId": 4, "folder": "/movies"},
        },
    )
    radarr.mood.is_silent = True
    radarr.asked.clear()
    for request_id in await _waiting(owner):
        await eventually(partial(_is_approved, owner, request_id), within_s=60)
    await eventually(lambda: bool(radarr.asked), within_s=60)


async def _waiting(owner: Person) -> list[str]:
    page = await owner.get(f"/v1/requests?state=PENDING&pageSize={_LARGEST}")
    return [each["id"] for each in page["requests"]]


async def _is_approved(owner: Person, request_id: str) -> bool:
    """On a busy machine one of a hundred may be late, and done all the same."""
    answer = await owner.ask("POST", f"/v1/requests/{request_id}:approve", {})
    return answer.status in _LATE


async def _lists(places: Sequence[_Place], seconds: int) -> list[Sequence[str]]:
    """Each of them by turns everywhere; what came in the first place is the measure."""
    lines: list[Sequence[str]] = []
    paths = [await _paths(place.owner) for place in places]
    for name in paths[0]:
        rounds = [
            [
                await _run(place, of_place[name], seconds)
                for place, of_place in zip(places, paths, strict=True)
            ]
            for _ in range(_ROUNDS)
        ]
        for number, place in enumerate(places):
            runs = [each[number] for each in rounds]
            ratio = statistics.median(
                each[number].p50_ms / each[0].p50_ms for each in rounds
            )
            runs.sort(key=lambda run: run.p50_ms)
            target = "" if number == 0 else f"; \N{MULTIPLICATION SIGN} {ratio:.2f}"
            verdict = "" if number == 0 else f" of {_FEW:,}, {held(ratio, _TIMES)}"
            lines.append(_line(name, place, runs[_ROUNDS // 2], target + verdict))
    return lines


def _line(name: str, place: _Place, run: load.Measured, ratio: str) -> Sequence[str]:
    return [
        name,
        place.name,
        f"{run.requests_per_s:,.0f}",
        f"{run.p50_ms:.1f}",
        f"{run.p95_ms:.1f}",
        f"{run.p99_ms:.1f}",
        str(run.errors),
        f"p95 {held(run.p95_ms, _P95_MS)}{ratio}",
    ]


async def _paths(owner: Person) -> Mapping[str, str]:
    token = ""
    for _ in range(_FAR):
        path = f"/v1/requests?pageSize={_LARGEST}&pageToken={token}"
        token = (await owner.get(path))["nextPageToken"]
    return {
        "20 of all": "/v1/requests",
        "20 of those that wait": "/v1/requests?state=PENDING",
        "20 of one person's": "/v1/requests?requestedBy=person-7",
        f"20 behind {_FAR * _LARGEST:,} others": f"/v1/requests?pageToken={token}",
        "counts by state": "/v1/requests:count",
    }


async def _run(place: _Place, path: str, seconds: int) -> load.Measured:
    return await asyncio.to_thread(
        load.run,
        place.house.base_url,
        [path],
        headers={"Authorization": f"Bearer {place.owner.token}", **PAST_THE_CACHE},
        connections=_CONNECTIONS,
        seconds=seconds,
        processes={name: [pid] for name, pid in place.house.pids().items()},
    )


async def _batches(place: _Place) -> Sequence[str]:
    """A hundred approved in one call, some times; each hundred once."""
    took_ms = []
    errors = 0
    for _ in range(_BATCHES):
        decisions = [
            {"requestId": request_id, "action": "APPROVE"}
            for request_id in await _waiting(place.owner)
        ]
        assert len(decisions) == _LARGEST
        began = time.perf_counter()
        path = "/v1/requests:batchDecide"
        answer = await place.owner.ask("POST", path, {"decisions": decisions})
        took_ms.append((time.perf_counter() - began) * 1000)
        results = answer.body.get("results", [])
        errors += _LARGEST - sum(not each["reason"] for each in results)
    middle, late = statistics.median(took_ms), max(took_ms)
    return [
        "100 approved in one call",
        place.name,
        f"{1000 / middle:,.1f}",
        f"{middle:.0f}",
        f"at most {late:.0f}",
        "",
        str(errors),
        f"p50 {held(middle, _BATCH_MS)}",
    ]


async def _furnish(house: RunningHouse, count: int) -> None:
    database = await database_of(house, "media")
    try:
        await _titles(database)
        await _ask(database, count)
    finally:
        await database.close()


async def _titles(database: "asyncpg.Connection[asyncpg.Record]") -> None:
    await database.execute(
        """
        INSERT INTO titles (id, origin_key, kind, name, year, genres, vote_average,
                            popularity, tmdb_id, imported_at, name_key, name_words,
                            original_key, original_words)
        SELECT gen_random_uuid(), 'bench:' || n, 'movie', 'Title ' || n, 1920 + n % 105,
               '{Drama}', 6, 1, n, now(), 'title ' || n, '{}', '', '{}'
          FROM generate_series(1, $1::integer) AS n
        """,
        _TITLES,
    )


async def _ask(database: "asyncpg.Connection[asyncpg.Record]", wanted: int) -> None:
    """As many as are wanted, each a second older: one in four waits for somebody to
    decide, and nearly all others are there. Their ids follow one another, as those of
    real ones do: a million of others would take as long again to be put in order."""
    await database.execute(
        """
        INSERT INTO requesters (user_id, name)
        SELECT 'person-' || n, 'Person ' || n
          FROM generate_series(0, $1::integer) AS n
            ON CONFLICT DO NOTHING
        """,
        wanted // _PER_PERSON,
    )
    for first in range(0, wanted, _AT_ONCE):
        await database.execute(
            """
            WITH made AS (
                INSERT INTO requests (id, title_id, kind, state, requested_by, seasons,
                                      created_at, updated_at)
                SELECT (lpad(to_hex(n), 8, '0')
                        || substr(gen_random_uuid()::text, 9))::uuid,
                       titles.id, 'movie',
                       CASE WHEN n % 4 = 0 THEN 'PENDING'
                            WHEN n % 20 = 1 THEN 'DECLINED'
                            WHEN n % 20 = 2 THEN 'CANCELED'
                            ELSE 'AVAILABLE' END,
                       'person-' || n % $4::integer, '{}', at, at
                  FROM generate_series($1::integer, $2::integer - 1) AS n
                  JOIN titles ON titles.origin_key = 'bench:' || (1 + n % $3::integer)
                 CROSS JOIN LATERAL (SELECT now() - n * interval '1 second' AS at)
                       AS made
                RETURNING id, state, requested_by, created_at
            )
            INSERT INTO request_history
                   (request_id, from_state, to_state, by_whom, reason, at)
            SELECT id, '', state, requested_by, '', created_at
              FROM made
            """,
            first,
            min(first + _AT_ONCE, wanted),
            _TITLES,
            max(1, wanted // _PER_PERSON),
            timeout=600,
        )
    await database.execute("VACUUM ANALYZE", timeout=600)
