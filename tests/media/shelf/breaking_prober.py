"""A prober that breaks at certain names, as the real one might at certain files."""

import os
import time
from pathlib import Path
from typing import Any

from kit.answering import answer_questions
from services.media.clients.folders.probing import look


def break_or_look(question: dict[str, Any]) -> dict[str, Any]:
    if "Crash" in question["file"]:
        os.abort()
    if "Once" in question["file"] and not (Path(question["root"]) / "once").exists():
        (Path(question["root"]) / "once").touch()
        os.abort()
    if "Hang" in question["file"]:
        time.sleep(3600)
    return look(question)


if __name__ == "__main__":
    answer_questions(break_or_look, within_s=2)
