"""The door to the rules that requests are approved and fulfilled by."""

from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.media.v1 import rules_pb2, rules_pb2_grpc
from services.media.domain.requests.wanted import Wanted
from services.media.domain.rules.errors import RequestRuleMissing
from services.media.domain.rules.explaining import Explaining, Supposed
from services.media.domain.rules.keeping import Move, RuleKeeping, Rules
from services.media.rpc import rule_wire as wire
from services.media.rpc.masks import named_by

_LIST = "request rules"
_LONGEST_USER_ID = 100
_LONGEST_ROLE = 32
_Context = aio.ServicerContext[Any, Any]


class RequestRulesHandlers(rules_pb2_grpc.RequestRulesServiceServicer):
    def __init__(
        self, keeping: RuleKeeping, rules: Rules, explaining: Explaining, pages: Pages
    ) -> None:
        self._keeping = keeping
        self._rules = rules
        self._explaining = explaining
        self._pages = pages

    async def CreateRequestRule(
        self, request: rules_pb2.CreateRequestRuleRequest, context: _Context
    ) -> rules_pb2.RequestRule:
        rule = await self._keeping.add(
            wire.draft_from_wire(request.rule),
            identity.of(context),
            once(request, context),
        )
        return wire.rule_to_wire(rule)

    async def GetRequestRule(
        self, request: rules_pb2.GetRequestRuleRequest, context: _Context
    ) -> rules_pb2.RequestRule:
        return wire.rule_to_wire(await self._rules.find(_rule_id(request.rule_id)))

    async def ListRequestRules(
        self, request: rules_pb2.ListRequestRulesRequest, context: _Context
    ) -> rules_pb2.ListRequestRulesResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read(_LIST, request.page_token)
        rows, version = await self._rules.page(int(key[0]) if key else 0, size + 1)
        page, token = self._pages.cut(_LIST, rows, size, lambda rule: [rule.position])
        return rules_pb2.ListRequestRulesResponse(
            rules=map(wire.rule_to_wire, page),
            next_page_token=token,
            order_version=version,
        )

    async def UpdateRequestRule(
        self, request: rules_pb2.UpdateRequestRuleRequest, context: _Context
    ) -> rules_pb2.RequestRule:
        named = named_by(request.update_mask, request.rule, wire.CHANGEABLE)
        rule = await self._keeping.change(
            _rule_id(request.rule.id),
            lambda draft: wire.revised(draft, request.rule, named),
            request.if_version,
        )
        return wire.rule_to_wire(rule)

    async def MoveRequestRule(
        self, request: rules_pb2.MoveRequestRuleRequest, context: _Context
    ) -> rules_pb2.RequestRule:
        move = Move(
            _rule_id(request.rule_id),
            request.position,
            request.if_version,
            request.if_order_version,
        )
        return wire.rule_to_wire(await self._keeping.move(move))

    async def DeleteRequestRule(
        self, request: rules_pb2.DeleteRequestRuleRequest, context: _Context
    ) -> Empty:
        await self._keeping.remove(_rule_id(request.rule_id), request.if_version)
        return Empty()

    async def ExplainRequestRules(
        self, request: rules_pb2.ExplainRequestRulesRequest, context: _Context
    ) -> rules_pb2.ExplainRequestRulesResponse:
        supposed = Supposed(
            _title_id(request.title_id),
            _text("user_id", request.user_id, _LONGEST_USER_ID),
            _text("role", request.role, _LONGEST_ROLE),
            Wanted.of(request.is_4k, request.seasons, (), future_only=False),
        )
        return wire.explained_to_wire(*await self._explaining.explain(supposed))


def _rule_id(text: str) -> UUID:
    """What is no id is no rule's id either."""
    found = _uuid(text)
    if found is None:
        raise RequestRuleMissing
    return found


def _title_id(text: str) -> UUID:
    found = _uuid(text)
    if found is None:
        raise Invalid("title_id is the id of a title.", field="title_id")
    return found


def _uuid(text: str) -> UUID | None:
    # UUID() also takes braces, "urn:uuid:" and dashes anywhere.
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text.lower() else None


def _text(field: str, text: str, longest: int) -> str:
    if len(text) > longest or "\0" in text:
        raise Invalid(f"{field} has at most {longest} characters.", field=field)
    return text
