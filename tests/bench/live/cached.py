"""A remembered list and its 304, one worker: the caller is known, limits are counted
with the other gateways' in a Valkey, and metrics are on."""

import asyncio

import aiohttp

from tests.bench import load
from tests.bench.example import a_list
from tests.bench.live.house import gateway, populate, running_valkey
from tests.bench.tables import held, markdown, reached
from tests.gateway.backend import Backend, running_backend
from tests.gateway.paths import LIST_REQUESTS
from tests.waiting import eventually

_CONNECTIONS = 20
_AT_LEAST_PER_S, _P99_AT_MOST_MS = 20_000, 5.0
_PATH = "/v1/requests"


async def remembered_answers(seconds: int) -> str:
    head = ("answer", "req/s", "p50 ms", "p99 ms", "errors", "gateway's cores")
    rows = []
    with running_valkey() as valkey:
        async with running_backend() as backend, gateway(backend, valkey.url) as front:
            token = populate(backend)[0]
            backend.on(LIST_REQUESTS, a_list())
            shown = {"Authorization": f"Bearer {token}"}
            tag = await eventually(lambda: _tag_of_kept(front.url, shown, backend))
            for name, more in (("200", {}), ("304", {"If-None-Match": tag})):
                asked = backend.times(LIST_REQUESTS)
                measured = await asyncio.to_thread(
                    load.run,
                    front.url,
                    [_PATH],
                    headers={**shown, **more},
                    connections=_CONNECTIONS,
                    seconds=seconds,
                    processes={"gateway": [front.pid]},
                )
                renewed = backend.times(LIST_REQUESTS) - asked
                rows.append([name, *_cells(measured), str(renewed)])
    return markdown((*head, "target", "renewed meanwhile"), rows)


async def _tag_of_kept(url: str, shown: dict[str, str], backend: Backend) -> str:
    """The answer's ETag, once asking twice asks the service once."""
    async with aiohttp.ClientSession(headers=shown) as http:
        for _ in range(2):
            before = backend.times(LIST_REQUESTS)
            async with http.get(url + _PATH) as answer:
                assert answer.status == 200, await answer.text()
                tag = answer.headers["ETag"]
        is_kept = backend.times(LIST_REQUESTS) == before
    return tag if is_kept else ""


def _cells(measured: load.Measured) -> list[str]:
    per_s, p99_ms = measured.requests_per_s, measured.p99_ms
    return [
        f"{per_s:,.0f}",
        f"{measured.p50_ms:.2f}",
        f"{p99_ms:.2f}",
        str(measured.errors),
        f"{measured.spent['gateway'].cores:.2f}",
        f"{reached(per_s, _AT_LEAST_PER_S)}, p99 ms {held(p99_ms, _P99_AT_MOST_MS)}",
    ]
