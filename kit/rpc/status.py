"""Which gRPC status a failure becomes: the one table."""

import grpc
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from kit import errors

DETAILS_KEY = "grpc-status-details-bin"
REASON_KEY = "reason"
_DOMAIN = "medianest"

_CODES: tuple[tuple[type[errors.Failure], grpc.StatusCode], ...] = (
    (errors.Invalid, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.Unauthenticated, grpc.StatusCode.UNAUTHENTICATED),
    (errors.Denied, grpc.StatusCode.PERMISSION_DENIED),
    (errors.Missing, grpc.StatusCode.NOT_FOUND),
    (errors.Refused, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.Conflict, grpc.StatusCode.ALREADY_EXISTS),
    (errors.VersionChanged, grpc.StatusCode.ABORTED),
    (errors.Exhausted, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.Unavailable, grpc.StatusCode.UNAVAILABLE),
)


def code_of(failure: errors.Failure) -> grpc.StatusCode:
    """The code of the kind that the failure is."""
    for kind, code in _CODES:
        if isinstance(failure, kind):
            return code
    return grpc.StatusCode.UNKNOWN


def trailers_of(failure: errors.Failure) -> tuple[tuple[str, str | bytes], ...]:
    """The reason, plain and as google.rpc details, with the wrong field and the
    time to wait where the failure names them."""
    details: list[any_pb2.Any] = []

    def add(message: Message) -> None:
        packed = any_pb2.Any()
        packed.Pack(message)
        details.append(packed)

    add(error_details_pb2.ErrorInfo(reason=failure.reason, domain=_DOMAIN))
    if failure.field:
        violation = error_details_pb2.BadRequest.FieldViolation(
            field=failure.field, description=failure.message
        )
        add(error_details_pb2.BadRequest(field_violations=[violation]))
    if failure.retry_after:
        delay = duration_pb2.Duration()
        delay.FromTimedelta(failure.retry_after)
        add(error_details_pb2.RetryInfo(retry_delay=delay))
    status = status_pb2.Status(
        code=code_of(failure).value[0], message=failure.message, details=details
    )
    return (
        (REASON_KEY, failure.reason),
        (DETAILS_KEY, status.SerializeToString()),
    )
