"""What can go wrong with reports."""

from kit.errors import Denied, Invalid, Missing, Refused


class ReportMissing(Missing):
    reason = "report_missing"

    def __init__(self) -> None:
        super().__init__("There is no such report.")


class ReportViewNeeded(Denied):
    reason = "report_view_needed"


class ReportNotOpen(Refused):
    reason = "report_not_open"


class ReportNotResolved(Refused):
    reason = "report_not_resolved"


class ReportCommented(Refused):
    reason = "report_commented"

    def __init__(self) -> None:
        super().__init__("Somebody else has commented on it: resolve it instead.")


class PlaceInvalid(Invalid):
    """Of the season and the episode that a report names."""

    reason = "place_invalid"
