"""A template says what it says, whatever the words are that it is filled with."""

import json
import time
from typing import Any

import pytest

from kit.delivery.message import Message, TargetRefused
from kit.delivery.template import LONGEST, TemplateInvalid, ensure_template, render
from tests.kit.delivery.channels import MESSAGE

NAMES = {"media_tmdbid", "media_type"}
TEMPLATE = """{
  "notification_type": "{{notification_type}}", "event": "{{event}}",
  "subject": "{{subject}}", "text": "{{ message }} ({{media_type}})",
  "image": "{{image}}", "number": 7, "list": ["{{link}}", null, true],
  "{{media}}": {"tmdbId": "{{media_tmdbid}}"},
  "{{issue}}": {"type": "{{media_type}}"},
  "{{extra}}": []
}"""


def rendered(template: Any, message: Message = MESSAGE) -> Any:
    return json.loads(render(json.dumps(template), message))


def test_it_is_filled_as_overseerr_fills_it() -> None:
    ensure_template(TEMPLATE, NAMES, "template")

    assert json.loads(render(TEMPLATE, MESSAGE)) == {
        "notification_type": "MEDIA",
        "event": "Request approved",
        "subject": 'The "Matrix"',
        "text": "Ada's wish\nwas approved. (movie)",
        "image": "https://image.example/poster.jpg",
        "number": 7,
        "list": ["https://nest.example/requests/1", None, True],
        "media": {"tmdbId": "603"},
        "issue": None,
        "extra": [{"name": "Requested Seasons", "value": "1, 2"}],
    }


def test_what_it_is_filled_with_is_never_read_as_json_or_as_a_template() -> None:
    hostile = '", "admin": "{{message}}\\u0000\n'
    message = Message("e", hostile, "secret")

    assert rendered({"a": "{{subject}}"}, message) == {"a": hostile}
    assert rendered({"{{subject}}": 1}, message) == {"subject": None}


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ('{"a": {{subject}}}', "not JSON"),
        ('"{{subject}}"', "an object or a list"),
        ('{"a": "{{password}}"}', "no variable {{password}}"),
        ("[" * 21 + "]" * 21, "20 floors"),
        ("[" * 4000 + "]" * 4000, "not JSON"),
        ("[" + " " * LONGEST + "]", "10000 characters"),
        ('{"a": "\0"}', "not JSON"),
        ('{"a": "\ud800"}', "not JSON"),
    ],
)
def test_what_is_no_template_is_refused(template: str, says: str) -> None:
    with pytest.raises(TemplateInvalid, match=says) as refused:
        ensure_template(template, NAMES, "template")

    assert refused.value.field == "template"


def test_a_bomb_ends_at_its_bound_and_in_time() -> None:
    bomb = json.dumps(["{{message}}" * 700])
    ensure_template(bomb, NAMES, "template")
    message = Message("e", "s", "x" * 8_000)

    began = time.perf_counter()
    with pytest.raises(TargetRefused, match="256 KiB"):
        render(bomb, message)

    assert time.perf_counter() - began < 1


def test_what_looks_like_a_variable_and_is_none_takes_no_time() -> None:
    began = time.perf_counter()

    assert rendered(["{{ " * 3_000 + " " * 900])

    assert time.perf_counter() - began < 1
