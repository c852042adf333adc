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
from services.media.store.failing import fail
from tests.media.requests.house import NOON, OWNER, Desk, Shelf, a_caller

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
            self.waiters: dict[UUID, list[Caller]] = {}
            """Who asked, and behind them who follows."""
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

        def open_for(self, title: UUID) -> UUID | None:
            return next(
                (
                    each
                    for each, state in self.states.items()
                    if self.wanted[each] == title and state in OPEN
                ),
                None,
            )

        @rule(target=asked, who=st.integers(0, 1), what=st.integers(0, 2))
        def ask(self, who: int, what: int) -> UUID | None:
            title, person = self.titles[what], self.people[who]
            waiting = self.open_for(title)
            if title in self.here:
                assert self.reason_of(desk.ask(title, by=person)) == "already_available"
                return None
            if waiting is not None and person in self.waiters[waiting]:
                assert self.reason_of(desk.ask(title, by=person)) == "already_requested"
                return None
            made = self.wait(desk.ask(title, by=person))
            if waiting is not None:
                assert (made.id, made.followed_by_me) == (waiting, True)
                self.waiters[waiting].append(person)
                return None
            self.states[made.id] = made.state
            self.waiters[made.id] = [person]
            self.wanted[made.id] = title
            return made.id

        @rule(
            request=asked,
            step=st.sampled_from(
                [
                    *(Step.APPROVE, Step.DECLINE, Step.REOPEN, Step.RETRY),
                    *(Step.COMPLETE, Step.WITHDRAW),
                ]
            ),
        )
        def rule_on(self, request: UUID | None, step: Step) -> None:
            if request is None:
                return
            decide = {
                Step.APPROVE: desk.deciding.approve,
                Step.REOPEN: desk.deciding.reopen,
                Step.RETRY: desk.deciding.retry,
                Step.COMPLETE: desk.deciding.complete,
            }
            no = {
                Step.DECLINE: desk.deciding.decline,
                Step.WITHDRAW: desk.deciding.withdraw,
            }
            if step in no:
                reason = self.reason_of(no[step](request, "", by=OWNER))
            else:
                reason = self.reason_of(decide[step](request, by=OWNER))
            self.expect(request, step, reason)

        @rule(requests=st.lists(asked, min_size=1, max_size=4, unique=True))
        def approve_all(self, requests: list[UUID | None]) -> None:
            wanted = [each for each in requests if each is not None]
            if not wanted:
                return
            decided = self.wait(
                desk.deciding.decide_all(
                    [(Step.APPROVE, each, "", 0) for each in wanted], by=OWNER
                )
            )
            for each in decided:
                self.expect(each.request_id, Step.APPROVE, each.reason)

        @rule(request=asked)
        def give_up(self, request: UUID | None) -> None:
            if request is None:
                return

            async def failed() -> bool:
                async with database.transaction() as conn:
                    return await fail(conn, request, "no release", NOON)

            could = self.states[request] in MOVES[Step.FAIL].of
            assert self.wait(failed()) is could
            if could:
                self.states[request] = State.FAILED

        @rule(request=asked, who=st.integers(0, 1))
        def cancel(self, request: UUID | None, who: int) -> None:
            if request is None:
                return
            person, waiters = self.people[who], self.waiters[request]
            reason = self.reason_of(desk.deciding.cancel(request, by=person))
            if person not in waiters:
                assert reason == "request_missing"
            elif person is not waiters[0] or (
                self.states[request] is State.PENDING and len(waiters) > 1
            ):
                assert reason == ""
                waiters.remove(person)
            else:
                self.expect(request, Step.CANCEL, reason)

        @rule(what=st.integers(0, 2), state=st.sampled_from(["OK", "CORRUPT"]))
        def put(self, what: int, state: str) -> None:
            title = self.titles[what]
            arrived = self.wait(shelf.put(title, state=state))
            waiting = [
                each
                for each, known in self.states.items()
                if self.wanted[each] == title and known in MOVES[Step.ARRIVE].of
            ]
            if state != "OK":
                assert arrived == 0
                return
            self.here.add(title)
            assert arrived == len(waiting)
            for each in waiting:
                self.states[each] = State.AVAILABLE

        def expect(self, request: UUID, step: Step, reason: str) -> None:
            could = self.states[request] in MOVES[step].of
            title = self.wanted[request]
            if not could:
                words = {
                    Step.REOPEN: "closed",
                    Step.RETRY: "failed",
                    Step.COMPLETE: "approved",
                    Step.WITHDRAW: "approved",
                }
                assert reason == f"request_not_{words.get(step, 'pending')}"
            elif step in {Step.REOPEN, Step.RETRY} and title in self.here:
                assert reason == "already_available"
            elif step in {Step.REOPEN, Step.RETRY} and self.open_for(title):
                assert reason == "already_requested"
            else:
                assert reason == ""
                self.states[request] = MOVES[step].to

        @invariant()
        def each_sees_their_own_as_they_are(self) -> None:
            for person in self.people:
                page = self.wait(desk.seeing.page(Filter(), 100, None, by=person))
                seen = {each.id: each.state for each in page.requests}
                assert seen == {
                    each: state
                    for each, state in self.states.items()
                    if self.waiters[each][0] is person
                }
                counts = self.wait(desk.seeing.counts(by=person))
                assert Counter(seen.values()) == Counter(counts)
                followed = self.wait(
                    desk.seeing.page(Filter(is_followed=True), 100, None, by=person)
                )
                assert {each.id for each in followed.requests} == {
                    each for each, them in self.waiters.items() if person in them[1:]
                }

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
