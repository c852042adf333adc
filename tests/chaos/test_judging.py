"""Who compares records with databases sees what does not fit, and nothing else."""

import pytest

from tests.chaos.doctoring import DOCTORS
from tests.chaos.judging import faults, state_table
from tests.chaos.record import Ask, Record, Said, Step
from tests.chaos.truth import Line, Row, Told, Truth

EVENTS = (
    Told(1, "r1", "request.created", "PENDING"),
    Told(2, "r2", "request.created", "APPROVED"),
    Told(4, "r1", "request.approved", "APPROVED"),
    Told(5, "r3", "request.created", "PENDING"),
    Told(9, "r3", "request.canceled", "CANCELED"),
)


def a_record() -> Record:
    return Record(
        asks=[
            Ask("ada", "t1", "k1", Said.YES, ("r1", "r1")),
            Ask("bob", "t1", "k2", Said.NO),
            Ask("olga", "t2", "k3", Said.YES, ("r2",)),
            # Nobody was told of it, and it was made all the same.
            Ask("ada", "t3", "k4", Said.UNKNOWN),
            # And this one was not.
            Ask("bob", "t4", "k5", Said.UNKNOWN),
        ],
        steps=[
            Step("olga", "r1", "APPROVED", Said.YES),
            Step("eve", "r1", "APPROVED", Said.NO),
            Step("eve", "r1", "DECLINED", Said.UNKNOWN),
            Step("ada", "r3", "CANCELED", Said.UNKNOWN),
        ],
    )


def a_truth() -> Truth:
    return Truth(
        requests={
            "r1": Row("r1", "ada", "t1", "APPROVED"),
            "r2": Row("r2", "olga", "t2", "APPROVED"),
            "r3": Row("r3", "ada", "t3", "CANCELED"),
        },
        history=(
            Line("r1", "", "PENDING", "ada"),
            Line("r2", "", "APPROVED", "olga"),
            Line("r1", "PENDING", "APPROVED", "olga"),
            Line("r3", "", "PENDING", "ada"),
            Line("r3", "PENDING", "CANCELED", "ada"),
        ),
        outbox=EVENTS,
        told=EVENTS,
        counts={
            ("ada", "APPROVED"): 1,
            ("ada", "PENDING"): 0,
            ("ada", "CANCELED"): 1,
            ("olga", "APPROVED"): 1,
        },
    )


def test_what_fits_has_no_faults() -> None:
    assert faults(a_record(), a_truth()) == []


@pytest.mark.parametrize("what", DOCTORS)
def test_what_does_not_fit_is_seen(what: str) -> None:
    assert faults(*DOCTORS[what](a_record(), a_truth()))


def test_what_nobody_heard_an_answer_to_may_be_there_or_not() -> None:
    record, truth = a_record(), a_truth()
    record.asks.append(Ask("ada", "t1", "k9", Said.UNKNOWN))
    record.steps.append(Step("olga", "r3", "APPROVED", Said.UNKNOWN))

    assert faults(record, truth) == []


def test_an_event_that_is_told_again_does_no_harm() -> None:
    truth = a_truth()
    again = Truth(
        truth.requests,
        truth.history,
        truth.outbox,
        (*EVENTS[:3], EVENTS[1], *EVENTS[3:]),
        truth.counts,
    )

    assert faults(a_record(), again) == []


def test_the_table_of_states_is_the_document_s() -> None:
    assert {("", "PENDING"), ("", "APPROVED"), ("PENDING", "DECLINED")} <= state_table()
    assert ("APPROVED", "AVAILABLE") in state_table()
    assert ("AVAILABLE", "PENDING") not in state_table()
    assert ("", "DECLINED") not in state_table()
