"""Whether the gateway lives, whether the house is ready, and what was counted."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson
from grpc import aio
from grpc_health.v1 import health_pb2
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import CollectorRegistry

from gateway.http.answers import Answer, Stream, json_answer
from gateway.http.requests import Request
from gateway.problems import retry_after

_CHECK = "/grpc.health.v1.Health/Check"
_WITHIN_S = 1.0
# However often we are asked, the services are asked once in this time.
_KEPT_S = 0.5
_SERVING = health_pb2.HealthCheckResponse.SERVING


class Health:
    def __init__(
        self,
        channels: Mapping[str, aio.Channel],
        registry: CollectorRegistry,
        leaving: asyncio.Event,
    ) -> None:
        self._checks: dict[str, Any] = {
            name: channel.unary_unary(
                _CHECK,
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            for name, channel in channels.items()
        }
        self._registry = registry
        self._leaving = leaving
        self._looking: asyncio.Task[dict[str, Any]] | None = None
        self._looked_at = 0.0

    async def alive(self, _request: Request) -> Answer | Stream:
        return json_answer(b'{"status":"alive"}')

    async def ready(self, _request: Request) -> Answer | Stream:
        """200 when every service is serving and we are not about to leave, else 503:
        each with how long it took to answer."""
        services = await asyncio.shield(self._look())
        is_ready = all(each["ready"] for each in services.values())
        status = "ready" if is_ready else "not_ready"
        if self._leaving.is_set():
            is_ready, status = False, "leaving"
        answer = json_answer(
            orjson.dumps({"status": status, "services": services}),
            200 if is_ready else 503,
        )
        if not is_ready:
            answer.headers.append(retry_after(1))
        return answer

    async def metrics(self, _request: Request) -> Answer | Stream:
        body = generate_latest(self._registry)
        answer = json_answer(body)
        answer.headers[0] = (b"content-type", CONTENT_TYPE_LATEST.encode())
        return answer

    def _look(self) -> "asyncio.Task[dict[str, Any]]":
        now = time.monotonic()
        if self._looking is None or (
            self._looking.done() and now - self._looked_at > _KEPT_S
        ):
            self._looked_at = now
            self._looking = asyncio.create_task(self._look_at_all(), name="look")
        return self._looking

    async def _look_at_all(self) -> dict[str, Any]:
        found = await asyncio.gather(*(self._look_at(name) for name in self._checks))
        return dict(zip(self._checks, found, strict=True))

    async def _look_at(self, name: str) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            answer = await self._checks[name](
                health_pb2.HealthCheckRequest(), timeout=_WITHIN_S
            )
        except aio.AioRpcError as exc:
            return {"ready": False, "reason": exc.code().name.lower()}
        latency_ms = round((time.perf_counter() - began) * 1000, 2)
        return {"ready": answer.status == _SERVING, "latencyMs": latency_ms}
