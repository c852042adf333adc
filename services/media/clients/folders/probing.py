"""What a file holds, by MediaInfo. Runs in a process of its own: `python -m` this."""

import os
import stat
import time
from typing import Any

from pymediainfo import MediaInfo

from kit.answering import answer_questions
from services.media.clients.folders.names import parse
from services.media.clients.folders.walking import is_young

WITHIN_S = 20
_SETTLING_S = 3.0
_LONGEST_CODEC = 50
_LARGEST = 2**31 - 1


def look(question: dict[str, Any]) -> dict[str, Any]:
    """What is in a file: {} when it is not what it was, or has gone."""
    file = os.fsencode(question["file"])
    path = os.fsencode(question["root"]) + b"/" + file
    said: dict[str, Any] = {"name": parse(file)}
    try:
        # A pipe that has taken the file's place must not make us wait for a writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return {}
    except OSError as exc:
        return said | {"cannot": f"The file cannot be opened: {exc.strerror}."}
    with os.fdopen(handle, "rb") as opened:
        if not is_settled(handle, question):
            return {}
        if question["size_bytes"] == 0:
            return said | {"state": "EMPTY", "detail": "There is nothing in the file."}
        try:
            tracks = MediaInfo.parse(opened).tracks
        except OSError as exc:
            return said | {"cannot": f"The file cannot be read: {exc.strerror}."}
        about = [track.to_data() for track in tracks]
        return (said | judge(about)) if is_settled(handle, question) else {}


def is_settled(handle: int, question: dict[str, Any]) -> bool:
    """Whether the file is what the walk saw, and nobody has written to it for two
    seconds. Waits for those."""
    until = time.monotonic() + _SETTLING_S
    while True:
        about = os.fstat(handle)
        same = (
            stat.S_ISREG(about.st_mode)
            and about.st_size == question["size_bytes"]
            and about.st_mtime_ns == question["modified_ns"]
        )
        if not same or time.monotonic() > until:
            return False
        if not is_young(about.st_mtime_ns):
            return True
        time.sleep(0.1)


def judge(tracks: list[dict[str, Any]]) -> dict[str, Any]:
    """Whether these tracks can be played, and what they are."""
    general = _first(tracks, "General")
    video, audio = _first(tracks, "Video"), _first(tracks, "Audio")
    if not video and not audio:
        known = general.get("format")
        detail = (
            f"There is no picture or sound in the file ({_text(known)})."
            if known
            else "The file is not video or audio, whatever its name says."
        )
    elif general.get("istruncated") == "Yes":
        detail = "The file is cut off: its end is missing."
    else:
        detail = ""
    return {
        "state": "CORRUPT" if detail else "OK",
        "detail": detail,
        "duration_s": round(_number(general.get("duration")) / 1000, 3),
        "width": int(_number(video.get("width"))),
        "height": int(_number(video.get("height"))),
        "video_codec": _text(video.get("format")),
        "audio_codec": _text(audio.get("format")),
    }


def _first(tracks: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next((each for each in tracks if each.get("track_type") == kind), {})


def _number(value: Any) -> float:
    """A number as MediaInfo says it: an int, or text, or nothing."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return number if 0 <= number <= _LARGEST else 0.0


def _text(value: Any) -> str:
    text = "".join(sign for sign in str(value or "") if sign.isprintable())
    return text[:_LONGEST_CODEC]


if __name__ == "__main__":
    answer_questions(look, within_s=WITHIN_S)
