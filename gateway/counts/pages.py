"""Who asks what was counted is told of all workers together."""

import asyncio

from prometheus_client.exposition import CONTENT_TYPE_LATEST

from gateway.counts import families, messages
from gateway.counts.siblings import Alone, Gathered, Siblings
from gateway.counts.snapshots import Family
from gateway.http.answers import Answer, Stream, json_answer
from gateway.http.requests import Request
from gateway.own import OwnMethods
from medianest.gateway.v1 import admin_pb2

_SERVICE = f"/{admin_pb2.DESCRIPTOR.services_by_name['AdminService'].full_name}"


class Counts:
    def __init__(self, workers: Alone | Siblings) -> None:
        self._workers = workers

    @property
    def methods(self) -> OwnMethods:
        return {
            f"{_SERVICE}/GetGatewayMetrics": self._metrics,
            f"{_SERVICE}/GetCacheMetrics": self._caches,
        }

    async def page(self, _request: Request) -> Answer | Stream:
        """For Prometheus."""
        gathered = await self._workers.gather()
        told = [*gathered.totals.families, _workers(gathered)]
        body = await asyncio.to_thread(
            families.exposition, told, gathered.totals.routes
        )
        answer = json_answer(body)
        answer.headers[0] = (b"content-type", CONTENT_TYPE_LATEST.encode())
        return answer

    async def _metrics(self, _request: object) -> admin_pb2.GatewayMetrics:
        gathered = await self._workers.gather()
        return await asyncio.to_thread(messages.metrics, gathered)

    async def _caches(self, _request: object) -> admin_pb2.CacheMetrics:
        gathered = await self._workers.gather_caches()
        return await asyncio.to_thread(messages.caches, gathered)


def _workers(gathered: Gathered) -> Family:
    name = "medianest_gateway_workers"
    return Family(
        name,
        "gauge",
        "Workers of the gateway, by whether they told what they had counted",
        [
            (name, {"state": "answering"}, len(gathered.workers)),
            (name, {"state": "silent"}, len(gathered.silent)),
        ],
    )
