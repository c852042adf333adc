"""Where the gateway is put together. Read this file first."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from grpc import aio
from prometheus_client import REGISTRY, CollectorRegistry

from gateway import heap, rules
from gateway.cache import ResponseCache
from gateway.callers import GUESS, SIGN_IN_ADDRESS, Callers
from gateway.calls import Call
from gateway.composites import Composite
from gateway.counts.caches import Caches
from gateway.counts.pages import Counts
from gateway.counts.recorder import Recorder
from gateway.counts.siblings import Alone, Siblings
from gateway.decode import Decoder
from gateway.encode import Encoder, Writers
from gateway.endpoints import Endpoint, House
from gateway.front import Front, Page
from gateway.health import Health
from gateway.http.addresses import Proxies
from gateway.http.crowd import Crowd
from gateway.http.doors import listen
from gateway.http.origins import Origins
from gateway.http.server import serve
from gateway.identity import EXCHANGE, Identity
from gateway.limit import Limit
from gateway.limits import Limits, settle_alone
from gateway.live.listening import Listening
from gateway.live.rooms import Rooms
from gateway.live.sse import ServerSentEvents
from gateway.live.websocket import WebSockets
from gateway.messages.items import Items
from gateway.messages.quick import QuickReaders
from gateway.messages.readers import Readers
from gateway.metering import CacheCounts, ConnectionCounts, Meter
from gateway.openapi.documents import Documents
from gateway.own import Own
from gateway.parts import Parts, is_composite
from gateway.paths.routes import Routes
from gateway.peers import Peers
from gateway.policy import policies_of, rooms_of
from gateway.portal import Files
from gateway.settings import Settings
from gateway.sharing import SharedCounts
from gateway.sources import Service, Source
from gateway.streams import EventStreams, events_method
from gateway.written import Written
from kit import metrics
from kit.background import running
from kit.clock import SystemClock
from kit.redis import GuardedRedis, open_redis
from kit.rpc.addresses import AddressSeal
from kit.rpc.channel import open_channel
from kit.rpc.policy import policies
from kit.rpc.server import leaving_on_signals
from medianest.api.v1 import policy_pb2

log = structlog.get_logger()

_ITEMS_BYTES = 4 * 1024 * 1024
_GUESSES = "60/1min"
_VERSION = "1"
# What one that has no siblings is called.
_ALONE = "gateway"

Background = dict[str, Callable[[], Coroutine[Any, Any, None]]]
"""What must run beside the application, by name."""


async def run(settings: Settings) -> None:
    """Serve alone until told to leave. Raises AddressTaken."""
    leaving = leaving_on_signals()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, leaving.set)
    with listen(settings.http_address) as at:
        await work(settings, at, leaving)


async def work(
    settings: Settings,
    at: socket.socket,
    leaving: asyncio.Event,
    replaced: asyncio.Event | None = None,
    serving: Callable[[], None] = lambda: None,
) -> None:
    """Serve at a socket that listens, until told to leave: as `serve` has it. Raises
    AddressTaken."""
    contract = rules.services()
    async with AsyncExitStack() as stack:
        metrics.publish(settings.metrics_address)
        channels: dict[str, aio.Channel] = {}
        for name, addresses in settings.addresses.items():
            methods = policies(_services_of(name, contract), policy_pb2.policy)
            channel = open_channel(
                addresses, methods.values(), compress=settings.compress_rpc
            )
            channels[name] = await stack.enter_async_context(channel)
        redis: GuardedRedis | None = None
        if url := settings.redis_url.get_secret_value():
            redis = await stack.enter_async_context(open_redis(url))
        front, beside = build(settings, contract, channels, leaving, REGISTRY, redis)
        loops = {name: run() for name, run in beside.items()}
        await stack.enter_async_context(running(**loops))
        bounds = settings.bounds.within_open_files()
        if bounds != settings.bounds:
            log.warning("open_files_bound_connections", connections=bounds.connections)
        crowd = Crowd(bounds, Proxies(settings.trusted_proxies))
        REGISTRY.register(ConnectionCounts(crowd))
        await serve(front, at, leaving, settings.grace_s, crowd, replaced, serving)


def build(
    settings: Settings,
    contract: Sequence[ServiceDescriptor],
    channels: Mapping[str, aio.Channel],
    leaving: asyncio.Event,
    registry: CollectorRegistry,
    redis: GuardedRedis | None,
) -> tuple[Front, Background]:
    """The application, and what must run beside it. Only what there is a channel for
    is offered, and what is composed of that. Raises ContractWrong."""
    cache, written = ResponseCache(settings.memory_bytes), Written()
    meter = Meter(registry)
    registry.register(CacheCounts(cache))
    if settings.metrics_address:
        registry.register(meter)
    recorder = Recorder(
        settings.worker_name or _ALONE, registry, meter, Caches(cache, written)
    )
    counts, beside = _counting(settings, recorder)
    own = counts.methods

    def is_offered(method: MethodDescriptor) -> bool:
        is_behind = rules.name_of(method.containing_service) in channels
        return is_behind or is_composite(method) or rules.path_of(method) in own

    offered = [each for each in contract if all(map(is_offered, each.methods))]
    policies_by_path = policies_of(offered)

    def call(method: MethodDescriptor) -> Call:
        service = method.containing_service
        policy = policies_by_path[rules.path_of(method)]
        return Call(channels[rules.name_of(service)], policy, service)

    def source(rule: rules.Rule) -> Source:
        method, path = rule.method, rules.path_of(rule.method)
        policy = policies_by_path[path]
        if path in own:
            return Own(method, policy, own[path])
        if is_composite(method):
            return Composite(rule, policy, parts, cache)
        return Service(call(method))

    origins = Origins(settings.allowed_origins)
    limits = Limits(_limits(settings))
    shared = SharedCounts(redis, limits, registry) if redis else None
    settle = shared.settle if shared else settle_alone
    identity = Identity(call(EXCHANGE))
    callers = Callers(identity, limits, settle, origins)

    writers, readers = Writers(), QuickReaders(Readers())
    items = Items(_ITEMS_BYTES)
    peers = Peers(redis, cache) if redis else None
    house = House(callers, identity, cache, peers, settings.base_path, written)
    routes: Routes[Endpoint] = Routes()
    endpoints: list[Endpoint] = []
    parts = Parts([each for each in offered if rules.name_of(each) in channels], call)
    for rule in rules.rules(offered):
        made = source(rule)
        endpoint = Endpoint(
            rule,
            made.policy,
            made,
            Decoder(readers, rule),
            Encoder(writers, rule.method.output_type, rule.response_body, items),
            house,
        )
        routes.add(rule.verb, rule.template, endpoint)
        endpoints.append(endpoint)

    rooms = Rooms(rooms_of(offered), writers)
    listening = Listening(rooms, callers, identity, meter)
    watched = {
        rules.name_of(service): call(method)
        for service in offered
        if (method := events_method(service))
    }
    token = settings.events_token.get_secret_value()
    events = EventStreams(watched, token, identity, cache, rooms, callers)

    health = Health(channels, redis, leaving)
    documents = Documents(endpoints, _VERSION, settings.base_path)
    front = Front(
        routes,
        pages={
            "/v1/events": ServerSentEvents(listening).page,
            **_pages(health, counts, documents),
        },
        portal=Files(settings.portal_folder, settings.base_path).page,
        sockets={"/v1/ws": WebSockets(listening, callers).serve},
        origins=origins,
        proxies=Proxies(settings.trusted_proxies),
        seal=AddressSeal(token, SystemClock()),
        base_path=settings.base_path,
        meter=meter,
        leaving=leaving,
    )
    beside |= {
        "events": events.run,
        "dismissal": partial(rooms.dismiss_on, leaving),
        "heap": heap.give_back,
    }
    if shared and peers:
        beside |= {"limits": shared.run, "peers": peers.run}
    return front, beside


def _pages(health: Health, counts: Counts, documents: Documents) -> dict[str, Page]:
    return {
        "/health": health.alive,
        "/ready": health.ready,
        "/api/health": health.ready,
        "/metrics": counts.page,
        "/api/metrics": counts.page,
        "/api/openapi.json": documents.openapi,
        "/api/docs": documents.page,
        "/api/docs/docs.css": documents.page,
        "/api/docs/docs.js": documents.page,
        "/api/docs/shapes.js": documents.page,
    }


def _counting(settings: Settings, recorder: Recorder) -> tuple[Counts, Background]:
    """Of this worker alone, or with its siblings."""
    beside: Background = {"counts": recorder.run}
    if not settings.worker_folder:
        return Counts(Alone(recorder)), beside
    siblings = Siblings(Path(settings.worker_folder), recorder)
    return Counts(siblings), {**beside, "siblings": siblings.run}


def _services_of(
    name: str, contract: Iterable[ServiceDescriptor]
) -> list[ServiceDescriptor]:
    return [each for each in contract if rules.name_of(each) == name]


def _limits(settings: Settings) -> list[Limit]:
    sign_in = Limit.parse("sign_in", settings.limit_sign_in)
    return [
        Limit.parse("read", settings.limit_read),
        Limit.parse("write", settings.limit_write),
        Limit.parse("request", settings.limit_request),
        Limit.parse("download", settings.limit_download),
        Limit.parse("admin", settings.limit_admin),
        Limit.parse(GUESS, _GUESSES),
        sign_in,
        Limit(SIGN_IN_ADDRESS, sign_in.times * 10, sign_in.span_s),
    ]
