"""What is on the screen, and what happens when nobody looks at it."""

import io
import os

from launcher.keeping.screen import Screen


def test_each_line_has_its_speaker_s_name():
    out = io.StringIO()
    with Screen(out, color=False) as screen:
        screen.say("serving", "auth")
        screen.say("\x1b[32mserving\x1b[0m", "media")

    assert out.getvalue() == "auth       | serving\nmedia      | serving\n"


def test_a_terminal_gets_a_color_for_each_speaker():
    out = io.StringIO()
    with Screen(out, color=True) as screen:
        for name in ("auth", "media", "auth"):
            screen.say("hello", name)

    first, second, third = (line.split(" ")[0] for line in out.getvalue().splitlines())
    assert first == third
    assert first.replace("auth", "media") != second


def test_a_terminal_that_stands_still_stops_nobody():
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as out:
        with Screen(out, color=False) as screen:
            for number in range(30_000):
                screen.say(f"line {number}")
        os.close(reading)
        # What the thread still wants to write fails now, which is no error.


def test_a_terminal_that_is_gone_stops_nobody():
    reading, writing = os.pipe()
    os.close(reading)
    out = os.fdopen(writing, "w")
    with Screen(out, color=False) as screen:
        screen.say("is there anybody?")
        screen.say("nobody")
    try:
        out.close()
    except BrokenPipeError:
        assert out.closed
