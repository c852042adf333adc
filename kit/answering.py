"""The child's side of a worker: reads questions, writes answers, ends by itself."""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from typing import Any

_MEMORY_BYTES = 1024**3
_KINDNESS = 5

ATTACHED = "attached"
"""Of a question: how many bytes follow its line; for who answers, these."""

Answer = Callable[[dict[str, Any]], dict[str, Any]]


def answer_questions(answer: Answer, *, within_s: int) -> None:
    """Answer line by line until there is nobody to ask. A question that takes longer
    than `within_s` ends the process, also when whoever asked has gone."""
    _, allowed = resource.getrlimit(resource.RLIMIT_AS)
    unlimited = allowed == resource.RLIM_INFINITY
    most = _MEMORY_BYTES if unlimited else min(allowed, _MEMORY_BYTES)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    os.nice(_KINDNESS)
    # Ctrl-C is for the service, which then ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        signal.alarm(within_s)
        question = json.loads(line)
        if length := question.get(ATTACHED):
            question[ATTACHED] = sys.stdin.buffer.read(length)
        told = answer(question)
        signal.alarm(0)
        answers.write(json.dumps(told).encode() + b"\n")
        answers.flush()
