"""Composites: answers that the gateway puts together from the answers of services.

Each part is asked as its method would be alone, at the same time as the others, and is
remembered as that method's policy says. What fails or is late is left out and named.
"""

import asyncio
from dataclasses import dataclass
from functools import partial

import structlog
from google.protobuf.message import DecodeError

from gateway.cache import Key, ResponseCache
from gateway.callers import whose
from gateway.calls import metadata_of
from gateway.http.answers import Representation
from gateway.http.requests import Request
from gateway.identity import Caller
from gateway.parts import Part, Parts, on_wire, warnings_of
from gateway.policy import Policy, Scope
from gateway.problems import Problem, crash
from gateway.rules import ContractWrong, Rule, name_of
from gateway.sources import Asked
from medianest.api.v1 import composite_pb2

log = structlog.get_logger()

# What is left of the time for the answer to be written and sent: at most half of it.
_TO_ANSWER_S = 0.02
_PROTOBUF = b"application/protobuf"


_Told = dict[str, bytes | Problem]
"""By the part's name."""


@dataclass(frozen=True, slots=True)
class _Asking:
    request: Request
    caller: Caller | None
    within_s: float
    is_lowered: bool
    is_fresh: bool
    """The client wants nothing from memory."""


class Composite:
    """One composite method, to be asked any number of times."""

    def __init__(
        self, rule: Rule, policy: Policy, parts: Parts, cache: ResponseCache
    ) -> None:
        """Raises ContractWrong."""
        _ensure_composable(rule, policy)
        method = rule.method
        self.service = name_of(method.containing_service)
        self.policy = policy
        self._parts = parts.of(method.output_type)
        self._warnings = warnings_of(method.output_type).number
        self._cache = cache

    async def answer(self, asked: Asked) -> bytes:
        """The answer, as wire bytes: of the parts that are for the caller, those that
        are wanted. Raises Problem, the worst, when all that was asked has failed."""
        request, caller, deadline = asked.request, asked.caller, asked.deadline
        asking = _Asking(
            request,
            caller,
            max(deadline.seconds / 2, deadline.seconds - _TO_ANSWER_S),
            deadline.is_lowered,
            b"no-cache" in request.headers.get(b"cache-control", b""),
        )
        parts = [
            part
            for part in self._parts
            if part.is_for(caller)
            and (asked.wanted is None or part.name in asked.wanted)
        ]
        told = await self._told(parts, asking)
        failed = [each for each in told.values() if isinstance(each, Problem)]
        if failed and len(failed) == len(told):
            raise max(failed, key=lambda problem: problem.status)
        return b"".join(self._field(part, told[part.name]) for part in parts)

    async def _told(self, parts: list[Part], asking: _Asking) -> _Told:
        """What is remembered; for the rest the services are asked, all at once."""
        told: _Told = {}
        missing = []
        for part in parts:
            kept = self._kept(part, asking)
            if kept is None:
                missing.append(part)
            else:
                told[part.name] = kept.body
        if not missing:
            return told
        async with asyncio.TaskGroup() as group:
            tasks = {
                part.name: group.create_task(
                    self._asked(part, asking), name=f"part {part.name}"
                )
                for part in missing
            }
        return told | {name: task.result() for name, task in tasks.items()}

    def _field(self, part: Part, told: bytes | Problem) -> bytes:
        if not isinstance(told, Problem):
            return on_wire(part.number, told)
        warning = composite_pb2.Warning(
            part=part.name, reason=told.reason, detail=told.detail
        )
        return on_wire(self._warnings, warning.SerializeToString())

    def _kept(self, part: Part, asking: _Asking) -> Representation | None:
        if asking.is_fresh or not part.is_kept:
            return None
        return self._cache.get(self._key(part, asking), part.rule)

    async def _asked(self, part: Part, asking: _Asking) -> bytes | Problem:
        load = partial(_load, part, asking)
        # Who has less patience would take others down with them.
        is_shared = part.is_kept and not asking.is_fresh and not asking.is_lowered
        loading = (
            self._cache.load(self._key(part, asking), part.rule, load)
            if is_shared
            else load()
        )
        try:
            return (await loading).body
        except Problem as problem:
            if problem.status == 500:  # noqa: PLR2004
                log.error(  # noqa: TRY400 - the traceback is the service's
                    "part_failed",
                    method=part.call.policy.path,
                    request_id=asking.request.id,
                )
            return problem

    def _key(self, part: Part, asking: _Asking) -> Key:
        whom = whose(part.call.policy.scope, asking.caller)
        return whom, f"{self.policy.path}/{part.name}", b""


async def _load(part: Part, asking: _Asking) -> Representation:
    caller = asking.caller
    raw = await part.call.ask(
        part.request,
        min(asking.within_s, part.call.policy.deadline_s),
        metadata_of(asking.request, caller.assertion if caller else ""),
    )
    try:
        part.read(raw)
    except DecodeError as exc:
        # Within the whole it could no longer be told whose fault it was.
        raise crash() from exc
    return Representation(raw, _PROTOBUF, b"", b"")


def _ensure_composable(rule: Rule, policy: Policy) -> None:
    method = rule.method
    if rule.verb != "GET" or method.server_streaming:
        raise ContractWrong(f"{method.full_name}: a composite is a plain GET")
    if method.input_type.fields:
        raise ContractWrong(f"{method.full_name}: a composite takes nothing")
    if policy.scope is not Scope.NOBODY:
        raise ContractWrong(f"{method.full_name}: its parts say how to remember it")
