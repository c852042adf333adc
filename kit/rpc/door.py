"""The one interceptor: who is calling, may they, how long did it take, and what
became of it."""

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any, cast
from uuid import uuid4

import grpc
import structlog
from google.protobuf.message import DecodeError
from grpc import aio

from kit import errors, metrics
from kit.rpc import addresses, identity
from kit.rpc.addresses import AddressSeal
from kit.rpc.packing import is_worth_packing
from kit.rpc.policy import MethodPolicy
from kit.rpc.status import code_of, trailers_of

log = structlog.get_logger()

REQUEST_ID_KEY = "x-request-id"
_OWN_DOOR = ("/grpc.health.", "/grpc.reflection.")
_SLOW_S = 0.5

Context = aio.ServicerContext[Any, Any]
Unary = Callable[[Any, Context], Awaitable[Any]]
Stream = Callable[[Any, Context], AsyncGenerator[Any, None]]
Read = Callable[[bytes], Any]
Write = Callable[[Any], bytes]
Continuation = Callable[
    [grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any]"]
]


class Door(aio.ServerInterceptor):
    """Lets nobody past who may not, whatever the gateway thought.

    Health and reflection are open, so that probes and grpcurl need no account. Where
    calls come from is looked at with a `seal`, and not at all without.
    """

    def __init__(
        self,
        keeper: identity.Doorkeeper,
        policies: Mapping[str, MethodPolicy],
        seal: AddressSeal | None = None,
    ) -> None:
        self._keeper = keeper
        self._policies = policies
        self._seal = seal
        self._guarded: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}

    async def intercept_service(  # type: ignore[override]
        self, continuation: Continuation, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        path = handler_call_details.method
        if guarded := self._guarded.get(path):
            return guarded
        handler = await continuation(handler_call_details)
        if handler is None or path.startswith(_OWN_DOOR):
            return handler
        guarded = self._guard(self._policies[path], handler)
        self._guarded[path] = guarded
        return guarded

    def _guard(
        self, policy: MethodPolicy, handler: "grpc.RpcMethodHandler[Any, Any]"
    ) -> "grpc.RpcMethodHandler[Any, Any]":
        # Without a deserializer we are given bytes, and read them behind the door:
        # strangers must not make us read, and what cannot be read is the caller's
        # mistake and not our crash.
        # Without a serializer we also give bytes: whose size says whether to pack them.
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(self._stream(policy, handler))
        return grpc.unary_unary_rpc_method_handler(self._unary(policy, handler))

    def _unary(
        self, policy: MethodPolicy, handler: "grpc.RpcMethodHandler[Any, Any]"
    ) -> Unary:
        behavior = cast(Unary, handler.unary_unary)
        read = cast(Read, handler.request_deserializer)
        write = cast(Write, handler.response_serializer)

        async def unary(raw: bytes, context: Context) -> bytes:
            call = _Call(policy, context)
            try:
                self._admit(policy, context)
                answer = write(await behavior(_read(read, raw), context))
                if not is_worth_packing(answer):
                    context.disable_next_message_compression()
            # Whatever is raised must become a status here: nothing of it may
            # reach the caller by itself.
            except Exception as exc:
                await call.failed(exc)
                raise
            except BaseException:
                call.ended(grpc.StatusCode.CANCELLED)
                raise
            call.ended(grpc.StatusCode.OK)
            return answer

        return unary

    def _stream(
        self, policy: MethodPolicy, handler: "grpc.RpcMethodHandler[Any, Any]"
    ) -> Stream:
        behavior = cast(Stream, handler.unary_stream)
        read = cast(Read, handler.request_deserializer)
        write = cast(Write, handler.response_serializer)

        async def stream(raw: bytes, context: Context) -> AsyncGenerator[bytes, None]:
            call = _Call(policy, context)
            try:
                self._admit(policy, context)
                # A watcher who goes away while we hand over an answer must end the
                # behavior now, and not when its generator is collected.
                async with aclosing(behavior(_read(read, raw), context)) as answers:
                    async for message in answers:
                        answer = write(message)
                        if not is_worth_packing(answer):
                            context.disable_next_message_compression()
                        yield answer
            # As in `unary`.
            except Exception as exc:
                await call.failed(exc)
                raise
            except BaseException:
                call.ended(grpc.StatusCode.CANCELLED)
                raise
            call.ended(grpc.StatusCode.OK)

        return stream

    def _admit(self, policy: MethodPolicy, context: Context) -> None:
        caller = self._keeper.admit(context)
        policy.ensure_permits(caller)
        if self._seal:
            address = self._seal.address_of(context)
            addresses.bind(address)
            if caller:
                caller = replace(caller, address=address)
        identity.bind(caller)


def _read(read: Read, raw: bytes) -> Any:
    try:
        return read(raw)
    except DecodeError as exc:
        raise errors.Invalid("The request cannot be read.") from exc


class _Call:
    """One call's line in the log and its place in the metrics."""

    def __init__(self, policy: MethodPolicy, context: Context) -> None:
        self._method = policy.path
        self._context = context
        self._began = time.perf_counter()
        metadata = dict(context.invocation_metadata() or ())
        request_id = str(metadata.get(REQUEST_ID_KEY, "")) or uuid4().hex
        structlog.contextvars.bind_contextvars(request_id=request_id)

    def ended(self, code: grpc.StatusCode, **fields: object) -> None:
        took = time.perf_counter() - self._began
        metrics.RPC_SECONDS.labels(self._method, code.name).observe(took)
        if code is not grpc.StatusCode.OK or took > _SLOW_S:
            log.info(
                "rpc_answered",
                method=self._method,
                code=code.name,
                ms=round(took * 1000, 1),
                **fields,
            )

    async def failed(self, exc: Exception) -> None:
        """Abort with the status that belongs to the exception."""
        if isinstance(exc, aio.AbortError):
            self.ended(self._context.code())
            raise exc
        if isinstance(exc, errors.Failure):
            code = code_of(exc)
            self.ended(code, reason=exc.reason)
            await self._context.abort(code, exc.message, trailers_of(exc))
        log.error("rpc_crashed", method=self._method, exc_info=exc)
        self.ended(grpc.StatusCode.INTERNAL)
        await self._context.abort(grpc.StatusCode.INTERNAL, "internal error")
