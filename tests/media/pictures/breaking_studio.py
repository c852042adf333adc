"""A worker that breaks at certain pictures, as the real one might."""

import os
import time
from typing import Any

from kit.answering import ATTACHED, answer_questions
from services.media.clients.pictures.drawing import draw


def break_or_draw(question: dict[str, Any]) -> dict[str, Any]:
    original = question[ATTACHED]
    if original == b"crash":
        os.abort()
    if original == b"hang":
        time.sleep(3600)
    return draw(question)


if __name__ == "__main__":
    answer_questions(break_or_draw, within_s=1)
