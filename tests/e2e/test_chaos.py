"""Everybody asks and decides while everything is killed: nothing that was acknowledged
is lost, done twice or told wrongly. `make chaos` does it for minutes."""

from pathlib import Path

import pytest

from tests.chaos.chaos import chaos
from tests.chaos.doctoring import DOCTORS
from tests.chaos.judging import faults
from tests.chaos.record import Record

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def enough(record: Record) -> bool:
    return bool(record.kills and record.refusals["quota_used_up"])


async def test_what_clients_were_told_is_what_is_there(lived_in: Path) -> None:
    outcome = await chaos(10, 50, seed=1, like=lived_in, enough=enough)

    assert outcome.faults() == []
    record, truth = outcome.record, outcome.truth
    assert record.kills
    assert record.refusals["quota_used_up"]
    assert any(row.followers for row in truth.requests.values())
    assert len(truth.requests) >= 50
    assert any(line.of for line in truth.history)
    seen = [what for what in DOCTORS if faults(*DOCTORS[what](record, truth))]
    assert seen == list(DOCTORS), "who compares does not see it"
