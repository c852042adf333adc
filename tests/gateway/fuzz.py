"""Sends nonsense to a gateway, and looks at each answer.

python -m tests.gateway.fuzz --count 20000 --seed 1
"""

import argparse
import asyncio
import random
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import message_factory

from gateway import rules
from tests.gateway import contract, nonsense
from tests.gateway.backend import ADMIN, Answer
from tests.gateway.house import House, running_house
from tests.gateway.wire import Said, answer, connected

OURS = {
    *(101, 200, 204, 304, 400, 401, 403, 404, 405, 406, 408, 409, 413, 414, 415, 426),
    *(429, 431, 503, 504),
}
_LEAKS = ("Traceback", 'File "', "site-packages", "upb", "grpc_status", ".py")
_AT_ONCE = 24
_SILENCE_S = 0.3


@dataclass
class Report:
    sent: Counter[str] = field(default_factory=Counter)
    answered: Counter[tuple[str, int]] = field(default_factory=Counter)
    """By kind and status; 0 for what was no whole request and got no answer."""
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, sent: bytes, said: Said | None) -> None:
        self.sent[kind] += 1
        self.answered[kind, said.status if said else 0] += 1
        if fault := _fault(kind, said):
            self.wrong.append(f"{kind}: {fault}: {sent[:600]!r}")


class Echo(dict[str, Answer]):
    """Answers every method: with the request where that is of the answer's type, and
    so has all that the decoder let through to be written again."""

    def __init__(self) -> None:
        super().__init__()
        self._methods = {
            f"/{service.full_name}/{method.name}": method
            for service in [*rules.services(), contract.conformance()]
            for method in service.methods
            if not method.server_streaming
        }

    def __missing__(self, path: str) -> Callable[[Any, Any], Awaitable[Any]]:
        method = self._methods[path]
        empty = message_factory.GetMessageClass(method.output_type)

        async def echo(request: Any, _context: Any) -> Any:
            return request if type(request) is empty else empty()

        return echo


async def fuzz(house: House, count: int, seed: int) -> Report:
    house.backend.answers = Echo()
    house.sign_in("nobody-s", ADMIN)
    report = Report()
    numbers = iter(range(count))
    # What fails below the application fails here.
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: report.wrong.append(str(context))
    )

    async def work() -> None:
        for number in numbers:
            chance = random.Random(f"{seed} {number}")
            kind = chance.choice(list(nonsense.MAKERS))
            sent = nonsense.MAKERS[kind](chance)
            report.add(kind, sent, await _ask(house, kind, sent))
            house.backend.asked.clear()

    async with asyncio.TaskGroup() as group:
        for _ in range(_AT_ONCE):
            group.create_task(work())
    if (await house.ask("GET", "/health")).status != 200:
        report.wrong.append("the gateway does not live")
    return report


async def _ask(house: House, kind: str, sent: bytes) -> Said | None:
    async with connected(house) as (reader, writer):
        writer.write(sent)
        try:
            if kind not in nonsense.MAY_BE_UNFINISHED:
                return await answer(reader)
            async with asyncio.timeout(_SILENCE_S):
                said = await answer(reader)
                # Who expects to be told to continue has not been answered by that.
                return await answer(reader) if said and said.status == 100 else said
        except (TimeoutError, ConnectionResetError, asyncio.IncompleteReadError):
            return None


def _fault(kind: str, said: Said | None) -> str:
    if said is None:
        return "" if kind in nonsense.MAY_BE_UNFINISHED else "no answer"
    if said.status not in OURS:
        return f"{said.status} {said.body[:200]!r}"
    if "x-request-id" not in said.headers and said.status != 101:
        return "no request id"
    return _fault_of(said) if said.status >= 400 and said.body else ""


def _fault_of(said: Said) -> str:
    """What is wrong with a problem."""
    problem = said.problem
    if problem["status"] != said.status or not problem["requestId"]:
        return f"not the problem: {problem}"
    named = [each["field"] and each["detail"] for each in problem["errors"]]
    if problem["reason"] == "invalid" and not (named and all(named)):
        return f"a field without its name: {problem}"
    leaks = [each for each in _LEAKS if each in problem["detail"]]
    return f"tells of {leaks}" if leaks else ""


async def _main(count: int, seed: int) -> Report:
    async with running_house() as house:
        return await fuzz(house, count, seed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="tests.gateway.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found = asyncio.run(_main(given.count, given.seed))
    for kind, times in sorted(found.sent.items()):
        statuses = {s: n for (k, s), n in sorted(found.answered.items()) if k == kind}
        print(f"{times:8} {kind}: {statuses}")
    for each in found.wrong[:20]:
        print(each)
    print(f"{sum(found.sent.values())} sent, {len(found.wrong)} answered wrongly")
    sys.exit(bool(found.wrong))
