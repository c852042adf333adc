"""Channels to services: several replicas, retries of what may be retried, and no
call without a deadline."""

import json
from collections.abc import Iterable

import grpc
from grpc import aio

from kit.rpc.policy import MethodPolicy
from kit.rpc.server import LARGEST_MESSAGE_BYTES

_RETRY = {
    "maxAttempts": 3,
    "initialBackoff": "0.05s",
    "maxBackoff": "0.5s",
    "backoffMultiplier": 2,
    "retryableStatusCodes": ["UNAVAILABLE"],
}


def open_channel(
    addresses: str, methods: Iterable[MethodPolicy], *, compress: bool
) -> aio.Channel:
    """A channel to one or more addresses (`host:port,host:port`, or one gRPC
    target such as `dns:///media:50052`), asked in turn.

    Methods whose policy says so are sent again when the service does not answer.
    `compress` gzips what is sent: worth it between machines, not on loopback.
    """
    return aio.insecure_channel(
        _target(addresses),
        options=(
            ("grpc.service_config", _service_config(methods)),
            ("grpc.enable_retries", 1),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.min_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            ("grpc.keepalive_time_ms", 20_000),
            ("grpc.keepalive_timeout_ms", 5_000),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
        ),
        compression=grpc.Compression.Gzip
        if compress
        else grpc.Compression.NoCompression,
    )


def _target(addresses: str) -> str:
    if "//" in addresses or addresses.startswith(("ipv4:", "ipv6:", "unix:")):
        return addresses
    if "," in addresses or addresses[:1].isdigit():
        return f"ipv4:{addresses}"
    return f"dns:///{addresses}"


def _service_config(methods: Iterable[MethodPolicy]) -> str:
    retried = [
        {
            "service": each.method.containing_service.full_name,
            "method": each.method.name,
        }
        for each in methods
        if each.message.retry
    ]
    return json.dumps(
        {
            "loadBalancingConfig": [{"round_robin": {}}],
            "methodConfig": [{"name": retried, "retryPolicy": _RETRY}],
        }
    )
