"""What comes in with requests, well formed or Invalid."""

from collections.abc import Collection, Sequence
from uuid import UUID

from kit.errors import Invalid
from medianest.media.v1 import choices_pb2, requests_pb2
from services.media.domain.requests.asking import Another, Thing
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.editing import Change
from services.media.domain.requests.episodes import Episode
from services.media.domain.requests.errors import RequestMissing
from services.media.domain.requests.seeing import Filter
from services.media.domain.requests.states import Step
from services.media.domain.requests.wanted import Wanted
from services.media.rpc import request_wire as wire
from services.media.rpc.choices_wire import choices_from_wire, choices_to_wire
from services.media.rpc.fields import is_blank, user_id_from_wire
from services.media.rpc.masks import named_by, take
from services.media.rpc.wire import KIND_FROM_WIRE

_LONGEST_NAME = 100
_LONGEST_REASON = 500
_LONGEST_WORDS = 500
_CHANGEABLE = ("seasons", "episodes", "future_only", "is_4k", "choices")
_STEPS = {
    requests_pb2.BatchDecision.APPROVE: Step.APPROVE,
    requests_pb2.BatchDecision.DECLINE: Step.DECLINE,
}


def thing_of(request: requests_pb2.CreateMediaRequestRequest) -> Thing:
    wanted = Wanted.of(
        request.is_4k,
        request.seasons,
        _episodes(request.episodes),
        request.future_only,
    )
    words = _line(request.words, _LONGEST_WORDS, "words")
    if is_blank(words):
        words = ""
    if bool(words) == bool(request.title_id):
        raise Invalid(
            "Name a title by title_id, or say in words what it is"
            f"{': not both' if words else ''}.",
            field="title_id",
        )
    return Thing(
        None if words else _title_id(request.title_id),
        wanted,
        words,
        choices_of(request.choices, "choices"),
        _another(request),
        _profile_id(request.request_profile_id),
    )


def _profile_id(text: str) -> UUID | None:
    found = _uuid(text) if text else None
    if text and found is None:
        raise Invalid(
            "request_profile_id is the id of a profile.", field="request_profile_id"
        )
    return found


def request_id_of(text: str) -> UUID:
    """What is no id is no request's id either."""
    found = _uuid(text)
    if found is None:
        raise RequestMissing
    return found


def choices_of(choices: choices_pb2.Choices, field: str) -> Choices:
    found = choices_from_wire(choices, field)
    if fault := found.fault():
        raise Invalid(f"{fault[0]} {fault[1]}.", field=f"{field}.{fault[0]}")
    return found


def named_in(request: requests_pb2.UpdateMediaRequestRequest) -> Collection[str]:
    """Raises Invalid."""
    return named_by(request.update_mask, request.change, _CHANGEABLE)


def change_of(
    before: Choices, wanted: requests_pb2.RequestChange, paths: Collection[str]
) -> Change:
    """What is named, of choices also one by one. Raises Invalid."""
    change = requests_pb2.RequestChange(choices=choices_to_wire(before))
    take(paths, wanted, change)
    named = {path.partition(".")[0] for path in paths}
    parts: dict[str, object] = {
        "seasons": tuple(change.seasons),
        "episodes": _episodes(change.episodes),
        "future_only": change.future_only,
        "is_4k": change.is_4k,
    }
    return Change(
        {name: each for name, each in parts.items() if name in named},
        choices_of(change.choices, "change.choices") if "choices" in named else None,
    )


def decisions_of(
    request: requests_pb2.BatchDecideMediaRequestsRequest,
) -> Sequence[tuple[Step, UUID, str, int]]:
    return [_decision(each) for each in request.decisions]


def filter_of(request: requests_pb2.ListMediaRequestsRequest) -> Filter:
    if request.state not in wire.STATE_FROM_WIRE:
        raise Invalid("state is one of the states of a request.", field="state")
    if request.kind not in KIND_FROM_WIRE:
        raise Invalid("kind is MOVIE or SERIES.", field="kind")
    others = request.title_id, request.requested_by, request.state, request.kind
    if request.followed_by_me and (any(others) or request.HasField("is_4k")):
        raise Invalid(
            "followed_by_me goes with no other filter.", field="followed_by_me"
        )
    return Filter(
        wire.STATE_FROM_WIRE[request.state],
        user_id_from_wire(request.requested_by, "requested_by"),
        _title_id(request.title_id) if request.title_id else None,
        KIND_FROM_WIRE[request.kind],
        request.is_4k if request.HasField("is_4k") else None,
        request.followed_by_me,
    )


def reason_of(text: str) -> str:
    return _line(text, _LONGEST_REASON, "reason")


def _decision(
    each: requests_pb2.BatchDecision,
) -> tuple[Step, UUID, str, int]:
    step = _STEPS.get(each.action)
    if step is None:
        raise Invalid("action is APPROVE or DECLINE.", field="decisions.action")
    request_id = _uuid(each.request_id)
    if request_id is None:
        raise Invalid(
            "request_id is the id of a request.", field="decisions.request_id"
        )
    reason = reason_of(each.reason)
    if reason and step is not Step.DECLINE:
        raise Invalid("Only a decline has a reason.", field="decisions.reason")
    return step, request_id, reason, each.if_version


def _another(request: requests_pb2.CreateMediaRequestRequest) -> Another | None:
    if not request.HasField("requested_for"):
        return None
    user_id = user_id_from_wire(request.requested_for.user_id, "requested_for.user_id")
    if user_id is None:
        raise Invalid(
            "requested_for.user_id is the id of a user.", field="requested_for.user_id"
        )
    name = _line(request.requested_for.name, _LONGEST_NAME, "requested_for.name")
    return Another(user_id, name)


def _episodes(wires: Sequence[requests_pb2.EpisodeRef]) -> tuple[Episode, ...]:
    return tuple(Episode(each.season, each.episode) for each in wires)


def _title_id(text: str) -> UUID:
    found = _uuid(text)
    if found is None:
        raise Invalid("title_id is the id of a title.", field="title_id")
    return found


def _uuid(text: str) -> UUID | None:
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _line(text: str, longest: int, field: str) -> str:
    line = text.strip()
    if len(line) > longest:
        raise Invalid(f"{field} has at most {longest} characters.", field=field)
    if "\0" in line:
        raise Invalid(f"{field} has a character that is none.", field=field)
    return line
