"""What it means when a Radarr or a Sonarr does not do what it was asked."""

from http import HTTPStatus

from kit.http import Answer, UpstreamAway
from services.media.clients.arr.said import inner, plain, text
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerRefused,
)

_MOST_WORDS = 5
_LONGEST = 1000


def ensure_done(called: str, answer: Answer) -> Answer:
    """The answer. Raises FulfillerKeyRefused, FulfillerRefused with its own words, and
    UpstreamAway for what is no answer of theirs."""
    if answer.is_success:
        return answer
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise FulfillerKeyRefused(
            f"{called} does not take the API key. Copy it from {called}: Settings →"
            " General → API Key.",
            field="api_key",
        )
    words = _words(answer)
    if answer.status == HTTPStatus.NOT_FOUND:
        # What was there a moment ago, or no such API: both are for another look.
        raise UpstreamAway(
            f"{called} says: {words}"
            if words
            else f"What answers at this address is not {called}."
        )
    raise FulfillerRefused(f"{called} says: {words or f'status {answer.status}.'}")


def _words(answer: Answer) -> str:
    """Its own words: of a list of validation failures, or of a message."""
    try:
        said = answer.json()
    except UpstreamAway:
        return ""
    if isinstance(said, dict):
        if failures := inner(said, "validationFailures"):
            said = failures
        else:
            return text(said, "message", _LONGEST) or text(said, "title", _LONGEST)
    if not isinstance(said, list):
        return ""
    told = (plain(each.get("errorMessage")) for each in said if isinstance(each, dict))
    whole = [each if each.endswith(".") else f"{each}." for each in told if each]
    return " ".join(whole[:_MOST_WORDS])[:_LONGEST]
