"""Keeping rules: made, read, changed, put in order and forgotten."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.ids import uuid7
from services.media.domain.rules.errors import RequestRuleInvalid
from services.media.domain.rules.rule import Rule, RuleDraft

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Move:
    rule_id: UUID
    position: int
    """From 1; behind the last one means the last."""
    if_version: int
    """The rule's; 0: whatever it is."""
    if_order_version: int
    """That of all rules; 0: however they are."""


class Rules(Protocol):
    """What must be stored of rules. Those who change them take turns."""

    async def add(self, rule: Rule, most: int, by: Caller, once: Once) -> Rule:
        """Behind the others, wherever it says it stands. The rule of an earlier call
        with the same `once`, as it is now. Raises RequestRuleExists and
        TooManyRequestRules."""

    async def find(self, rule_id: UUID) -> Rule:
        """Raises RequestRuleMissing."""

    async def page(self, after: int, limit: int) -> tuple[Sequence[Rule], int]:
        """At most `limit` behind a position, and the version of all."""

    async def change(
        self,
        rule_id: UUID,
        if_version: int,
        now: datetime,
        decide: Callable[[RuleDraft], RuleDraft],
    ) -> Rule:
        """Make the rule what is decided of what it is, if that is its version or 0.
        Raises RequestRuleMissing, VersionChanged, RequestRuleExists, and what
        `decide` raises."""

    async def move(self, move: Move, now: datetime) -> Rule:
        """Raises RequestRuleMissing and VersionChanged."""

    async def remove(self, rule_id: UUID, if_version: int, now: datetime) -> None:
        """Raises RequestRuleMissing and VersionChanged."""


class RuleKeeping:
    def __init__(self, rules: Rules, clock: Clock) -> None:
        self._rules = rules
        self._clock = clock

    async def add(self, draft: RuleDraft, by: Caller, once: Once) -> Rule:
        now = self._clock.now()
        rule = Rule(uuid7(now), draft.settled(), MOST_RULES, now, now, version=1)
        return await self._rules.add(rule, MOST_RULES, by, once)

    async def change(
        self,
        rule_id: UUID,
        revise: Callable[[RuleDraft], RuleDraft],
        if_version: int,
    ) -> Rule:
        return await self._rules.change(
            rule_id,
            if_version,
            self._clock.now(),
            lambda draft: revise(draft).settled(),
        )

    async def move(self, move: Move) -> Rule:
        """Raises RequestRuleInvalid, too."""
        if not 1 <= move.position <= MOST_RULES:
            raise RequestRuleInvalid(
                f"position is 1 to {MOST_RULES}.", field="position"
            )
        return await self._rules.move(move, self._clock.now())

    async def remove(self, rule_id: UUID, if_version: int) -> None:
        await self._rules.remove(rule_id, if_version, self._clock.now())
