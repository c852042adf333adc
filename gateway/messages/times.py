"""Times, durations and names of fields, as proto3 JSON writes them, and no other way.

protobuf's own parsers take more: single digits, digits of other scripts, blanks.
"""

import re
from datetime import UTC, datetime
from typing import Any

from gateway.messages.scalars import Wrong

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST_S, _MOST_S = -62_135_596_800, 253_402_300_799
_LONGEST_S = 315_576_000_000
_DAY_S = 86_400
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)
_DURATION = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,9}))?s")

_TIME_FORM = "must be a time such as 2030-01-31T12:00:00Z"
_DURATION_FORM = "must be a duration in seconds such as 1.5s"
_MASK_FORM = "must be names of fields, separated by commas"


def fill_timestamp(message: Any, value: Any) -> None:
    """Raises Wrong."""
    found = _TIME.fullmatch(value) if type(value) is str else None
    if found is None:
        raise Wrong(_TIME_FORM)
    try:
        since = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) - _EPOCH
    except ValueError:
        raise Wrong(_TIME_FORM) from None
    seconds = since.days * _DAY_S + since.seconds
    if found[3]:
        east = (int(found[4]) * 60 + int(found[5])) * 60
        seconds += east if found[3] == "-" else -east
    if not _LEAST_S <= seconds <= _MOST_S:
        raise Wrong(_TIME_FORM)
    message.seconds, message.nanos = seconds, _nanos(found[2])


def fill_duration(message: Any, value: Any) -> None:
    """Raises Wrong."""
    found = _DURATION.fullmatch(value) if type(value) is str else None
    if found is None or int(found[2]) > _LONGEST_S:
        raise Wrong(_DURATION_FORM)
    sign = -1 if found[1] else 1
    message.seconds, message.nanos = sign * int(found[2]), sign * _nanos(found[3])


def _nanos(digits: str | None) -> int:
    return int(digits.ljust(9, "0")) if digits else 0


def fill_mask(message: Any, value: Any) -> None:
    """From names as JSON has them. Raises Wrong."""
    if type(value) is not str:
        raise Wrong(_MASK_FORM)
    try:
        message.FromJsonString(value)
        message.ToJsonString()
    except ValueError:
        raise Wrong(_MASK_FORM) from None


def fill_mask_text(message: Any, value: str) -> None:
    """From names as JSON or as the contract has them. Raises Wrong."""
    contract_names = type(message)()
    for name in value.split(",") if value else ():
        if "_" in name:
            contract_names.paths.append(name)
        else:
            fill_mask(message, name)
            contract_names.paths.extend(message.paths)
    try:
        contract_names.ToJsonString()
    except ValueError:
        raise Wrong(_MASK_FORM) from None
    message.CopyFrom(contract_names)
