"""What somebody may be told of, by what, and who usually wants it."""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

MANAGE_ISSUES = 20
"""The permission's number, which is the contract's: its holders decide on reports."""


class News(Enum):
    """What happened, as it is to the one who is told."""

    REQUEST_APPROVED = "request.approved"
    REQUEST_DECLINED = "request.declined"
    REQUEST_CANCELED = "request.canceled"
    REQUEST_AVAILABLE = "request.available"
    REQUEST_FAILED = "request.failed"
    REQUEST_EDITED = "request.edited"
    REQUEST_REOPENED = "request.reopened"
    REQUEST_COMMENTED = "request.commented"
    REPORT_COMMENTED = "report.commented"
    REPORT_RESOLVED = "report.resolved"
    REPORT_REOPENED = "report.reopened"
    REQUEST_PENDING = "request.pending"
    REQUEST_AUTO_APPROVED = "request.auto_approved"
    REPORT_CREATED = "report.created"


class Channel(Enum):
    IN_APP = "IN_APP"
    EMAIL = "EMAIL"
    TARGETS = "TARGETS"
    """One's own ones that are no mailboxes: webhooks, and what apprise reaches."""


EVERYWHERE = frozenset(Channel)
IN_APP_ALONE = frozenset({Channel.IN_APP})
OUTSIDE = (Channel.EMAIL, Channel.TARGETS)

USUAL: Mapping[News, frozenset[Channel]] = MappingProxyType(
    {
        **dict.fromkeys(News, EVERYWHERE),
        News.REQUEST_CANCELED: IN_APP_ALONE,
        News.REQUEST_EDITED: IN_APP_ALONE,
        News.REQUEST_REOPENED: IN_APP_ALONE,
    }
)
"""By what somebody is told who has chosen nothing."""

OF_MANAGERS = frozenset(
    {News.REQUEST_PENDING, News.REQUEST_AUTO_APPROVED, News.REPORT_CREATED}
)
"""Nobody else is ever told these."""

OF_REPORTS = frozenset(
    {
        News.REPORT_CREATED,
        News.REPORT_COMMENTED,
        News.REPORT_RESOLVED,
        News.REPORT_REOPENED,
    }
)
