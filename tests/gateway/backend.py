"""A true gRPC server that answers what a test says: auth, media, status and the tests'
own service in one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from grpc import aio
from grpc_health.v1 import health_pb2

from gateway import rules
from kit import errors
from kit.rpc.status import code_of, trailers_of
from medianest.api.v1 import events_pb2, permissions_pb2
from medianest.auth.v1 import sessions_pb2
from tests.gateway import contract

ADMIN = 1 << permissions_pb2.ADMIN
EXCHANGE = "/medianest.auth.v1.SessionsService/ExchangeToken"
WATCHER = "the-gateway"
_HEALTH = "/grpc.health.v1.Health/Check"

Answer = Callable[[Any, Any], Awaitable[Any]]


@dataclass
class Asked:
    path: str
    message: Any
    metadata: dict[str, str]
    deadline_s: float


@dataclass
class Person:
    user_id: str
    session_id: str
    permissions: int = 0
    good_for_s: float = 60.0
    assertion: str = ""
    """What services are shown. Empty: `signed:` and the user's id."""


@dataclass
class Backend:
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)
    """By token."""
    watching: dict[str, set["asyncio.Queue[events_pb2.Event | None]"]] = field(
        default_factory=dict
    )
    told: dict[str, list[events_pb2.Event]] = field(default_factory=dict)
    is_watchable: bool = True
    is_serving: bool = True
    canceled: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    def on(self, path: str, answer: Any) -> None:
        """Answer a method with a message, an exception, or what a function makes of
        the request."""

        async def fixed(request: Any, context: Any) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.answers[path] = answer if callable(answer) else fixed

    def forget(self) -> None:
        """Be as it was in the beginning, but for who watches."""
        self.answers.clear()
        self.asked.clear()
        self.told.clear()
        self.is_watchable = self.is_serving = True
        self.canceled.clear()

    def of(self, path: str) -> list[Asked]:
        return [each for each in self.asked if each.path == path]

    def times(self, path: str) -> int:
        return len(self.of(path))

    def last(self, path: str) -> Asked:
        return self.of(path)[-1]

    async def tell(self, service: str, **event: Any) -> None:
        """An event, to everybody who watches the service."""
        told = events_pb2.Event(**event)
        self.told.setdefault(service, []).append(told)
        for queue in self.watching.get(service, ()):
            await queue.put(told)

    async def hang_up(self, service: str) -> None:
        """End the streams of those who watch the service."""
        for queue in list(self.watching.get(service, ())):
            await queue.put(None)

    async def answer(self, path: str, request: Any, context: Any) -> Any:
        metadata = dict(context.invocation_metadata() or ())
        self.asked.append(Asked(path, request, metadata, context.time_remaining()))
        try:
            if path == EXCHANGE:
                return self._exchange(request.token)
            return await self.answers[path](request, context)
        except errors.Failure as exc:
            await context.abort(code_of(exc), exc.message, trailers_of(exc))
        except asyncio.CancelledError:
            self.canceled.set()
            raise

    async def watch(
        self, service: str, request: Any, context: Any
    ) -> AsyncIterator[Any]:
        if not self.is_watchable:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "not now")
        queue: asyncio.Queue[events_pb2.Event | None] = asyncio.Queue()
        self.watching.setdefault(service, set()).add(queue)
        try:
            told = [each for each in self.told.get(service, ()) if each.id]
            head = told[-1].id if told else f"{service}:0"
            after = request.after or (f"{service}:0" if request.recent else head)
            behind = [each for each in told if _at(each.id) > _at(after)]
            await context.send_initial_metadata(
                (("medianest-after", after), ("medianest-head", head))
            )
            for event in behind:
                yield event
            while (event := await queue.get()) is not None:
                yield event
        finally:
            self.watching[service].discard(queue)

    def _exchange(self, token: str) -> sessions_pb2.ExchangeTokenResponse:
        person = self.people.get(token)
        if person is None:
            raise errors.Unauthenticated("This session is not known.")
        answer = sessions_pb2.ExchangeTokenResponse(
            caller=person.assertion or f"signed:{person.user_id}",
            user_id=person.user_id,
            session_id=person.session_id,
            permissions=person.permissions,
        )
        until = datetime.now(UTC) + timedelta(seconds=person.good_for_s)
        answer.expires_at.FromDatetime(until)
        return answer


@asynccontextmanager
async def running_backend() -> AsyncIterator[Backend]:
    backend = Backend()
    backend.people[WATCHER] = Person("gateway", "gateway", ADMIN)
    server = aio.server(options=(("grpc.so_reuseport", 0),))
    server.add_generic_rpc_handlers((_Handlers(backend),))
    backend.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield backend
    finally:
        await server.stop(0)


class _Handlers(grpc.GenericRpcHandler):
    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._methods = {
            f"/{service.full_name}/{method.name}": method
            for service in [*rules.services(), *contract.services()]
            for method in service.methods
        }

    def service(self, handler_call_details: Any) -> Any:
        path = handler_call_details.method
        if path == _HEALTH:
            return grpc.unary_unary_rpc_method_handler(self._health)
        method = self._methods[path]
        codec = {
            "request_deserializer": _class(method.input_type).FromString,
            "response_serializer": lambda message: message.SerializeToString(),
        }
        if method.server_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream(method), **codec)

        async def answer(request: Any, context: Any) -> Any:
            return await self._backend.answer(path, request, context)

        return grpc.unary_unary_rpc_method_handler(answer, **codec)

    def _stream(self, method: MethodDescriptor) -> Any:
        service = method.containing_service
        path = f"/{service.full_name}/{method.name}"

        async def watch(request: Any, context: Any) -> AsyncIterator[Any]:
            answers: dict[str, Any] = self._backend.answers
            if path in answers:
                stream = answers[path](request, context)
            elif method.name != "WatchEvents":
                # There is nothing in it.
                return
            else:
                stream = self._backend.watch(rules.name_of(service), request, context)
            try:
                async for each in stream:
                    yield each
            except errors.Failure as exc:
                await context.abort(code_of(exc), exc.message, trailers_of(exc))

        return watch

    async def _health(self, _request: bytes, _context: Any) -> bytes:
        kind = health_pb2.HealthCheckResponse
        status = kind.SERVING if self._backend.is_serving else kind.NOT_SERVING
        return bytes(kind(status=status).SerializeToString())


def _at(event_id: str) -> int:
    return int(event_id.partition(":")[2])


def _class(of: Any) -> Any:
    return message_factory.GetMessageClass(of)
