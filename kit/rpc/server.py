"""Serves gRPC: start, SERVING, wait, NOT_SERVING, let calls finish, stop."""

import asyncio
import signal
from collections.abc import Callable, Sequence

import grpc
import structlog
from grpc import aio
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from kit.errors import AddressTaken
from kit.rpc.door import Door

log = structlog.get_logger()

# An answer longer than this is not one: lists are bounded to 100 rows, and an
# import batch of 1,000 titles stays below it.
LARGEST_MESSAGE_BYTES = 8 * 1024 * 1024

_OPTIONS: tuple[tuple[str, int], ...] = (
    # Two processes must not share a port without meaning to.
    ("grpc.so_reuseport", 0),
    ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
)


def leaving_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    leaving = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, leaving.set)
    return leaving


async def serve(
    address: str,
    door: Door,
    register: Callable[[aio.Server], None],
    *,
    service_names: Sequence[str],
    leaving: asyncio.Event,
    grace_s: float,
    compress: bool = False,
) -> None:
    """Serve until `leaving` is set, then let calls finish for `grace_s` seconds.

    `compress` gzips large answers: worth it between machines, not on loopback.
    Health is kept for the server and for each of `service_names`; reflection shows
    them all. Raises AddressTaken.
    """
    packing = grpc.Compression.Gzip if compress else grpc.Compression.NoCompression
    server = aio.server(interceptors=(door,), options=_OPTIONS, compression=packing)
    register(server)
    vitals = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(vitals, server)
    names = (*service_names, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name)
    reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server)
    try:
        server.add_insecure_port(address)
    except RuntimeError as exc:
        raise AddressTaken(f"cannot listen on {address}: is it taken?") from exc
    await server.start()
    for name in ("", *service_names):
        await vitals.set(name, health_pb2.HealthCheckResponse.SERVING)
    log.info("serving", address=address)
    try:
        await leaving.wait()
    finally:
        await vitals.enter_graceful_shutdown()
        await server.stop(grace_s)
        log.info("stopped", address=address)
