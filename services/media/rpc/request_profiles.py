"""The door to the short list of profiles."""

from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Key, Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import request_profiles_pb2, request_profiles_pb2_grpc
from services.media.domain.request_profiles import (
    Place,
    ProfileDraft,
    Profiles,
    RequestProfile,
    RequestProfileMissing,
    ShortList,
    keeps_list,
)
from services.media.domain.titles import Kind
from services.media.rpc.choices_wire import choices_from_wire, choices_to_wire
from services.media.rpc.masks import named_by, take
from services.media.rpc.wire import KIND_FROM_WIRE, KIND_TO_WIRE

_CHANGEABLE = ("name", "kind", "choices", "roles", "user_ids", "rank")
_Context = aio.ServicerContext[Any, Any]


class RequestProfilesHandlers(request_profiles_pb2_grpc.RequestProfilesServiceServicer):
    def __init__(self, short_list: ShortList, profiles: Profiles, pages: Pages) -> None:
        self._short_list = short_list
        self._profiles = profiles
        self._pages = pages

    async def CreateRequestProfile(
        self,
        request: request_profiles_pb2.CreateRequestProfileRequest,
        context: _Context,
    ) -> request_profiles_pb2.RequestProfile:
        profile = await self._short_list.add(
            _draft_from_wire(request.profile),
            identity.of(context),
            once(request, context),
        )
        return _profile_to_wire(profile, in_full=True)

    async def ListRequestProfiles(
        self,
        request: request_profiles_pb2.ListRequestProfilesRequest,
        context: _Context,
    ) -> request_profiles_pb2.ListRequestProfilesResponse:
        by, kind = identity.of(context), _kind_or_any(request.kind)
        of_list = f"request profiles {request.kind}"
        size = self._pages.size(request.page_size)
        after = _place(self._pages.read(of_list, request.page_token))
        rows = await self._profiles.page(kind, by, after, size + 1)
        page, token = self._pages.cut(
            of_list, rows, size, lambda row: [*row[1][:2], str(row[1][2])]
        )
        return request_profiles_pb2.ListRequestProfilesResponse(
            profiles=(
                _profile_to_wire(each, in_full=keeps_list(by)) for each, _ in page
            ),
            next_page_token=token,
        )

    async def UpdateRequestProfile(
        self,
        request: request_profiles_pb2.UpdateRequestProfileRequest,
        context: _Context,
    ) -> request_profiles_pb2.RequestProfile:
        named = named_by(request.update_mask, request.profile, _CHANGEABLE)

        def revised(draft: ProfileDraft) -> ProfileDraft:
            wire = _draft_to_wire(draft)
            take(named, request.profile, wire)
            return _draft_from_wire(wire)

        profile = await self._short_list.change(
            _profile_id(request.profile.id), revised, request.if_version
        )
        return _profile_to_wire(profile, in_full=True)

    async def DeleteRequestProfile(
        self,
        request: request_profiles_pb2.DeleteRequestProfileRequest,
        context: _Context,
    ) -> Empty:
        await self._short_list.remove(
            _profile_id(request.profile_id), request.if_version
        )
        return Empty()


def _profile_to_wire(
    profile: RequestProfile, *, in_full: bool
) -> request_profiles_pb2.RequestProfile:
    wire = request_profiles_pb2.RequestProfile(
        id=str(profile.id),
        name=profile.draft.name,
        kind=KIND_TO_WIRE[profile.draft.kind],
        rank=profile.draft.rank,
        version=profile.version,
    )
    if in_full:
        wire.MergeFrom(_draft_to_wire(profile.draft))
    return wire


def _draft_to_wire(draft: ProfileDraft) -> request_profiles_pb2.RequestProfile:
    return request_profiles_pb2.RequestProfile(
        name=draft.name,
        kind=KIND_TO_WIRE[draft.kind],
        choices=choices_to_wire(draft.choices),
        roles=draft.roles,
        user_ids=draft.user_ids,
        rank=draft.rank,
    )


def _draft_from_wire(wire: request_profiles_pb2.RequestProfile) -> ProfileDraft:
    """Raises Invalid."""
    kind = _kind_or_any(wire.kind)
    if kind is None:
        raise Invalid("kind is MOVIE or SERIES.", field="kind")
    return ProfileDraft(
        wire.name,
        kind,
        choices_from_wire(wire.choices, "choices"),
        tuple(wire.roles),
        tuple(wire.user_ids),
        wire.rank,
    )


def _kind_or_any(number: int) -> Kind | None:
    known = {int(wire): kind for wire, kind in KIND_FROM_WIRE.items()}
    if number not in known:
        raise Invalid("kind is MOVIE or SERIES.", field="kind")
    return known[number]


def _profile_id(text: str) -> UUID:
    """What is no id is no profile's id either."""
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError as exc:
        raise RequestProfileMissing from exc
    if str(found) != text.lower():
        raise RequestProfileMissing
    return found


def _place(key: Key | None) -> Place | None:
    if key is None:
        return None
    rank, small_name, profile_id = key
    return int(rank), str(small_name), UUID(str(profile_id))
