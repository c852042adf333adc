"""Orders in the words of the contract."""

from collections.abc import Sequence

from kit.caller import Caller
from medianest.media.v1 import orders_pb2
from services.media.domain.fetching.orders import OrderState
from services.media.domain.fetching.overseeing import (
    Fetcher,
    Placed,
    SeasonThere,
    may_read_words,
)
from services.media.domain.fetching.progress import Progress, percent_of
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.wire import KIND_TO_WIRE

STATE_TO_WIRE = {
    OrderState.WAITING: orders_pb2.Order.WAITING,
    OrderState.NO_FULFILLER: orders_pb2.Order.NO_FULFILLER,
    OrderState.UNANSWERED: orders_pb2.Order.UNANSWERED,
    OrderState.PLACED: orders_pb2.Order.PLACED,
    OrderState.ARRIVED: orders_pb2.Order.ARRIVED,
    OrderState.FAILED: orders_pb2.Order.FAILED,
    OrderState.ENDED: orders_pb2.Order.ENDED,
}
STATE_FROM_WIRE: dict[int, OrderState | None] = {
    orders_pb2.Order.STATE_ANY: None,
    **{wire: state for state, wire in STATE_TO_WIRE.items()},
}
_IS_TRIED = {OrderState.WAITING, OrderState.UNANSWERED}


def order_to_wire(
    placed: Placed, by: Caller, seasons: Sequence[SeasonThere] = ()
) -> orders_pb2.Order:
    """As `by` may see it."""
    downloads = placed.downloads
    since = placed.tries.unanswered_since
    return orders_pb2.Order(
        request_id=str(placed.request_id),
        title_id=str(placed.title_id),
        kind=KIND_TO_WIRE[placed.kind],
        title_name=placed.name,
        requested_by=placed.requested_by,
        requested_by_name=placed.requested_by_name,
        state=STATE_TO_WIRE[placed.state],
        fulfiller=_fetcher(placed.fetcher, by) if placed.fetcher else None,
        attempts=placed.tries.attempts,
        next_at=time_to_wire(placed.next_at) if placed.state in _IS_TRIED else None,
        unanswered_since=time_to_wire(since) if since else None,
        last_words=placed.last_words if may_read_words(by) else "",
        changed_at=time_to_wire(placed.changed_at),
        percent=percent_of(
            sum(each.size_bytes for each in downloads),
            sum(each.left_bytes for each in downloads),
        ),
        downloads=[_download(each, by) for each in downloads],
        seasons=[
            orders_pb2.OrderSeason(
                season_number=each.number,
                available_count=each.there,
                episode_count=each.known,
            )
            for each in seasons
        ],
    )


def _fetcher(fetcher: Fetcher, by: Caller) -> orders_pb2.OrderFulfiller:
    since = fetcher.unseen_since
    return orders_pb2.OrderFulfiller(
        id=str(fetcher.id),
        name=fetcher.name,
        url=fetcher.page if may_read_words(by) else "",
        unseen_since=time_to_wire(since) if since else None,
    )


def _download(download: Progress, by: Caller) -> orders_pb2.OrderDownload:
    ends_at = download.ends_at
    return orders_pb2.OrderDownload(
        id=download.download_id,
        name=download.name,
        state=download.state,
        size_bytes=download.size_bytes,
        left_bytes=download.left_bytes,
        percent=download.percent,
        speed_bps=download.speed_bps,
        ends_at=time_to_wire(ends_at) if ends_at else None,
        stalled=download.is_stalled,
        problems=download.problems if may_read_words(by) else (),
        season_number=download.season,
        episode_numbers=download.episodes,
        client=download.client,
        changed_at=time_to_wire(download.changed_at),
    )
