"""The door for those who note what they mean to watch."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from medianest.media.v1 import watchlist_pb2, watchlist_pb2_grpc
from services.media.domain.search import Found
from services.media.domain.watchlists import Entry, Watchlisting
from services.media.rpc.fields import (
    place_from_key,
    title_id_given,
    user_id_from_wire,
)
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.titles import found_to_wire

_Context = aio.ServicerContext[Any, Any]


class WatchlistHandlers(watchlist_pb2_grpc.WatchlistServiceServicer):
    def __init__(self, watchlisting: Watchlisting, pages: Pages) -> None:
        self._watchlisting = watchlisting
        self._pages = pages

    async def ListWatchlist(
        self, request: watchlist_pb2.ListWatchlistRequest, context: _Context
    ) -> watchlist_pb2.ListWatchlistResponse:
        by = identity.of(context)
        user_id = user_id_from_wire(request.user_id, "user_id") or by.user_id
        of_list = f"watchlist {user_id}"
        size = self._pages.size(request.page_size)
        key = place_from_key(self._pages.read(of_list, request.page_token))
        after = Entry(key[1], key[0]) if key else None
        found = await self._watchlisting.page(user_id, size + 1, after, by=by)
        page, token = self._pages.cut(
            of_list,
            found,
            size,
            lambda each: (each[0].added_at.isoformat(), str(each[0].title_id)),
        )
        return watchlist_pb2.ListWatchlistResponse(
            entries=map(entry_to_wire, page), next_page_token=token
        )

    async def AddToWatchlist(
        self, request: watchlist_pb2.AddToWatchlistRequest, context: _Context
    ) -> watchlist_pb2.WatchlistEntry:
        title_id = title_id_given(request.title_id)
        by = identity.of(context)
        return entry_to_wire(await self._watchlisting.add(title_id, by=by))

    async def RemoveFromWatchlist(
        self, request: watchlist_pb2.RemoveFromWatchlistRequest, context: _Context
    ) -> Empty:
        title_id = title_id_given(request.title_id)
        await self._watchlisting.remove(title_id, by=identity.of(context))
        return Empty()


def entry_to_wire(seen: tuple[Entry, Found]) -> watchlist_pb2.WatchlistEntry:
    entry, title = seen
    return watchlist_pb2.WatchlistEntry(
        title=found_to_wire(title), added_at=time_to_wire(entry.added_at)
    )
