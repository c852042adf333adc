"""Whatever people and files do, in whatever order: the store agrees with the table."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kit.caller import Caller
from kit.errors import Failure
from kit.postgres import Database
from services.media.domain.requests.permissions import REQUEST
from services.media.domain.requests.seeing import Filter
from services.media.domain.requests.states import MOVES, OPEN, State, Step
from tests.media.requests.house import OWNER, Desk, Shelf, a_caller

Answer = TypeVar("Answer")
_numbers = count()


def test_every_state_but_available_can_be_left() -> None:
    left = set().union(*(move.of for move in MOVES.values()))
    reached = {move.to for move in MOVES.values()}

    assert left == set(State) - {State.AVAILABLE}
    assert reached == set(State)
    assert set(MOVES) == set(Step)


async def test_the_store_follows_the_table(  # noqa: C901 - the rules of one story
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    loop = asyncio.get_running_loop()

    class Requests(RuleBasedStateMachine):
        asked = Bundle("asked")

        def __init__(self) -> None:
            super().__init__()
            number = next(_numbers)
            self.people = [
                a_caller(f"{who}{number}", REQUEST) for who in ("Ada", "Bob")
            ]
            self.titles = self.wait(shelf.titles(3))
            self.states: dict[UUID, State] = {}
            self.askers: dict[UUID, Caller] = {}
            self.wanted: dict[UUID, UUID] = {}
            self.here: set[UUID] = set()

        def wait(self, work: Coroutine[Any, Any, Answer]) -> Answer:
            return asyncio.run_coroutine_threadsafe(work, loop).result(timeout=20)

        def reason_of(self, work: Coroutine[Any, Any, Any]) -> str:
            try:
                self.wait(work)
            except Failure as failure:
                return failure.reason
            return ""

        @rule(target=asked, who=st.integers(0, 1), what=st.integers(0, 2))
        def ask(self, who: int, what: int) -> UUID | None:
            title, person = self.titles[what], self.people[who]
            waiting = any(
                self.wanted[each] == title and state in OPEN
                for each, state in self.states.items()
            )
            if title in self.here or waiting:
                reason = self.reason_of(desk.ask(title, by=person))
                shelved = title in self.here
                assert reason == f"already_{'available' if shelved else 'requested'}"
                return None
            made = self.wait(desk.ask(title, by=person))
            self.states[made.id] = made.state
            self.askers[made.id] = person
            self.wanted[made.id] = title
            return made.id

        @rule(request=asked, step=st.sampled_from([Step.APPROVE, Step.DECLINE]))
        def rule_on(self, request: UUID | None, step: Step) -> None:
            if request is None:
                return
            if step is Step.APPROVE:
                reason = self.reason_of(desk.deciding.approve(request, by=OWNER))
            else:
                reason = self.reason_of(desk.deciding.decline(request, "", by=OWNER))
            self.expect(request, step, reason)

        @rule(request=asked, who=st.integers(0, 1))
        def cancel(self, request: UUID | None, who: int) -> None:
            if request is None:
                return
            person = self.people[who]
            reason = self.reason_of(desk.deciding.cancel(request, by=person))
            if person is self.askers[request]:
                self.expect(request, Step.CANCEL, reason)
            else:
                assert reason == "request_missing"

        @rule(what=st.integers(0, 2), state=st.sampled_from(["OK", "CORRUPT"]))
        def put(self, what: int, state: str) -> None:
            title = self.titles[what]
            arrived = self.wait(shelf.put(title, state=state))
            waiting = [
                each
                for each, known in self.states.items()
                if self.wanted[each] == title and known in OPEN
            ]
            if state != "OK":
                assert arrived == 0
                return
            self.here.add(title)
            assert arrived == len(waiting)
            for each in waiting:
                self.states[each] = State.AVAILABLE

        def expect(self, request: UUID, step: Step, reason: str) -> None:
            if self.states[request] in MOVES[step].of:
                assert reason == ""
                self.states[request] = MOVES[step].to
            else:
                assert reason == "request_not_pending"

        @invariant()
        def each_sees_their_own_as_they_are(self) -> None:
            for person in self.people:
                page = self.wait(
                    desk.seeing.page(Filter(None, None), 100, None, by=person)
                )
                seen = {each.id: each.state for each in page.requests}
                assert seen == {
                    each: state
                    for each, state in self.states.items()
                    if self.askers[each] is person
                }
                counts = self.wait(desk.seeing.counts(by=person))
                assert Counter(seen.values()) == Counter(counts)

    await asyncio.to_thread(
        run_state_machine_as_test,
        Requests,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    wrong = await database.fetchval(
        """
        SELECT count(counted.requested_by)
          FROM (SELECT requested_by, state, count(id) AS count
                  FROM requests
                 GROUP BY requested_by, state) AS counted
          FULL JOIN request_counts AS kept USING (requested_by, state)
         WHERE coalesce(counted.count, 0) <> coalesce(kept.count, 0)
        """
    )
    assert wrong == 0
