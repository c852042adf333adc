"""Channels to services: several replicas, retries of what may be retried, and no
call without a deadline."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import grpc
from grpc import aio

from kit.rpc.packing import is_worth_packing
from kit.rpc.policy import MethodPolicy
from kit.rpc.server import LARGEST_MESSAGE_BYTES

Write = Callable[[Any], bytes]

_IPV4 = re.compile(r"\d+\.\d+\.\d+\.\d+:\d+")
_IPV6 = re.compile(r"\[[0-9a-fA-F:.]+\]:\d+")
_LONGEST_S = 10.0
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

    Methods whose policy says so are sent again when the service does not answer, and
    a call that names no timeout gets the deadline of its policy. `compress` gzips
    large requests that are answered once: worth it between machines, not on loopback.
    Raises ValueError for several addresses that are not numbers: names have one
    address in gRPC.
    """
    methods = list(methods)
    channel = aio.insecure_channel(
        target_of(addresses),
        options=(
            ("grpc.service_config", _service_config(methods)),
            ("grpc.enable_retries", 1),
            ("grpc.initial_reconnect_backoff_ms", 100),
            # Not a wait, but what a connection may take: a service that starts on a
            # busy machine greets late, and is there nevertheless.
            ("grpc.min_reconnect_backoff_ms", 5_000),
            ("grpc.max_reconnect_backoff_ms", 1_000),
            ("grpc.keepalive_time_ms", 20_000),
            ("grpc.keepalive_timeout_ms", 5_000),
            ("grpc.max_receive_message_length", LARGEST_MESSAGE_BYTES),
            # Else each stream that nobody reads holds megabytes: the window grows with
            # what the line could carry. 64 KiB carry 60 MB/s at 1 ms.
            ("grpc.http2.bdp_probe", 0),
        ),
    )
    deadlines_s = {each.path: each.message.deadline_ms / 1000 for each in methods}
    return _WithPolicy(channel, deadlines_s, compress)


def target_of(addresses: str) -> str:
    """What gRPC calls these addresses."""
    if "//" in addresses or addresses.startswith(("ipv4:", "ipv6:", "unix:")):
        return addresses
    parts = [part.strip() for part in addresses.split(",")]
    if all(_IPV4.fullmatch(part) for part in parts):
        return "ipv4:" + ",".join(parts)
    if all(_IPV6.fullmatch(part) for part in parts):
        return "ipv6:" + ",".join(parts)
    if len(parts) > 1:
        raise ValueError(
            f"{addresses}: several addresses are host:port with numbers for hosts; "
            "give replicas that have a name one name, as dns:///name:port"
        )
    return f"dns:///{addresses}"


class _WithPolicy(aio.Channel):
    """A channel that gives calls without a timeout the one of their policy, and packs
    the requests that are worth it.

    gRPC's own way, a timeout in the service config, ends each call of grpc.aio at
    once (1.85), and its compression is all or nothing.
    """

    def __init__(
        self, channel: aio.Channel, deadlines_s: Mapping[str, float], compress: bool
    ) -> None:
        self._channel = channel
        self._deadlines_s = deadlines_s
        self._compress = compress

    def unary_unary(
        self,
        method: str,
        request_serializer: Write | None = None,
        *parts: Any,
        **how: Any,
    ) -> Any:
        # Requests are bytes here, so that each is written once, and its size is known.
        call: Any = self._channel.unary_unary(method, None, *parts, **how)
        deadline_s = self._deadlines_s.get(method) or _LONGEST_S

        def bounded(
            request: Any, *, timeout: float | None = None, **options: Any
        ) -> Any:
            raw = request_serializer(request) if request_serializer else request
            if self._compress and is_worth_packing(raw):
                options.setdefault("compression", grpc.Compression.Gzip)
            return call(
                raw, timeout=deadline_s if timeout is None else timeout, **options
            )

        return bounded

    def unary_stream(self, *parts: Any, **how: Any) -> Any:
        return self._channel.unary_stream(*parts, **how)

    def stream_unary(self, *parts: Any, **how: Any) -> Any:
        return self._channel.stream_unary(*parts, **how)

    def stream_stream(self, *parts: Any, **how: Any) -> Any:
        return self._channel.stream_stream(*parts, **how)

    async def __aenter__(self) -> "_WithPolicy":
        await self._channel.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:
        await self._channel.__aexit__(*raised)

    async def close(self, grace: float | None = None) -> None:
        await self._channel.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        return self._channel.get_state(try_to_connect)

    async def wait_for_state_change(
        self, last_observed_state: grpc.ChannelConnectivity
    ) -> None:
        await self._channel.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        await self._channel.channel_ready()


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
