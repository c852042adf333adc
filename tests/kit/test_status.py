"""Each kind of failure has its code, and tells what helps and nothing more."""

from datetime import timedelta

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from kit import errors
from kit.rpc.status import DETAILS_KEY, REASON_KEY, code_of, trailers_of

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, errors.Failure)
    and kind is not errors.Failure
]


def test_every_kind_has_a_code_of_its_own() -> None:
    codes = {code_of(kind("It failed.")) for kind in KINDS}

    assert len(codes) == len(KINDS) == 9
    assert grpc.StatusCode.UNKNOWN not in codes
    assert grpc.StatusCode.INTERNAL not in codes


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_what_a_service_makes_of_a_kind_keeps_its_code(
    kind: type[errors.Failure],
) -> None:
    class Own(kind):  # type: ignore[misc, valid-type]
        reason = "own"

    assert code_of(Own("It failed.")) is code_of(kind("It failed."))


def details(failure: errors.Failure) -> list[str]:
    trailers = dict(trailers_of(failure))
    assert trailers[REASON_KEY] == failure.reason
    status = status_pb2.Status.FromString(trailers[DETAILS_KEY])  # type: ignore[arg-type]
    assert status.message == failure.message
    return [each.TypeName().rpartition(".")[2] for each in status.details]


def test_only_what_is_known_is_told() -> None:
    second = timedelta(seconds=1)

    assert details(errors.Refused("No.")) == ["ErrorInfo"]
    assert details(errors.Invalid("No.", field="name")) == ["ErrorInfo", "BadRequest"]
    assert details(errors.Exhausted("No.", retry_after=second)) == [
        "ErrorInfo",
        "RetryInfo",
    ]


def test_what_is_away_is_worth_another_try_soon_unless_said_otherwise() -> None:
    assert errors.Unavailable("It is away.").retry_after == timedelta(seconds=2)
    assert "RetryInfo" in details(errors.Unavailable("It is away."))
    assert errors.Unavailable("It is away.", retry_after=None).retry_after is None


def test_a_pause_of_less_than_a_second_is_told_exactly() -> None:
    failure = errors.Exhausted("No.", retry_after=timedelta(milliseconds=250))
    status = status_pb2.Status.FromString(dict(trailers_of(failure))[DETAILS_KEY])  # type: ignore[arg-type]
    retry = error_details_pb2.RetryInfo()

    assert status.details[1].Unpack(retry)
    assert retry.retry_delay.ToTimedelta() == timedelta(milliseconds=250)
