"""What a log must not say."""

import subprocess
import sys

import pytest

CRASH = """
import sys, structlog
from kit import logs

logs.configure("auth", sys.argv[1])

def sign_in(password):
    raise ZeroDivisionError

try:
    sign_in("hunter" + "2" * 8)
except ZeroDivisionError as exc:
    structlog.get_logger().error("rpc_crashed", exc_info=exc)
"""


@pytest.mark.parametrize("form", ["columns", "json"])
def test_a_crash_is_traced_without_the_values_it_happened_to(form: str) -> None:
    said = subprocess.run(
        [sys.executable, "-c", CRASH, form], capture_output=True, text=True, check=True
    ).stdout

    assert "ZeroDivisionError" in said
    assert "sign_in" in said
    assert "hunter22222222" not in said
