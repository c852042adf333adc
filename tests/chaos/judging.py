"""Compares what clients were told with what is there. Says what does not fit."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from tests.chaos.record import Record, Said
from tests.chaos.truth import Line, Told, Truth
from tests.data import ROOT

_STATES_OF = ROOT / "docs" / "architecture.md"
_TABLE = "## A media request's states"
_STATE = re.compile(r"\b[A-Z]{6,}\b")
_MOVES = {
    *("request.created", "request.approved", "request.declined", "request.canceled"),
    *("request.available", "request.failed", "request.retried", "request.reopened"),
}


def faults(record: Record, truth: Truth) -> list[str]:
    """Each one a sentence. None: nothing was lost, done twice or told wrongly."""
    return [
        *(f"unclear: {each}" for each in record.unclear),
        *_lost_asks(record, truth),
        *_unasked(record, truth),
        *_steps(record, truth),
        *_chains(truth),
        *_doubles(truth),
        *_overruns(record, truth),
        *_events(truth),
        *_stream(truth),
        *_miscounted(truth),
    ]


def _lost_asks(record: Record, truth: Truth) -> Iterator[str]:
    """No acknowledged request is lost, and a key has one: one's own, or one that
    somebody else had asked for, and that is followed since."""
    left = {
        (step.request_id, step.user_id)
        for step in record.steps
        if step.to in {"CANCELED", "LEFT"} and step.said is not Said.NO
    }
    for ask in record.asks:
        named = set(ask.request_ids)
        if len(named) > 1:
            yield f"the key {ask.key} has several requests: {sorted(named)}"
        for request_id in named:
            row = truth.requests.get(request_id)
            if row is None:
                yield f"the request {request_id} was acknowledged, and is lost"
            elif row.title_id != ask.title_id:
                yield f"the request {request_id} is another one than was asked for"
            elif (
                ask.user_id not in {row.user_id, *row.followers}
                and (request_id, ask.user_id) not in left
            ):
                yield f"{ask.user_id} asked for {request_id}, and does not wait for it"


def _unasked(record: Record, truth: Truth) -> Iterator[str]:
    """Nobody has made a request that they did not ask for, or were told that there is
    none of."""
    may_be: Counter[tuple[str, str]] = Counter()
    for ask in record.asks:
        if ask.said is not Said.NO:
            may_be[ask.user_id, ask.title_id] += 1
    titles = {row.id: row.title_id for row in truth.requests.values()}
    made = Counter(
        (line.by, titles.get(line.request_id, ""))
        for line in truth.history
        if not line.of
    )
    for of, times in made.items():
        if times > may_be[of]:
            yield f"{of} made {times} requests, and asked for {may_be[of]} at most"


def _steps(record: Record, truth: Truth) -> Iterator[str]:
    """What was decided stands in the history: once for each yes, and no more often than
    somebody tried."""
    taken = Counter(
        (line.request_id, line.to, line.by)
        for line in truth.history
        if line.of not in {"", line.to}
    )
    yes: Counter[tuple[str, str, str]] = Counter()
    tried: Counter[tuple[str, str, str]] = Counter()
    for step in record.steps:
        what = (step.request_id, step.to, step.user_id)
        yes[what] += step.said is Said.YES and step.to != "LEFT"
        tried[what] += step.said is not Said.NO
    for what, times in yes.items():
        if taken[what] < times:
            yield f"{what} was acknowledged {times} times, and done {taken[what]}"
    people = {step.user_id for step in record.steps}
    for what, times in taken.items():
        if what[2] in people and times > tried[what]:
            yield f"{what} was done {times} times, and tried {tried[what]}"


def _chains(truth: Truth) -> Iterator[str]:
    """Each history is a path of the table in docs/architecture.md, and ends where the
    request is."""
    paths = _histories(truth)
    for request_id, row in truth.requests.items():
        path = paths.pop(request_id, [])
        if not path or path[0].of:
            yield f"{request_id} has no beginning"
            continue
        for before, after in pairwise(path):
            if after.of != before.to:
                yield f"{request_id} went from {after.of}, but was {before.to}"
        for line in path:
            if line.of != line.to and (line.of, line.to) not in state_table():
                yield f"{request_id} went from {line.of or 'nothing'} to {line.to}"
        if path[-1].to != row.state:
            yield f"{request_id} is {row.state}, but went to {path[-1].to}"
    for request_id in paths:
        yield f"{request_id} has a history, and is not there"


def _doubles(truth: Truth) -> Iterator[str]:
    """Who asks for what is waited for waits with the others."""
    waits = Counter(
        row.title_id
        for row in truth.requests.values()
        if row.state in {"PENDING", "APPROVED"}
    )
    for title_id, times in waits.items():
        if times > 1:
            yield f"{times} requests wait for one title: {title_id}"


def _overruns(record: Record, truth: Truth) -> Iterator[str]:
    """At no time has anybody asked for more than they may. What was declined, taken
    back or handed over counts no more."""
    spent: Counter[str] = Counter()
    spender: dict[str, str] = {}
    for line in truth.history:
        if not line.of:
            spender[line.request_id] = line.by
            spent[line.by] += 1
            limit = record.limits.get(line.by)
            if limit is not None and spent[line.by] > limit:
                yield f"{line.by} may have {limit}, and has {spent[line.by]}"
        elif line.of == line.to or line.to in {"DECLINED", "CANCELED"}:
            spent[spender.pop(line.request_id, "")] -= 1


def _events(truth: Truth) -> Iterator[str]:
    """What happened to a request was told once each, in the order it happened."""
    told: dict[str, list[str]] = defaultdict(list)
    for event in truth.outbox:
        if event.type in _MOVES:
            told[event.request_id].append(event.state)
    for request_id, path in _histories(truth).items():
        happened = [line.to for line in path if line.of != line.to]
        if told.pop(request_id, []) != happened:
            yield f"{request_id} went {happened}, and that is not what was told"
    for request_id in told:
        yield f"{request_id} was told of, and has no history"


def _stream(truth: Truth) -> Iterator[str]:
    """The stream tells all that is in the outbox, in its order."""
    heard: list[Told] = []
    for event in truth.told:
        if not heard or event.position > heard[-1].position:
            heard.append(event)
        elif event not in heard:
            yield f"the stream told {event} behind {heard[-1].position}"
    missing = set(truth.outbox) - set(heard)
    invented = set(heard) - set(truth.outbox)
    yield from (f"the stream did not tell {each}" for each in sorted(missing, key=str))
    yield from (f"the stream made up {each}" for each in sorted(invented, key=str))


def _miscounted(truth: Truth) -> Iterator[str]:
    there = Counter((row.user_id, row.state) for row in truth.requests.values())
    for of in there.keys() | truth.counts.keys():
        if there[of] != truth.counts.get(of, 0):
            yield f"{of}: {there[of]} are there, counted {truth.counts.get(of, 0)}"


def _histories(truth: Truth) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = defaultdict(list)
    for line in truth.history:
        found[line.request_id].append(line)
    return found


@cache
def state_table() -> frozenset[tuple[str, str]]:
    """From which state to which a request may go, as the document says. Nothing of the
    code is asked: it could only agree with itself."""
    _, _, behind = _STATES_OF.read_text().partition(_TABLE)
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|", behind, re.MULTILINE)
    return frozenset(
        (of, to)
        for many, whereto in rows
        for of in _STATE.findall(many) or [""]
        for to in _STATE.findall(whereto)
    )
