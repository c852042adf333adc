"""What is on the screen, and what happens when nobody looks at it."""

import io
import os

from launcher.keeping.screen import Screen


def test_each_line_has_its_speaker_s_name():
    out = io.BytesIO()
    with Screen(out, color=False) as screen:
        screen.say("serving", "auth")
        screen.say("\x1b[32mserving\x1b[0m", "media")

    assert out.getvalue().decode() == "auth       | serving\nmedia      | serving\n"


def test_a_terminal_gets_a_color_for_each_speaker():
    out = io.BytesIO()
    with Screen(out, color=True) as screen:
        for name in ("auth", "media", "auth"):
            screen.say("hello", name)

    first, second, third = (
        line.split(" ")[0] for line in out.getvalue().decode().splitlines()
    )
    assert first == third
    assert first.replace("auth", "media") != second


def test_a_terminal_that_stands_still_stops_nobody():
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb", buffering=0) as out, Screen(out, color=False) as it:
        for number in range(30_000):
            it.say(f"line {number}")
        # Looked at again: what did not fit is counted, and the newest is not lost.
        shown = b""
        while b"lines not shown" not in shown:
            shown += os.read(reading, 65_536)
    os.close(reading)


def test_a_terminal_that_takes_a_little_at_a_time_gets_all():
    out = Narrow()
    with Screen(out, color=False) as screen:
        screen.say("a line that is longer than what is taken at once")

    assert out.taken.endswith(b"| a line that is longer than what is taken at once\n")


class Narrow:
    """Takes seven bytes, then none, then seven…"""

    def __init__(self) -> None:
        self.taken = b""
        self._full = False

    def write(self, data: bytes, /) -> int | None:
        self._full = not self._full
        if not self._full:
            return None
        self.taken += data[:7]
        return len(data[:7])


def test_a_terminal_that_is_gone_stops_nobody():
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb", buffering=0) as out, Screen(out, color=False) as it:
        it.say("is there anybody?")
        it.say("nobody")
