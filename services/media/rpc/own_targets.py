"""The door to by what one is reached outside of the house."""

from typing import Any
from uuid import UUID

from google.protobuf import empty_pb2
from grpc import aio

from kit.errors import Invalid
from kit.pages import Key, Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import own_targets_pb2, own_targets_pb2_grpc
from services.media.domain.telling.own_targets import (
    OwnChange,
    OwnKind,
    OwnTarget,
    OwnTargetMissing,
    Reaching,
)
from services.media.rpc.masks import named_by
from services.media.rpc.request_wire import time_to_wire

_Context = aio.ServicerContext[Any, Any]
KIND_TO_WIRE = {
    OwnKind.EMAIL: own_targets_pb2.OwnTarget.EMAIL,
    OwnKind.WEBHOOK: own_targets_pb2.OwnTarget.WEBHOOK,
    OwnKind.APPRISE: own_targets_pb2.OwnTarget.APPRISE,
}
_CHANGEABLE = ("name", "enabled", "address", "secret")
_KIND_FROM_WIRE = {wire: kind for kind, wire in KIND_TO_WIRE.items()}


class OwnTargetsHandlers(own_targets_pb2_grpc.OwnTargetsServiceServicer):
    def __init__(self, reaching: Reaching, pages: Pages) -> None:
        self._reaching = reaching
        self._pages = pages

    async def CreateOwnTarget(
        self, request: own_targets_pb2.CreateOwnTargetRequest, context: _Context
    ) -> own_targets_pb2.OwnTarget:
        kind = _KIND_FROM_WIRE.get(request.kind)
        if kind is None:
            raise Invalid("kind is EMAIL, WEBHOOK or APPRISE.", field="kind")
        made = await self._reaching.add(
            (kind, request.name, request.address, request.secret),
            once(_without_secrets(request), context),
            identity.of(context),
        )
        return _to_wire(made)

    async def ListOwnTargets(
        self, request: own_targets_pb2.ListOwnTargetsRequest, context: _Context
    ) -> own_targets_pb2.ListOwnTargetsResponse:
        by, size = identity.of(context), self._pages.size(request.page_size)
        of_list = f"own targets {by.user_id}"
        after = self._pages.read(of_list, request.page_token)
        # There are ten at most.
        rows = [
            each
            for each in await self._reaching.all_of(by)
            if after is None or _key(each) > after
        ]
        page, token = self._pages.cut(of_list, rows, size, _key)
        return own_targets_pb2.ListOwnTargetsResponse(
            targets=[_to_wire(each) for each in page], next_page_token=token
        )

    async def UpdateOwnTarget(
        self, request: own_targets_pb2.UpdateOwnTargetRequest, context: _Context
    ) -> own_targets_pb2.OwnTarget:
        changed = await self._reaching.change(
            _id(request.target_id),
            _change(request),
            request.if_version,
            identity.of(context),
        )
        return _to_wire(changed)

    async def ConfirmOwnTarget(
        self, request: own_targets_pb2.ConfirmOwnTargetRequest, context: _Context
    ) -> own_targets_pb2.OwnTarget:
        confirmed = await self._reaching.confirm(
            _id(request.target_id),
            request.code,
            request.if_version,
            identity.of(context),
        )
        return _to_wire(confirmed)

    async def TestOwnTarget(
        self, request: own_targets_pb2.TestOwnTargetRequest, context: _Context
    ) -> own_targets_pb2.TestOwnTargetResponse:
        words = await self._reaching.test(_id(request.target_id), identity.of(context))
        return own_targets_pb2.TestOwnTargetResponse(delivered=not words, words=words)

    async def DeleteOwnTarget(
        self, request: own_targets_pb2.DeleteOwnTargetRequest, context: _Context
    ) -> empty_pb2.Empty:
        await self._reaching.remove(_id(request.target_id), identity.of(context))
        return empty_pb2.Empty()


def _key(target: OwnTarget) -> Key:
    return [target.created_at.isoformat(timespec="microseconds"), str(target.id)]


def _to_wire(target: OwnTarget) -> own_targets_pb2.OwnTarget:
    return own_targets_pb2.OwnTarget(
        id=str(target.id),
        kind=KIND_TO_WIRE[target.kind],
        name=target.name,
        hint=target.hint,
        created_at=time_to_wire(target.created_at),
        enabled=target.enabled,
        confirmed=target.confirmed,
        version=target.version,
    )


def _change(request: own_targets_pb2.UpdateOwnTargetRequest) -> OwnChange:
    """What the mask names. Raises Invalid."""
    change = request.change
    named = named_by(request.update_mask, change, _CHANGEABLE)
    return OwnChange(**{name: getattr(change, name) for name in named})


def _without_secrets(
    request: own_targets_pb2.CreateOwnTargetRequest,
) -> own_targets_pb2.CreateOwnTargetRequest:
    """Of the request a digest is kept, from which a secret could be guessed."""
    return own_targets_pb2.CreateOwnTargetRequest(kind=request.kind, name=request.name)


def _id(text: str) -> UUID:
    """What is no id is no target's id either."""
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError as exc:
        raise OwnTargetMissing from exc
    if str(found) != text.lower():
        raise OwnTargetMissing
    return found
