"""A prober that may open nothing."""

from typing import Any

from kit.answering import answer_questions
from services.media.clients.folders.names import parse


def refuse(question: dict[str, Any]) -> dict[str, Any]:
    name = parse(question["file"].encode())
    return {"name": name, "cannot": "The file cannot be opened: Permission denied."}


if __name__ == "__main__":
    answer_questions(refuse, within_s=20)
