"""Rules in the words of the contract."""

from collections.abc import Iterable

from kit.errors import Invalid
from medianest.media.v1 import rules_pb2
from services.media.domain.requests.ruling import Asked
from services.media.domain.rules.conditions import Conditions
from services.media.domain.rules.rule import Rule, Ruled, RuleDraft, Saying
from services.media.domain.titles import Kind
from services.media.rpc.choices_wire import choices_from_wire, choices_to_wire
from services.media.rpc.masks import take
from services.media.rpc.request_wire import time_to_wire
from services.media.rpc.wire import KIND_TO_WIRE

_BYTES_OF_A_GB = 1_000_000_000
_KINDS: dict[int, Kind] = {wire: kind for kind, wire in KIND_TO_WIRE.items()}
CHANGEABLE = ("name", "enabled", "approves", "choices", "conditions")


def rule_to_wire(rule: Rule) -> rules_pb2.RequestRule:
    wire = draft_to_wire(rule.draft)
    wire.MergeFrom(
        rules_pb2.RequestRule(
            id=str(rule.id),
            position=rule.position,
            version=rule.version,
            created_at=time_to_wire(rule.created_at),
            updated_at=time_to_wire(rule.updated_at),
        )
    )
    return wire


def draft_to_wire(draft: RuleDraft) -> rules_pb2.RequestRule:
    when = draft.conditions
    return rules_pb2.RequestRule(
        name=draft.name,
        enabled=draft.enabled,
        approves=draft.approves,
        choices=choices_to_wire(draft.choices),
        conditions=rules_pb2.RequestRuleConditions(
            user_ids=when.user_ids,
            roles=when.roles,
            kinds=[KIND_TO_WIRE[kind] for kind in when.kinds],
            is_4k=when.is_4k,
            genres_any=when.genres_any,
            genres_none=when.genres_none,
            languages=when.languages,
            year_from=when.year_from,
            year_to=when.year_to,
            rating_from=when.rating_from,
            rating_to=when.rating_to,
            size_from_gb=when.size_from_gb,
            size_to_gb=when.size_to_gb,
        ),
    )


def draft_from_wire(wire: rules_pb2.RequestRule) -> RuleDraft:
    """Raises Invalid."""
    when = wire.conditions
    return RuleDraft(
        name=wire.name,
        enabled=wire.enabled or not wire.HasField("enabled"),
        approves=wire.approves,
        choices=choices_from_wire(wire.choices, "choices"),
        conditions=Conditions(
            user_ids=tuple(when.user_ids),
            roles=tuple(when.roles),
            kinds=_kinds(when.kinds),
            is_4k=when.is_4k if when.HasField("is_4k") else None,
            genres_any=tuple(when.genres_any),
            genres_none=tuple(when.genres_none),
            languages=tuple(when.languages),
            year_from=when.year_from,
            year_to=when.year_to,
            rating_from=when.rating_from,
            rating_to=when.rating_to,
            size_from_gb=when.size_from_gb,
            size_to_gb=when.size_to_gb,
        ),
    )


def revised(
    draft: RuleDraft, wanted: rules_pb2.RequestRule, named: Iterable[str]
) -> RuleDraft:
    """The draft, with what is named as it is wanted. Raises Invalid."""
    wire = draft_to_wire(draft)
    take(named, wanted, wire)
    return draft_from_wire(wire)


def explained_to_wire(
    asked: Asked, said: Ruled
) -> rules_pb2.ExplainRequestRulesResponse:
    approving, choosing = said.approved_by, said.chosen_by
    return rules_pb2.ExplainRequestRulesResponse(
        sayings=map(_saying_to_wire, said.sayings),
        approves=said.verdict.approves,
        choices=choices_to_wire(said.verdict.choices),
        approved_by=str(approving.id) if approving else "",
        chosen_by=str(choosing.id) if choosing else "",
        size_gb=(asked.size_bytes or 0) / _BYTES_OF_A_GB,
    )


def _saying_to_wire(saying: Saying) -> rules_pb2.RequestRuleSaying:
    return rules_pb2.RequestRuleSaying(
        rule_id=str(saying.rule.id),
        rule_name=saying.rule.draft.name,
        matched=saying.mismatch is None,
        unmatched=saying.mismatch.condition if saying.mismatch else "",
        why=saying.why,
        approves=saying.approves,
        chooses=saying.chooses,
    )


def _kinds(numbers: Iterable[int]) -> tuple[Kind, ...]:
    chosen = list(numbers)
    if any(number not in _KINDS for number in chosen):
        raise Invalid("kinds takes MOVIE and SERIES.", field="conditions.kinds")
    return tuple(_KINDS[number] for number in chosen)
