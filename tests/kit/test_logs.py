"""Logs can be read by people or by programs, and hold no secrets."""

import json
import subprocess
import sys

import pytest

CRASH = """
import structlog
from kit import logs

def sign_in(password):
    raise KeyError("name")

logs.configure("auth", {form!r})
log = structlog.get_logger()
log.info("signed_in", name="ada")
try:
    sign_in("hunter2" + "!")
except KeyError as exc:
    log.error("rpc_crashed", exc_info=exc)
"""


def said(form: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", CRASH.format(form=form)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("form", ["columns", "json"])
def test_a_crash_shows_its_way_and_not_what_went_along(form: str) -> None:
    text = said(form)

    assert "KeyError" in text
    assert "sign_in" in text
    assert "hunter2!" not in text


def test_json_is_one_object_a_line() -> None:
    first, crash = (json.loads(line) for line in said("json").splitlines())

    assert (first["event"], first["name"], first["level"], first["service"]) == (
        "signed_in",
        "ada",
        "info",
        "auth",
    )
    assert first["timestamp"].endswith("Z")
    assert "Traceback" in crash["exception"]
