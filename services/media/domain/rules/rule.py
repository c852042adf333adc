"""A rule, and what rules in their order say of a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.media.domain.requests.choices import Choices
from services.media.domain.requests.ruling import Verdict
from services.media.domain.rules.conditions import Case, Conditions, Mismatch
from services.media.domain.rules.errors import RequestRuleInvalid

LONGEST_NAME = 100
NO_CHOICES = Choices()
OFF = Mismatch("enabled", "The rule is off.")


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What somebody says that a rule is."""

    name: str
    enabled: bool = True
    conditions: Conditions = field(default_factory=Conditions)
    approves: bool = False
    choices: Choices = field(default_factory=Choices)

    def settled(self) -> "RuleDraft":
        """As it is kept. Raises RequestRuleInvalid."""
        name = self.name.strip()
        if not 0 < len(name) <= LONGEST_NAME or "\0" in name:
            raise RequestRuleInvalid(
                f"name has 1 to {LONGEST_NAME} characters.", field="name"
            )
        if fault := self.choices.fault():
            raise RequestRuleInvalid(
                f"{fault[0]} {fault[1]}.", field=f"choices.{fault[0]}"
            )
        if not self.approves and self.choices == NO_CHOICES:
            raise RequestRuleInvalid(
                "A rule approves, or chooses something, or both.", field="approves"
            )
        return replace(self, name=name, conditions=self.conditions.settled())

    @property
    def chooses(self) -> bool:
        return self.choices != NO_CHOICES


@dataclass(frozen=True, slots=True)
class Rule:
    id: UUID
    draft: RuleDraft
    position: int
    created_at: datetime
    updated_at: datetime
    version: int

    def mismatch(self, case: Case) -> Mismatch | None:
        """Why it says nothing of a request; None when it does."""
        return self.draft.conditions.mismatch(case) if self.draft.enabled else OFF


@dataclass(frozen=True, slots=True)
class Saying:
    """What a rule makes of a request, among the others."""

    rule: Rule
    mismatch: Mismatch | None
    approves: bool = False
    chooses: bool = False

    @property
    def why(self) -> str:
        """In words, why it has no say; empty when it has all that it could."""
        if self.mismatch is not None:
            return self.mismatch.why
        late = [
            word
            for word, could, does in (
                ("approves", self.rule.draft.approves, self.approves),
                ("chooses", self.rule.draft.chooses, self.chooses),
            )
            if could and not does
        ]
        return f"A rule before it {' and '.join(late)}." if late else ""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What all rules say of a request, in their order."""

    sayings: Sequence[Saying]

    @property
    def approved_by(self) -> Rule | None:
        return next((each.rule for each in self.sayings if each.approves), None)

    @property
    def chosen_by(self) -> Rule | None:
        return next((each.rule for each in self.sayings if each.chooses), None)

    @property
    def verdict(self) -> Verdict:
        approving, choosing = self.approved_by, self.chosen_by
        return Verdict(
            approves=approving is not None,
            choices=choosing.draft.choices if choosing else NO_CHOICES,
            rule_ids=tuple(
                each.rule.id for each in self.sayings if each.approves or each.chooses
            ),
        )


def ruled(rules: Sequence[Rule], case: Case) -> Ruled:
    """Of the rules that match, the first that approves does, and the first that
    chooses does: these may be two."""
    sayings = []
    is_approved = is_chosen = False
    for rule in rules:
        mismatch = rule.mismatch(case)
        matched = mismatch is None
        approves = matched and rule.draft.approves and not is_approved
        chooses = matched and rule.draft.chooses and not is_chosen
        is_approved, is_chosen = is_approved or approves, is_chosen or chooses
        sayings.append(Saying(rule, mismatch, approves, chooses))
    return Ruled(sayings)
