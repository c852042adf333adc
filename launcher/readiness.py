"""Whether a service, or the gateway, is ready to be asked."""

import asyncio
import http.client
import json
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import grpc
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

from launcher.failures import CannotRun

Answer = TypeVar("Answer")

_ANSWER_S = 2.0
_PAUSE_S = 0.03
_NO_ANSWER = (OSError, http.client.HTTPException)
_QUICK = (
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
)


async def within(seconds: float, name: str, ready: Awaitable[Answer]) -> Answer:
    """Wait for `ready`. Raises CannotRun, naming who was waited for."""
    try:
        async with asyncio.timeout(seconds):
            return await ready
    except TimeoutError as exc:
        raise CannotRun(
            f"{name} was not ready within {seconds:.0f} s: its lines above say why"
        ) from exc


async def until_service_ready(address: str) -> None:
    """Until the service's gRPC health says SERVING."""
    async with aio.insecure_channel(address, options=_QUICK) as channel:
        # Its type says that of a channel without asyncio.
        health: Any = health_pb2_grpc.HealthStub(channel)
        while True:
            try:
                answer = await health.Check(
                    health_pb2.HealthCheckRequest(), timeout=_ANSWER_S
                )
                if answer.status == health_pb2.HealthCheckResponse.SERVING:
                    return
            except aio.AioRpcError as exc:
                if exc.code() is grpc.StatusCode.UNIMPLEMENTED:
                    raise CannotRun(f"what answers at {address} is not ours") from exc
            # Nothing but asking tells when a process is up.
            await asyncio.sleep(_PAUSE_S)


async def until_gateway_ready(url: str) -> None:
    """Until GET /ready says 200: the gateway and all that it needs."""
    while True:
        if await asyncio.to_thread(is_ready, url):
            return
        await asyncio.sleep(_PAUSE_S)


async def setup_needed(url: str) -> bool:
    """Whether the house still has no owner, asked until there is an answer."""
    while True:
        try:
            status, body = await asyncio.to_thread(_get, f"{url}/v1/setup")
            if status == HTTPStatus.OK:
                return bool(json.loads(body)["needed"])
        except _NO_ANSWER:
            pass
        await asyncio.sleep(_PAUSE_S)


def is_ready(url: str) -> bool:
    """Whether GET /ready says 200 now."""
    try:
        return _get(f"{url}/ready")[0] == HTTPStatus.OK
    except _NO_ANSWER:
        return False


def _get(url: str) -> tuple[int, Any]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=_ANSWER_S)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
