"""The door to the Radarrs and Sonarrs."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import fulfillers_pb2 as pb
from medianest.media.v1 import fulfillers_pb2_grpc
from services.media.domain.fulfilling.choosing import Choosing
from services.media.domain.fulfilling.errors import FulfillerMissing
from services.media.domain.fulfilling.fulfiller import FulfillerKind
from services.media.domain.fulfilling.setup import (
    NewFulfiller,
    SettingUp,
    Setup,
    SetupChange,
    Setups,
)
from services.media.rpc import fulfiller_wire as wire
from services.media.rpc.masks import named_by, take
from services.media.rpc.sources import since_key

_LIST = "fulfillers by age"
_CHANGEABLE = {
    "name": "name",
    "address": "address",
    "api_key": "api_key",
    "is_default": "is_default",
    "is_anime": "is_anime",
    "is_enabled": "is_enabled",
    "defaults": "standard",
    "anime_defaults": "anime",
}
_Context = aio.ServicerContext[Any, Any]


class FulfillersHandlers(fulfillers_pb2_grpc.FulfillersServiceServicer):
    def __init__(
        self, setting_up: SettingUp, setups: Setups, choosing: Choosing, pages: Pages
    ) -> None:
        self._setting_up = setting_up
        self._setups = setups
        self._choosing = choosing
        self._pages = pages

    async def CreateFulfiller(
        self, request: pb.CreateFulfillerRequest, context: _Context
    ) -> pb.Fulfiller:
        new = NewFulfiller(
            request.name,
            _kind(request.kind),
            request.address,
            request.api_key,
            request.is_4k,
            request.is_default,
            request.is_anime,
            not request.is_disabled,
            wire.defaults_from_wire(request.defaults),
            wire.defaults_from_wire(request.anime_defaults),
        )
        setup = await self._setting_up.add(
            new, identity.of(context), once(request, context)
        )
        return wire.setup_to_wire(setup)

    async def GetFulfiller(
        self, request: pb.GetFulfillerRequest, context: _Context
    ) -> pb.Fulfiller:
        setup, _ = await self._setups.read(fulfiller_id_from_wire(request.fulfiller_id))
        return wire.setup_to_wire(setup)

    async def ListFulfillers(
        self, request: pb.ListFulfillersRequest, context: _Context
    ) -> pb.ListFulfillersResponse:
        size = self._pages.size(request.page_size)
        after = since_key(self._pages.read(_LIST, request.page_token))
        rows = await self._setups.page(after, size + 1)
        page, token = self._pages.cut(
            _LIST, rows, size, lambda row: [row.created_at.isoformat(), str(row.id)]
        )
        return pb.ListFulfillersResponse(
            fulfillers=map(wire.setup_to_wire, page), next_page_token=token
        )

    async def UpdateFulfiller(
        self, request: pb.UpdateFulfillerRequest, context: _Context
    ) -> pb.Fulfiller:
        fulfiller_id = fulfiller_id_from_wire(request.fulfiller_id)
        named = named_by(request.update_mask, request.change, _CHANGEABLE)
        before, _ = await self._setups.read(fulfiller_id)
        setup = await self._setting_up.change(
            fulfiller_id,
            _change(before, request.change, named),
            request.if_version or before.version,
        )
        return wire.setup_to_wire(setup)

    async def DeleteFulfiller(
        self, request: pb.DeleteFulfillerRequest, context: _Context
    ) -> Empty:
        await self._setting_up.remove(
            fulfiller_id_from_wire(request.fulfiller_id), request.if_version
        )
        return Empty()

    async def TestFulfiller(
        self, request: pb.TestFulfillerRequest, context: _Context
    ) -> pb.FulfillerOptions:
        if not request.fulfiller_id:
            kind = _kind(request.kind)
            options = await self._choosing.try_out(
                kind, request.address, request.api_key
            )
        elif request.address or request.api_key or request.kind:
            raise Invalid(
                "Either one that is kept, or kind, address and api_key.",
                field="fulfiller_id",
            )
        else:
            kept = fulfiller_id_from_wire(request.fulfiller_id)
            options = await self._choosing.try_kept(kept)
        return wire.options_to_wire(options)

    async def GetFulfillerOptions(
        self, request: pb.GetFulfillerOptionsRequest, context: _Context
    ) -> pb.FulfillerOptions:
        offered = await self._choosing.options(
            fulfiller_id_from_wire(request.fulfiller_id)
        )
        assert offered.options is not None  # noqa: S101 - it raises otherwise
        return wire.options_to_wire(offered.options, offered.warning)

    async def GetFulfillerChoices(
        self, request: pb.GetFulfillerChoicesRequest, context: _Context
    ) -> pb.GetFulfillerChoicesResponse:
        kind = _kind(request.kind) if request.kind else None
        choices = await self._choosing.choices(kind)
        return pb.GetFulfillerChoicesResponse(
            choices=(wire.choice_to_wire(*each) for each in choices)
        )


def fulfiller_id_from_wire(text: str) -> UUID:
    """Raises FulfillerMissing."""
    try:
        return UUID(text)
    except ValueError as exc:
        raise FulfillerMissing("There is no such Radarr or Sonarr.") from exc


def _kind(kind: int) -> FulfillerKind:
    if kind not in wire.KIND_FROM_WIRE:
        raise Invalid("kind is one of RADARR, SONARR.", field="kind")
    return wire.KIND_FROM_WIRE[pb.Fulfiller.Kind.ValueType(kind)]


def _change(
    before: Setup, wanted: pb.FulfillerChange, named: Collection[str]
) -> SetupChange:
    """What is named, of defaults also one by one. Raises Invalid."""
    change = pb.FulfillerChange(
        defaults=wire.defaults_to_wire(before.standard),
        anime_defaults=wire.defaults_to_wire(before.anime),
    )
    take(named, wanted, change)
    wholes = {path.partition(".")[0] for path in named}
    values = {_CHANGEABLE[name]: getattr(change, name) for name in wholes}
    for name in {"standard", "anime"} & set(values):
        values[name] = wire.defaults_from_wire(values[name])
    return SetupChange(**values)
