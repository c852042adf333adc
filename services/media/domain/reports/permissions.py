"""The permissions that reports turn on. Their numbers are the contract's, where they
are called what Seerr calls them: issues."""

from kit.caller import Caller

MANAGE_ISSUES = 20
VIEW_ISSUES = 21
CREATE_ISSUES = 22


def sees_all_reports(caller: Caller) -> bool:
    """Whether somebody may know of reports that are not their own."""
    return caller.may(VIEW_ISSUES) or caller.may(MANAGE_ISSUES)
