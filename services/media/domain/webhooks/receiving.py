"""Takes what is posted: proved, stored, and answered."""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from kit.clock import Clock
from kit.errors import Exhausted, Invalid
from kit.ids import uuid7
from services.media.domain.sources import Knock
from services.media.domain.webhooks.deliveries import Posted
from services.media.domain.webhooks.proving import SIGNED_WITHIN, Lock, Shown

LARGEST_BYTES = 256 * 1024
MOST_PER_MINUTE = 600
_LONGEST_TYPE = 200
# A signature is good from five minutes before until five minutes after its time.
SAME_WITHIN = 2 * SIGNED_WITHIN


class WebhookTooLarge(Invalid):
    reason = "webhook_too_large"


class WebhookTooOften(Exhausted):
    reason = "webhook_too_often"

    def __init__(self) -> None:
        super().__init__(
            "More is posted here than anybody reads.",
            retry_after=timedelta(minutes=1),
        )


class Letterbox(Protocol):
    """What is stored of what comes in."""

    async def lock(self, source_id: UUID) -> Lock:
        """Raises WebhookRefused where there is no such source."""

    async def keep(
        self, posted: Posted, since: datetime, most: int, *, again_is_replay: bool
    ) -> UUID:
        """Store it, to be worked off, unless the same came `since`: that one's id, and
        one more repeat of it. Of two at once, one is stored.

        Raises DeliveryReplayed for the same when that `again_is_replay`,
        WebhookTooOften behind `most` within a minute, and WebhookRefused where the
        source has ended meanwhile.
        """


class Receiving:
    def __init__(self, letterbox: Letterbox, clock: Clock, knock: Knock) -> None:
        self._letterbox = letterbox
        self._clock = clock
        self._knock = knock

    async def receive(
        self, source_id: UUID, shown: Shown, content_type: str, body: bytes
    ) -> UUID:
        """The delivery's id, once it is stored. Raises WebhookRefused before all else,
        so that strangers learn nothing; then WebhookTooLarge, DeliveryReplayed and
        WebhookTooOften."""
        now = self._clock.now()
        lock = await self._letterbox.lock(source_id)
        lock.ensure_opened(shown, body, now)
        if len(body) > LARGEST_BYTES:
            raise WebhookTooLarge(
                f"A delivery has at most {LARGEST_BYTES // 1024} KiB.", field="body"
            )
        posted = Posted(
            uuid7(now),
            source_id,
            now,
            lock.digest(shown, body),
            content_type[:_LONGEST_TYPE].replace("\0", ""),
            body,
        )
        kept = await self._letterbox.keep(
            posted,
            now - SAME_WITHIN,
            MOST_PER_MINUTE,
            again_is_replay=lock.is_signed,
        )
        self._knock()
        return kept
