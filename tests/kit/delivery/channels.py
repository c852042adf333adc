"""What channels are given to send."""

from collections.abc import Awaitable
from uuid import uuid4

from kit.delivery.message import Message, Sending, Target
from kit.errors import Failure
from tests.clock import NOON

MESSAGE = Message(
    "request.approved",
    'The "Matrix"',
    "Ada's wish\nwas approved.",
    "Request approved",
    "https://image.example/poster.jpg",
    "https://nest.example/requests/1",
    {"media_tmdbid": "603", "media_type": "movie", "notification_type": "MEDIA"},
    frozenset({"media"}),
    (("Requested Seasons", "1, 2"),),
)


def a_sending(message: Message = MESSAGE) -> Sending:
    return Sending(uuid4(), NOON, message)


def a_target(settings: object) -> Target:
    return Target(uuid4(), "kind", settings)


async def failure_of(sent: Awaitable[None]) -> tuple[str, str]:
    """Its reason and its words."""
    try:
        await sent
    except Failure as exc:
        return exc.reason, exc.message
    raise AssertionError("it went well")
