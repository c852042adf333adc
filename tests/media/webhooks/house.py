"""Programs that post, the admin who looks, and who works off what was posted."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

import pytest
from google.api.httpbody_pb2 import HttpBody
from grpc import aio

from kit.caller import Caller
from kit.clock import Clock
from kit.postgres import Database
from kit.rpc.identity import METADATA_KEY
from kit.sealing import Seal
from medianest.media.v1 import webhooks_pb2, webhooks_pb2_grpc
from services.media.app.webhooks import READERS
from services.media.domain.webhooks.working import Working
from services.media.store.webhook_deliveries import PostgresDeliveries
from tests.media.shelf.door import KEYS, OWNER
from tests.media.shelf.house import AheadClock

Opened = webhooks_pb2.OpenedWebhookSource
RADARR, SONARR, SEERR = 1, 2, 3
SECRET, HMAC = 1, 2


@dataclass
class WebhooksHouse:
    database: Database
    seal: Seal
    clock: AheadClock
    looked_into_queues: int = 0

    @property
    def deliveries(self) -> PostgresDeliveries:
        return PostgresDeliveries(self.database)

    def working(self) -> Working:
        return Working(self.deliveries, READERS, self.clock, self._knock)

    def _knock(self) -> None:
        self.looked_into_queues += 1

    async def work(self) -> int:
        """Work off what is due; how much that was."""
        working, count = self.working(), 0
        while await working.work_next():
            count += 1
        return count

    async def news(self) -> list[tuple[str | None, str | None]]:
        """Of each source: whether it is to be read, and in full."""
        rows = await self.database.fetch(
            "SELECT news, removals FROM sources ORDER BY kind <> 'folder'"
        )
        return [(row["news"], row["removals"]) for row in rows]


class Programs:
    def __init__(self, channel: aio.Channel, clock: Clock) -> None:
        self._door = webhooks_pb2_grpc.WebhooksServiceStub(channel)
        self._clock = clock

    async def call(
        self,
        method: str,
        by: Caller | None = OWNER,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> Any:
        metadata = [(METADATA_KEY, KEYS.sign(by))] if by else []
        metadata += [
            (name if name == "idempotency-key" else f"x-sent-{name}", text)
            for name, text in (headers or {}).items()
        ]
        request = getattr(webhooks_pb2, f"{method}Request")(**fields)
        return await getattr(self._door, method)(request, metadata=metadata, timeout=10)

    async def refused(self, method: str, *given: Any, **fields: Any) -> tuple[str, str]:
        """Code and reason of the refusal."""
        with pytest.raises(aio.AioRpcError) as refusal:
            await self.call(method, *given, **fields)
        error = refusal.value
        trailers = dict(error.trailing_metadata() or ())
        return error.code().name, str(trailers["reason"])

    async def open(self, kind: int = RADARR, proof: int = SECRET) -> Opened:
        made: Opened = await self.call(
            "CreateWebhookSource", name="Radarr", kind=kind, proof=proof
        )
        return made

    async def post(self, opened: Opened, said: Any, headers: Any = None) -> str:
        """As the program itself posts it; the delivery's id."""
        body = _body(said)
        proof = {"x-webhook-secret": opened.secret} if headers is None else headers
        source_id = opened.source.id
        told = await self.call(
            "ReceiveWebhook", None, proof, source_id=source_id, body=body
        )
        return str(told.delivery_id)

    async def not_taken(
        self, opened: Opened, said: Any, headers: dict[str, str]
    ) -> tuple[str, str]:
        source_id = opened.source.id
        return await self.refused(
            "ReceiveWebhook", None, headers, source_id=source_id, body=_body(said)
        )

    def signed(self, opened: Opened, said: Any, late_s: float = 0) -> dict[str, str]:
        """The headers of somebody who signs, so many seconds ago."""
        timestamp = str(int(self._clock.now().timestamp() - late_s))
        return {
            "x-webhook-timestamp": timestamp,
            "x-webhook-signature": signature(
                opened.secret, timestamp, _body(said).data
            ),
        }

    async def deliveries(self, opened: Opened) -> list[Any]:
        listed = await self.call("ListWebhookDeliveries", source_id=opened.source.id)
        return list(listed.deliveries)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """By the words of the contract."""
    text = f"{timestamp}.".encode() + body
    return "sha256=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()


def _body(said: Any) -> HttpBody:
    data = said if isinstance(said, bytes) else json.dumps(said).encode()
    return HttpBody(content_type="application/json", data=data)
