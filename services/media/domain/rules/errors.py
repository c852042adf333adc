"""What can go wrong with rules."""

from kit.errors import Conflict, Invalid, Missing, Refused


class RequestRuleInvalid(Invalid):
    reason = "request_rule_invalid"


class RequestRuleMissing(Missing):
    reason = "request_rule_missing"

    def __init__(self) -> None:
        super().__init__("There is no such rule.")


class RequestRuleExists(Conflict):
    reason = "request_rule_exists"

    def __init__(self) -> None:
        super().__init__("There is a rule of this name.", field="name")


class TooManyRequestRules(Refused):
    reason = "too_many_request_rules"
