"""People who ask, approve and take back, and write down what they were told."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from tests.chaos.record import Ask, Record, Said, Step
from tests.e2e.client import Answer, Json, Person
from tests.waiting import eventually

_WANTED = 100
_TO = {"approve": "APPROVED", "decline": "DECLINED", "cancel": "CANCELED"}
_AWAY = {503, 504}
_CLEAR_NO = {403, 404, 409, 412}
_PAUSE_S = (0.05, 0.4)


@dataclass
class Pool:
    """The requests that somebody was told of, for others to decide on."""

    request_ids: list[str] = field(default_factory=list)

    def some(self, chance: random.Random) -> str | None:
        """One of the latest, which others are at as well."""
        latest = self.request_ids[-40:]
        return chance.choice(latest) if latest else None


class Somebody:
    def __init__(
        self,
        person: Person,
        titles: Sequence[str],
        pool: Pool,
        record: Record,
        chance: random.Random,
        *,
        decides: bool,
    ) -> None:
        self._person = person
        self._titles = titles
        self._pool = pool
        self._record = record
        self._chance = chance
        self._decides = decides
        self._own: list[str] = []

    async def act(self) -> None:
        """Do one thing, and write down what was told."""
        dice = self._chance.random()
        if self._decides and dice < 0.1 and self._pool.request_ids:
            await self._decide_many()
            return
        if self._decides and dice < 0.7 and (one := self._pool.some(self._chance)):
            await self._step(one, self._chance.choice(["approve", "decline"]))
        elif dice < 0.3 and self._own:
            await self._step(self._chance.choice(self._own[-8:]), "cancel")
        else:
            await self._ask()

    async def _ask(self) -> None:
        """With one key, again when nothing is known of it: three times out of four."""
        # Half of the time for what others ask for as well.
        titles = self._titles[: self._chance.choice([_WANTED, len(self._titles)])]
        title_id, key = self._chance.choice(titles), uuid4().hex
        told: list[str] = []
        said = Said.UNKNOWN
        was_unknown = False
        while said is Said.UNKNOWN:
            answer = await self._tell(
                "/v1/requests", {"titleId": title_id}, **{"Idempotency-Key": key}
            )
            said = self._said(answer)
            was_unknown |= said is Said.UNKNOWN
            if answer is not None and said is Said.YES:
                told.append(answer.body["id"])
            if said is Said.UNKNOWN and self._chance.random() < 0.25:
                break
        if said is Said.YES and self._chance.random() < 0.1:
            told += await self._ask_again(title_id, key)
        if said is Said.NO and was_unknown:
            # What was sent first may still be done.
            said = Said.UNKNOWN
        self._record.asks.append(Ask(self._person.id, title_id, key, said, tuple(told)))
        if told:
            self._own.append(told[0])
            self._pool.request_ids.append(told[0])

    async def _ask_again(self, title_id: str, key: str) -> list[str]:
        """As a program does whose answer was lost."""
        answer = await self._tell(
            "/v1/requests", {"titleId": title_id}, **{"Idempotency-Key": key}
        )
        if answer is None or self._said(answer) is not Said.YES:
            return []
        return [answer.body["id"]]

    async def _step(self, request_id: str, verb: str) -> None:
        answer = await self._tell(f"/v1/requests/{request_id}:{verb}", {})
        said, to = self._said(answer), _TO[verb]
        if verb == "cancel" and answer is not None and said is Said.YES:
            to = to if answer.body["state"] == to else "LEFT"
        self._record.steps.append(Step(self._person.id, request_id, to, said))

    async def _decide_many(self) -> None:
        """In one call, and one transaction."""
        latest = self._pool.request_ids[-40:]
        chosen = self._chance.sample(sorted(set(latest)), min(5, len(set(latest))))
        actions = {each: self._chance.choice(["APPROVE", "DECLINE"]) for each in chosen}
        answer = await self._tell(
            "/v1/requests:batchDecide",
            {
                "decisions": [
                    {"requestId": request_id, "action": action}
                    for request_id, action in actions.items()
                ]
            },
        )
        said = self._said(answer)
        done = dict.fromkeys(actions, said)
        if answer is not None and said is Said.YES:
            for each in answer.body["results"]:
                done[each["requestId"]] = Said.NO if each["reason"] else Said.YES
        for request_id, action in actions.items():
            to = _TO[action.lower()]
            self._record.steps.append(
                Step(self._person.id, request_id, to, done[request_id])
            )

    async def _tell(self, path: str, body: Json, **headers: str) -> Answer | None:
        """The answer; None where there was none."""
        answer = None
        with suppress(aiohttp.ClientError, TimeoutError):
            answer = await self._person.ask("POST", path, body, **headers)
        if answer is None or answer.status in _AWAY:
            # As a program does: soon again, and not all at once.
            await asyncio.sleep(self._chance.uniform(*_PAUSE_S))
        return answer

    def _said(self, answer: Answer | None) -> Said:
        if answer is None or answer.status in _AWAY:
            return Said.UNKNOWN
        if answer.status == 200:
            return Said.YES
        self._record.refusals[answer.body.get("reason", "")] += 1
        if answer.status not in _CLEAR_NO:
            self._record.unclear.append(f"{answer.status} {answer.body}")
        return Said.NO


async def act(
    everybody: Sequence[Somebody], seconds: float, enough: Callable[[], bool]
) -> None:
    """All at once, for so long and until there is `enough`, four times as long at most.
    Whoever waits for an answer then still gets it, or knows that there is none."""
    async with asyncio.TaskGroup() as group:
        leaving = asyncio.Event()
        for each in everybody:
            group.create_task(_until(each, leaving))
        await asyncio.sleep(seconds)
        with suppress(TimeoutError):
            await eventually(enough, within_s=3 * seconds)
        leaving.set()


async def _until(somebody: Somebody, leaving: asyncio.Event) -> None:
    while not leaving.is_set():
        await somebody.act()
