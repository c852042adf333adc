"""Stands for apprise with plugins that hang and crash."""

import os
import signal
from typing import Any

from kit.answering import answer_questions


def tell(question: dict[str, Any]) -> dict[str, Any]:
    if question["url"] == "crash://":
        os.kill(os.getpid(), signal.SIGKILL)
    if question["url"] == "hang://":
        signal.pause()
    return {"state": "done", "words": ""}


if __name__ == "__main__":
    answer_questions(tell, within_s=30)
