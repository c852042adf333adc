"""Whether the gateway lives, and whether the house is ready."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import orjson
from grpc import aio
from grpc_health.v1 import health_pb2

from gateway.http.answers import Answer, Stream, json_answer
from gateway.http.requests import Request
from gateway.problems import retry_after
from kit.redis import GuardedRedis, RedisAway

_CHECK = "/grpc.health.v1.Health/Check"
_WITHIN_S = 1.0
# However often we are asked, the services are asked once in this time.
_KEPT_S = 0.5
_Told = dict[str, dict[str, Any]]

_SERVING = health_pb2.HealthCheckResponse.SERVING


class Health:
    def __init__(
        self,
        channels: Mapping[str, aio.Channel],
        redis: GuardedRedis | None,
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
        self._redis = redis
        self._leaving = leaving
        self._looking: asyncio.Task[_Told] | None = None
        self._looked_at = 0.0

    async def alive(self, _request: Request) -> Answer | Stream:
        return json_answer(b'{"status":"alive"}')

    async def ready(self, _request: Request) -> Answer | Stream:
        """200 when every service is serving and we are not about to leave, else 503:
        each with how long it took to answer, or to fail. So is Redis, where there is
        one: without it we are slower, and as ready."""
        told = await asyncio.shield(self._look())
        services = told["services"]
        is_ready = all(each["ready"] for each in services.values())
        status = "ready" if is_ready else "not_ready"
        if self._leaving.is_set():
            is_ready, status = False, "leaving"
        answer = json_answer(
            orjson.dumps({"status": status, **told}),
            200 if is_ready else 503,
        )
        if not is_ready:
            answer.headers.append(retry_after(1))
        return answer

    def _look(self) -> "asyncio.Task[_Told]":
        now = time.monotonic()
        if self._looking is None or (
            self._looking.done() and now - self._looked_at > _KEPT_S
        ):
            self._looked_at = now
            self._looking = asyncio.create_task(self._look_at_all(), name="look")
        return self._looking

    async def _look_at_all(self) -> _Told:
        found, redis = await asyncio.gather(
            asyncio.gather(*(self._look_at(name) for name in self._checks)),
            self._look_at_redis(),
        )
        services = dict(zip(self._checks, found, strict=True))
        return {"services": services} | ({"redis": redis} if redis else {})

    async def _look_at(self, name: str) -> dict[str, Any]:
        began = time.perf_counter()
        try:
            answer = await self._checks[name](
                health_pb2.HealthCheckRequest(), timeout=_WITHIN_S
            )
        except aio.AioRpcError as exc:
            reason = exc.code().name.lower()
            return {"ready": False, "latencyMs": _ms(began), "reason": reason}
        is_ready = answer.status == _SERVING
        told = {"ready": is_ready, "latencyMs": _ms(began)}
        return told if is_ready else told | {"reason": "not_serving"}

    async def _look_at_redis(self) -> dict[str, Any] | None:
        redis = self._redis
        if redis is None:
            return None
        began = time.perf_counter()
        try:
            await redis.ask(redis.client.ping)
        except RedisAway:
            return {"ready": False, "latencyMs": _ms(began), "reason": "unavailable"}
        return {"ready": True, "latencyMs": _ms(began)}


def _ms(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
