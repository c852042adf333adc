"""The door for those who connect their watchlist at Plex."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.rpc import identity
from medianest.media.v1 import (
    plex_sign_ins_pb2,
    plex_watchlist_pb2,
    plex_watchlist_pb2_grpc,
)
from services.media.domain.plex_watchlist.connecting import PlexWatchlists
from services.media.domain.plex_watchlist.watchlist import (
    AskFor,
    Connected,
    SyncState,
)
from services.media.rpc.plex_sign_ins import sign_in_to_wire
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.sources import plex_sign_in_id_from_wire

STATE_TO_WIRE = {
    SyncState.CONNECTED: plex_watchlist_pb2.PlexWatchlist.CONNECTED,
    SyncState.AWAY: plex_watchlist_pb2.PlexWatchlist.AWAY,
    SyncState.SIGN_IN_AGAIN: plex_watchlist_pb2.PlexWatchlist.SIGN_IN_AGAIN,
}
_Context = aio.ServicerContext[Any, Any]


class PlexWatchlistHandlers(plex_watchlist_pb2_grpc.PlexWatchlistServiceServicer):
    def __init__(self, watchlists: PlexWatchlists) -> None:
        self._watchlists = watchlists

    async def GetPlexWatchlist(
        self, request: plex_watchlist_pb2.GetPlexWatchlistRequest, context: _Context
    ) -> plex_watchlist_pb2.PlexWatchlist:
        found = await self._watchlists.find(by=identity.of(context))
        if found is None:
            return plex_watchlist_pb2.PlexWatchlist()
        return connected_to_wire(found)

    async def StartPlexWatchlistSignIn(
        self,
        request: plex_watchlist_pb2.StartPlexWatchlistSignInRequest,
        context: _Context,
    ) -> plex_sign_ins_pb2.PlexSignIn:
        begun = await self._watchlists.start(by=identity.of(context))
        return sign_in_to_wire(begun, ())

    async def ConnectPlexWatchlist(
        self,
        request: plex_watchlist_pb2.ConnectPlexWatchlistRequest,
        context: _Context,
    ) -> plex_watchlist_pb2.PlexWatchlist:
        connected = await self._watchlists.connect(
            plex_sign_in_id_from_wire(request.sign_in_id),
            AskFor(request.request_movies, request.request_series),
            by=identity.of(context),
        )
        return connected_to_wire(connected)

    async def UpdatePlexWatchlist(
        self,
        request: plex_watchlist_pb2.UpdatePlexWatchlistRequest,
        context: _Context,
    ) -> plex_watchlist_pb2.PlexWatchlist:
        changed = await self._watchlists.change(
            AskFor(request.request_movies, request.request_series),
            by=identity.of(context),
        )
        return connected_to_wire(changed)

    async def DisconnectPlexWatchlist(
        self,
        request: plex_watchlist_pb2.DisconnectPlexWatchlistRequest,
        context: _Context,
    ) -> Empty:
        await self._watchlists.disconnect(by=identity.of(context))
        return Empty()


def connected_to_wire(connected: Connected) -> plex_watchlist_pb2.PlexWatchlist:
    read_at = connected.read_at
    return plex_watchlist_pb2.PlexWatchlist(
        state=STATE_TO_WIRE[connected.state],
        request_movies=connected.ask_for.movies,
        request_series=connected.ask_for.series,
        read_at=None if read_at is None else time_to_wire(read_at),
        entry_count=connected.entry_count,
        unknown_count=connected.unknown_count,
        detail=connected.detail,
    )
