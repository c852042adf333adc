"""What people read: each sentence that MediaNest tells, in one place."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.media.domain.telling.news import News

_SAID = {
    News.REQUEST_APPROVED: "{subject} was approved.",
    News.REQUEST_DECLINED: "{subject} was declined.",
    News.REQUEST_CANCELED: "The request for {subject} was taken back.",
    News.REQUEST_AVAILABLE: "{subject} is there.",
    News.REQUEST_FAILED: "{subject} could not be fetched.",
    News.REQUEST_EDITED: "The request for {subject} was changed.",
    News.REQUEST_REOPENED: "The request for {subject} is open again.",
    News.REQUEST_COMMENTED: "{who} commented on the request for {subject}.",
    News.REPORT_COMMENTED: "{who} commented on a problem with {subject}.",
    News.REPORT_RESOLVED: "The problem with {subject} is resolved.",
    News.REPORT_REOPENED: "The problem with {subject} is open again.",
    News.REQUEST_PENDING: "{who} asks for {subject}.",
    News.REQUEST_AUTO_APPROVED: "{who} asked for {subject}: approved by itself.",
    News.REPORT_CREATED: "{who} reports a problem with {subject}.",
}
_SAID_OF_SEVERAL = {
    News.REQUEST_APPROVED: "{subject}: {count} requests were approved.",
    News.REQUEST_DECLINED: "{subject}: {count} requests were declined.",
    News.REQUEST_CANCELED: "{subject}: {count} requests were taken back.",
    News.REQUEST_AVAILABLE: "{subject}: {count} requests are there.",
    News.REQUEST_FAILED: "{subject}: {count} requests could not be fetched.",
    News.REQUEST_EDITED: "{subject}: {count} requests were changed.",
    News.REQUEST_REOPENED: "{subject}: {count} requests are open again.",
    News.REQUEST_COMMENTED: "{subject}: {count} comments on requests.",
    News.REPORT_COMMENTED: "{subject}: {count} comments on problems.",
    News.REPORT_RESOLVED: "{subject}: {count} problems are resolved.",
    News.REPORT_REOPENED: "{subject}: {count} problems are open again.",
    News.REQUEST_PENDING: "{subject}: {count} requests wait for you.",
    News.REQUEST_AUTO_APPROVED: "{subject}: {count} requests approved by themselves.",
    News.REPORT_CREATED: "{subject}: {count} problems are reported.",
}
_OF_EPISODES = {
    News.REQUEST_APPROVED: "{subject}: {episodes} episodes were approved.",
    News.REQUEST_DECLINED: "{subject}: {episodes} episodes were declined.",
    News.REQUEST_AVAILABLE: "{subject}: {episodes} episodes are there.",
    News.REQUEST_FAILED: "{subject}: {episodes} episodes could not be fetched.",
    News.REQUEST_PENDING: "{subject}: {episodes} episodes wait for you.",
}
HEADLINES = {
    News.REQUEST_APPROVED: "Request approved",
    News.REQUEST_DECLINED: "Request declined",
    News.REQUEST_CANCELED: "Request taken back",
    News.REQUEST_AVAILABLE: "Now there",
    News.REQUEST_FAILED: "Request failed",
    News.REQUEST_EDITED: "Request changed",
    News.REQUEST_REOPENED: "Request open again",
    News.REQUEST_COMMENTED: "New comment",
    News.REPORT_COMMENTED: "New comment",
    News.REPORT_RESOLVED: "Problem resolved",
    News.REPORT_REOPENED: "Problem open again",
    News.REQUEST_PENDING: "Request to decide",
    News.REQUEST_AUTO_APPROVED: "Request approved by itself",
    News.REPORT_CREATED: "New problem",
}
"""What happened, in a few words."""
_SOMEBODY = "Somebody"
_NO_NAME = "Something"
_REASONS = 3


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that there is to tell."""

    subject: str
    detail: str = ""
    who: str = ""
    """By name; empty: nobody knows, or they are gone."""
    episodes: int = 0


def sentence(news: News, facts: Sequence[Fact]) -> str:
    """What is said of things of one kind that are about the same: one, or more."""
    first = facts[0]
    episodes = sum(each.episodes for each in facts)
    said = _SAID[news]
    if len(facts) > 1:
        said = _SAID_OF_SEVERAL[news]
    if episodes > 1 and news in _OF_EPISODES and all(each.episodes for each in facts):
        said = _OF_EPISODES[news]
    # One pass: what a name has in braces stays as it is.
    return said.format(
        subject=first.subject or _NO_NAME,
        who=first.who or _SOMEBODY,
        count=len(facts),
        episodes=episodes,
    )


def message(news: News, facts: Sequence[Fact]) -> str:
    """The sentence, and below it why, or what was said."""
    details = list(dict.fromkeys(each.detail for each in facts if each.detail))
    return "\n".join([sentence(news, facts), *details[:_REASONS]])
