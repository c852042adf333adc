"""Templates that were written for Overseerr and Seerr go on here."""

import json

import pytest

from kit.delivery.template import ensure_template, render
from services.media.domain.notifying.news import (
    DEFAULT_TEMPLATE,
    TEST_MESSAGE,
    VARIABLES,
    News,
    TitleFacts,
    message_of,
    told_as,
)
from tests.data import RECORDED

MATRIX = TitleFacts("movie", "The Matrix", 1999, "A hacker.", "https://p/1.jpg", 603)


def recorded(which: str) -> str:
    path = RECORDED / "overseerr" / which / "webhook_config.json"
    return str(json.loads(path.read_text())["options"]["jsonPayload"])


@pytest.mark.parametrize("which", ["overseerr", "seerr"])
def test_a_recorded_template_is_one(which: str) -> None:
    ensure_template(recorded(which), VARIABLES, "template")

    assert json.loads(render(recorded(which), TEST_MESSAGE))["subject"]


def test_without_a_template_it_is_told_as_overseerr_tells_it() -> None:
    ensure_template(DEFAULT_TEMPLATE, VARIABLES, "template")

    assert json.loads(DEFAULT_TEMPLATE) == json.loads(recorded("overseerr"))


@pytest.mark.parametrize(
    ("event", "data", "kind"),
    [
        ("request.created", {"state": "PENDING"}, "MEDIA_PENDING"),
        ("request.created", {"state": "APPROVED"}, "MEDIA_AUTO_APPROVED"),
        ("request.approved", {"state": "APPROVED"}, "MEDIA_APPROVED"),
        ("request.declined", {"state": "DECLINED"}, "MEDIA_DECLINED"),
        ("request.available", {"state": "AVAILABLE"}, "MEDIA_AVAILABLE"),
        ("request.failed", {"state": "FAILED"}, "MEDIA_FAILED"),
        ("report.created", {}, "ISSUE_CREATED"),
        ("report.commented", {}, "ISSUE_COMMENT"),
        ("report.resolved", {}, "ISSUE_RESOLVED"),
        ("report.reopened", {}, "ISSUE_REOPENED"),
    ],
)
def test_what_happened_has_overseerrs_name(
    event: str, data: dict[str, str], kind: str
) -> None:
    message = message_of(News(event, "an id", data, MATRIX), "")
    told = json.loads(render(DEFAULT_TEMPLATE, message))

    assert told_as(event)
    assert told["notification_type"] == kind
    assert told["subject"] == "The Matrix (1999)"
    assert told["message"] == "A hacker."
    assert told["media"]["tmdbId"] == "603"
    assert (told["request"] is None) == event.startswith("report.")
    assert (told["issue"] is None) == event.startswith("request.")


@pytest.mark.parametrize("event", ["library.changed", "requester.forgotten", "", "x"])
def test_of_other_events_nobody_is_told(event: str) -> None:
    assert told_as(event) == ""
