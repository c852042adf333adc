"""How somebody wishes to be told, as they say it at the door."""

import pytest

from medianest.media.v1 import notifications_pb2 as told
from tests.media.requests.house import ADA, BOB, MANAGER
from tests.media.telling.conftest import Look
from tests.media.telling.house import Reader

QUIET = {"from": "22:00", "to": "07:00", "time_zone": "Europe/Berlin"}


def of(preferences: told.NotificationPreferences) -> dict[str, str]:
    """By type: the first letters of what is on."""
    return {
        each.type: "".join(
            letter
            for letter, chosen in zip(
                "iet", (each.in_app, each.email, each.targets), strict=True
            )
            if chosen
        )
        for each in preferences.choices
    }


async def looked_at(reader: Reader) -> told.NotificationPreferences:
    request = told.GetNotificationPreferencesRequest()
    found: told.NotificationPreferences = await reader.call(
        "GetNotificationPreferences", request
    )
    return found


def changing(**fields: object) -> told.UpdateNotificationPreferencesRequest:
    return told.UpdateNotificationPreferencesRequest(**fields)  # type: ignore[arg-type]


async def test_who_has_said_nothing_wants_what_is_usual(look: Look) -> None:
    ada, manager = await looked_at(look(ADA)), await looked_at(look(MANAGER))

    assert of(ada)["request.available"] == "iet"
    assert of(ada)["request.edited"] == "i"
    assert not ada.HasField("quiet_hours")
    assert set(of(manager)) - set(of(ada)) == {
        "request.pending",
        "request.auto_approved",
    }


async def test_what_is_named_changes_and_all_else_stays(look: Look) -> None:
    ada = look(ADA)
    for fields in (
        {"choices": [{"type": "request.approved", "email": True}]},
        {"quiet_hours": QUIET},
        {"choices": [{"type": "request.declined"}]},
    ):
        changed = await ada.call("UpdateNotificationPreferences", changing(**fields))

    assert changed == await looked_at(ada)
    assert of(changed)["request.approved"] == "e"
    assert of(changed)["request.declined"] == ""
    assert of(changed)["request.available"] == "iet"
    assert changed.quiet_hours == told.QuietHours(**QUIET)
    assert of(await looked_at(look(BOB)))["request.approved"] == "iet"

    none = changing(quiet_hours={})
    changed = await ada.call("UpdateNotificationPreferences", none)
    assert not changed.HasField("quiet_hours")


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": [{"type": ""}]},
        {"choices": [{"type": "request.unheard_of"}]},
        {"choices": [{"type": "a\0b" * 10_000}]},
        # What others are told only.
        {"choices": [{"type": "request.pending", "in_app": True}]},
    ],
)
async def test_nobody_chooses_what_they_are_not_told(
    look: Look, fields: dict[str, object]
) -> None:
    refused = await look(ADA).refused(
        "UpdateNotificationPreferences", changing(**fields)
    )
    assert refused == "INVALID_ARGUMENT notification_type_unknown"


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": [{"type": "request.approved"}] * 2},
        {"choices": [{"type": "request.approved"}] * 101},
        {"quiet_hours": {**QUIET, "from": ""}},
        {"quiet_hours": {**QUIET, "from": "24:00"}},
        {"quiet_hours": {**QUIET, "from": "2:00pm"}},
        {"quiet_hours": {**QUIET, "from": "+1:00"}},
        {"quiet_hours": {**QUIET, "to": "22:00"}},
        {"quiet_hours": {**QUIET, "to": "7"}},
        {"quiet_hours": {**QUIET, "to": "\0" * 5}},
        {"quiet_hours": {**QUIET, "time_zone": ""}},
        {"quiet_hours": {**QUIET, "time_zone": "localtime"}},
        {"quiet_hours": {**QUIET, "time_zone": "posixrules"}},
        {"quiet_hours": {**QUIET, "time_zone": "Europe"}},
        {"quiet_hours": {**QUIET, "time_zone": "Europe/Atlantis"}},
        {"quiet_hours": {**QUIET, "time_zone": "../../etc/passwd"}},
        {"quiet_hours": {**QUIET, "time_zone": "/etc/passwd"}},
        {"quiet_hours": {**QUIET, "time_zone": "a\0b"}},
        {"quiet_hours": {**QUIET, "time_zone": "x" * 100_000}},
    ],
)
async def test_what_is_no_wish_is_refused(
    look: Look, fields: dict[str, object]
) -> None:
    refused = await look(ADA).refused(
        "UpdateNotificationPreferences", changing(**fields)
    )
    assert refused == "INVALID_ARGUMENT invalid"
