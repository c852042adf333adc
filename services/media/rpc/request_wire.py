"""Requests in the words of the contract."""

from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from kit.caller import Caller
from medianest.media.v1 import requests_pb2, titles_pb2
from services.media.domain.presence import presence_for
from services.media.domain.requests.deciding import Decided
from services.media.domain.requests.media_request import Card, MediaRequest
from services.media.domain.requests.permissions import may_choose
from services.media.domain.requests.seeing import (
    Counts,
    HistoryRow,
    SeasonThere,
    View,
)
from services.media.domain.requests.states import State
from services.media.rpc.choices_wire import choices_to_wire
from services.media.rpc.wire import KIND_TO_WIRE, poster_to_wire, presence_to_wire

STATE_TO_WIRE = {
    State.PENDING: requests_pb2.MediaRequest.PENDING,
    State.APPROVED: requests_pb2.MediaRequest.APPROVED,
    State.DECLINED: requests_pb2.MediaRequest.DECLINED,
    State.CANCELED: requests_pb2.MediaRequest.CANCELED,
    State.AVAILABLE: requests_pb2.MediaRequest.AVAILABLE,
    State.FAILED: requests_pb2.MediaRequest.FAILED,
}
STATE_FROM_WIRE: dict[int, State | None] = {
    requests_pb2.MediaRequest.STATE_ANY: None,
    **{wire: state for state, wire in STATE_TO_WIRE.items()},
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def request_to_wire(request: MediaRequest, by: Caller) -> requests_pb2.MediaRequest:
    """As `by` may see it."""
    tells_who = View.of(by).tells_who(request)
    return requests_pb2.MediaRequest(
        id=str(request.id),
        title=card_to_wire(request.title, by) if request.title else None,
        state=STATE_TO_WIRE[request.state],
        requested_by=request.requested_by if tells_who else "",
        requested_by_name=request.requested_by_name if tells_who else "",
        created_at=time_to_wire(request.created_at),
        updated_at=time_to_wire(request.updated_at),
        decided_by=request.decided_by,
        decline_reason=request.decline_reason,
        seasons=request.seasons,
        version=request.version,
        is_4k=request.is_4k,
        episodes=[
            requests_pb2.EpisodeRef(season=each.season, episode=each.number)
            for each in request.episodes
        ],
        future_only=request.future_only,
        words=request.words,
        asked_by=request.asked_by if tells_who else "",
        choices=choices_to_wire(request.choices) if may_choose(by) else None,
        failure=request.failure,
        followers=request.followers,
        followed_by_me=request.followed_by_me,
    )


def there_to_wire(each: SeasonThere) -> requests_pb2.SeasonThere:
    return requests_pb2.SeasonThere(
        season=each.season,
        episodes=each.episodes,
        aired=each.aired,
        available=each.is_available,
    )


def step_to_wire(step: HistoryRow) -> requests_pb2.RequestStep:
    return requests_pb2.RequestStep(
        from_state=(
            requests_pb2.MediaRequest.STATE_ANY
            if step.before is None
            else STATE_TO_WIRE[step.before]
        ),
        to_state=STATE_TO_WIRE[step.after],
        by=step.by,
        by_name=step.by_name,
        reason=step.reason,
        at=time_to_wire(step.at),
        rule_ids=map(str, step.rule_ids),
    )


def decided_to_wire(decided: Decided) -> requests_pb2.BatchDecided:
    return requests_pb2.BatchDecided(
        request_id=str(decided.request_id),
        state=(
            requests_pb2.MediaRequest.STATE_ANY
            if decided.state is None
            else STATE_TO_WIRE[decided.state]
        ),
        version=decided.version,
        reason=decided.reason,
    )


def card_to_wire(card: Card, by: Caller) -> titles_pb2.Title:
    title_id = str(card.id)
    return titles_pb2.Title(
        id=title_id,
        kind=KIND_TO_WIRE[card.kind],
        name=card.name,
        year=card.year or 0,
        genres=card.genres,
        vote_average=card.vote_average,
        poster_path=card.poster_path,
        presence=presence_to_wire(presence_for(by, card.facts)),
        poster=poster_to_wire(title_id, card.poster),
    )


def counts_to_wire(counts: Counts) -> requests_pb2.MediaRequestCounts:
    return requests_pb2.MediaRequestCounts(
        total=sum(counts.values()),
        pending=counts[State.PENDING],
        approved=counts[State.APPROVED],
        declined=counts[State.DECLINED],
        canceled=counts[State.CANCELED],
        available=counts[State.AVAILABLE],
        failed=counts[State.FAILED],
    )


def time_to_wire(time: datetime) -> Timestamp:
    # A third of the time of FromDatetime, forty times a page.
    since = time - _EPOCH
    return Timestamp(
        seconds=since.days * 86_400 + since.seconds, nanos=since.microseconds * 1_000
    )
