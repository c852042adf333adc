"""Ways to make a record and a database that fit into ones that do not: whoever compares
them must see each."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.chaos.record import Ask, Record, Said, Step
from tests.chaos.truth import Line, Told, Truth

Doctor = Callable[[Record, Truth], tuple[Record, Truth]]


def _lose_a_request(record: Record, truth: Truth) -> tuple[Record, Truth]:
    gone = next(each.request_ids[0] for each in record.asks if each.request_ids)
    return record, replace(
        truth,
        requests={k: row for k, row in truth.requests.items() if k != gone},
        history=tuple(x for x in truth.history if x.request_id != gone),
        outbox=tuple(x for x in truth.outbox if x.request_id != gone),
        told=tuple(x for x in truth.told if x.request_id != gone),
    )


def _make_it_another_one(record: Record, truth: Truth) -> tuple[Record, Truth]:
    asked = next(each.request_ids[0] for each in record.asks if each.request_ids)
    row = replace(truth.requests[asked], title_id="something-else")
    return record, replace(truth, requests=truth.requests | {asked: row})


def _make_two_of_a_key(record: Record, truth: Truth) -> tuple[Record, Truth]:
    number = next(n for n, each in enumerate(record.asks) if each.request_ids)
    ask = record.asks[number]
    asks = list(record.asks)
    asks[number] = replace(ask, request_ids=(*ask.request_ids, "another"))
    return replace(record, asks=asks), truth


def _say_no_to_what_was_made(record: Record, truth: Truth) -> tuple[Record, Truth]:
    def no(ask: Ask) -> Ask:
        return replace(ask, said=Said.NO, request_ids=())

    return replace(record, asks=[no(each) for each in record.asks]), truth


def _forget_a_decision(record: Record, truth: Truth) -> tuple[Record, Truth]:
    one = _decided(truth)
    step = Step("nobody", one.request_id, one.to, Said.YES)
    return replace(record, steps=[*record.steps, step]), truth


def _decide_twice(record: Record, truth: Truth) -> tuple[Record, Truth]:
    one = _decided(truth)
    at = truth.history.index(one) + 1
    history = (*truth.history[:at], one, *truth.history[at:])
    return record, replace(truth, history=history)


def _leave_the_table(record: Record, truth: Truth) -> tuple[Record, Truth]:
    """A beginning that the document does not know, with everything else in order."""
    lines = Counter(each.request_id for each in truth.history)
    own = next(request_id for request_id, times in lines.items() if times == 1)
    row = replace(truth.requests[own], state="FAILED")
    was = truth.requests[own].state

    def failed(each: Told) -> Told:
        return replace(each, state="FAILED") if each.request_id == own else each

    return record, replace(
        truth,
        requests=truth.requests | {own: row},
        history=tuple(
            replace(each, to="FAILED") if each.request_id == own else each
            for each in truth.history
        ),
        outbox=tuple(map(failed, truth.outbox)),
        told=tuple(map(failed, truth.told)),
        counts=truth.counts
        | {
            (row.user_id, "FAILED"): 1,
            (row.user_id, was): truth.counts[row.user_id, was] - 1,
        },
    )


def _stop_elsewhere(record: Record, truth: Truth) -> tuple[Record, Truth]:
    one = _decided(truth)
    row = replace(truth.requests[one.request_id], state="AVAILABLE")
    return record, replace(truth, requests=truth.requests | {one.request_id: row})


def _have_two_of_one_title(record: Record, truth: Truth) -> tuple[Record, Truth]:
    row = next(iter(truth.requests.values()))
    waits = replace(row, state="PENDING")
    twice = {row.id: waits, "another": replace(waits, id="another")}
    return record, replace(truth, requests=truth.requests | twice)


def _forget_who_waits(record: Record, truth: Truth) -> tuple[Record, Truth]:
    one = next(iter(truth.requests.values()))
    asked = Ask("a-stranger", one.title_id, "key", Said.YES, (one.id,))
    return replace(record, asks=[*record.asks, asked]), truth


def _exceed_a_quota(record: Record, truth: Truth) -> tuple[Record, Truth]:
    asker = next(line.by for line in truth.history if not line.of)
    return replace(record, limits={asker: 0}), truth


def _miss_an_event(record: Record, truth: Truth) -> tuple[Record, Truth]:
    gone = truth.outbox[len(truth.outbox) // 2]
    return record, replace(
        truth,
        outbox=tuple(each for each in truth.outbox if each != gone),
        told=tuple(each for each in truth.told if each != gone),
    )


def _tell_in_another_order(record: Record, truth: Truth) -> tuple[Record, Truth]:
    one = _decided(truth)
    own = [each for each in truth.outbox if each.request_id == one.request_id]
    places = [each.position for each in own]
    moved = {
        each.position: replace(each, position=place)
        for each, place in zip(own, reversed(places), strict=True)
    }
    mixed = (moved.get(each.position, each) for each in truth.outbox)
    outbox = tuple(sorted(mixed, key=lambda each: each.position))
    return record, replace(truth, outbox=outbox, told=outbox)


def _do_not_tell_one(record: Record, truth: Truth) -> tuple[Record, Truth]:
    return record, replace(truth, told=truth.told[:-1])


def _tell_one_too_late(record: Record, truth: Truth) -> tuple[Record, Truth]:
    first, *others = truth.told
    return record, replace(truth, told=(*others, first))


def _miscount(record: Record, truth: Truth) -> tuple[Record, Truth]:
    of, count = next(iter(truth.counts.items()))
    return record, replace(truth, counts=truth.counts | {of: count + 1})


def _answer_with_an_error(record: Record, truth: Truth) -> tuple[Record, Truth]:
    return replace(record, unclear=["500 {}"]), truth


def _decided(truth: Truth) -> Line:
    return next(line for line in truth.history if line.of)


DOCTORS: Mapping[str, Doctor] = {
    "lose a request": _lose_a_request,
    "make it another one": _make_it_another_one,
    "make two of a key": _make_two_of_a_key,
    "say no to what was made": _say_no_to_what_was_made,
    "forget a decision": _forget_a_decision,
    "decide twice": _decide_twice,
    "leave the table": _leave_the_table,
    "stop elsewhere": _stop_elsewhere,
    "have two of one title": _have_two_of_one_title,
    "forget who waits": _forget_who_waits,
    "exceed a quota": _exceed_a_quota,
    "miss an event": _miss_an_event,
    "tell in another order": _tell_in_another_order,
    "do not tell one": _do_not_tell_one,
    "tell one too late": _tell_one_too_late,
    "miscount": _miscount,
    "answer with an error": _answer_with_an_error,
}
