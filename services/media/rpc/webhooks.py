"""The door for what Radarr, Sonarr and Seerr post, and for who looks at it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from google.protobuf.empty_pb2 import Empty
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio

from kit.clock import Clock
from kit.errors import Invalid
from kit.pages import Key, Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from kit.rpc.sent import sent
from medianest.media.v1 import webhooks_pb2, webhooks_pb2_grpc
from services.media.domain.webhooks.deliveries import Delivery, DeliveryState
from services.media.domain.webhooks.proving import Shown, WebhookRefused
from services.media.domain.webhooks.receiving import Receiving
from services.media.domain.webhooks.sources import (
    Admitting,
    Proof,
    WebhookKind,
    WebhookSource,
    WebhookSources,
)
from services.media.domain.webhooks.working import Deliveries

_PATH = "/v1/webhooks/{}"
_Context = aio.ServicerContext[Any, Any]
KINDS = {
    WebhookKind.RADARR: webhooks_pb2.WebhookSource.RADARR,
    WebhookKind.SONARR: webhooks_pb2.WebhookSource.SONARR,
    WebhookKind.SEERR: webhooks_pb2.WebhookSource.SEERR,
}
PROOFS = {
    Proof.SECRET: webhooks_pb2.WebhookSource.SECRET,
    Proof.HMAC: webhooks_pb2.WebhookSource.HMAC,
}
STATES = {
    DeliveryState.WAITING: webhooks_pb2.WebhookDelivery.WAITING,
    DeliveryState.DONE: webhooks_pb2.WebhookDelivery.DONE,
    DeliveryState.PASSED_OVER: webhooks_pb2.WebhookDelivery.PASSED_OVER,
    DeliveryState.UNREADABLE: webhooks_pb2.WebhookDelivery.UNREADABLE,
    DeliveryState.FAILED: webhooks_pb2.WebhookDelivery.FAILED,
}
_KINDS = {wire: kind for kind, wire in KINDS.items()}
_PROOFS = {wire: proof for proof, wire in PROOFS.items()} | {
    webhooks_pb2.WebhookSource.PROOF_UNSPECIFIED: Proof.SECRET
}


class WebhooksHandlers(webhooks_pb2_grpc.WebhooksServiceServicer):
    def __init__(
        self,
        admitting: Admitting,
        receiving: Receiving,
        sources: WebhookSources,
        deliveries: Deliveries,
        pages: Pages,
        clock: Clock,
    ) -> None:
        self._admitting = admitting
        self._receiving = receiving
        self._sources = sources
        self._deliveries = deliveries
        self._pages = pages
        self._clock = clock

    async def CreateWebhookSource(
        self, request: webhooks_pb2.CreateWebhookSourceRequest, context: _Context
    ) -> webhooks_pb2.OpenedWebhookSource:
        if request.kind not in _KINDS:
            raise Invalid("kind is RADARR, SONARR or SEERR.", field="kind")
        if request.proof not in _PROOFS:
            raise Invalid("proof is SECRET or HMAC.", field="proof")
        kind, proof = _KINDS[request.kind], _PROOFS[request.proof]
        by, how_often = identity.of(context), once(request, context)
        return _opened(
            *await self._admitting.open(request.name, kind, proof, by, how_often)
        )

    async def ListWebhookSources(
        self, request: webhooks_pb2.ListWebhookSourcesRequest, context: _Context
    ) -> webhooks_pb2.ListWebhookSourcesResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("webhook sources", request.page_token)
        rows = await self._sources.page(_moment(key), size + 1)
        page, token = self._pages.cut(
            "webhook sources",
            rows,
            size,
            lambda row: [row.created_at.isoformat(), str(row.id)],
        )
        return webhooks_pb2.ListWebhookSourcesResponse(
            sources=map(_source_to_wire, page), next_page_token=token
        )

    async def RenewWebhookSecret(
        self, request: webhooks_pb2.RenewWebhookSecretRequest, context: _Context
    ) -> webhooks_pb2.OpenedWebhookSource:
        source_id = _id(request.source_id, "source_id")
        return _opened(*await self._admitting.renew(source_id))

    async def DeleteWebhookSource(
        self, request: webhooks_pb2.DeleteWebhookSourceRequest, context: _Context
    ) -> Empty:
        await self._admitting.end(_id(request.source_id, "source_id"))
        return Empty()

    async def ListWebhookDeliveries(
        self, request: webhooks_pb2.ListWebhookDeliveriesRequest, context: _Context
    ) -> webhooks_pb2.ListWebhookDeliveriesResponse:
        source_id = _id(request.source_id, "source_id")
        of_list = f"deliveries {source_id}"
        size = self._pages.size(request.page_size)
        key = self._pages.read(of_list, request.page_token)
        rows = await self._deliveries.page(source_id, _moment(key), size + 1)
        page, token = self._pages.cut(
            of_list,
            rows,
            size,
            lambda row: [row.received_at.isoformat(), str(row.id)],
        )
        return webhooks_pb2.ListWebhookDeliveriesResponse(
            deliveries=map(_delivery_to_wire, page), next_page_token=token
        )

    async def GetWebhookDelivery(
        self, request: webhooks_pb2.GetWebhookDeliveryRequest, context: _Context
    ) -> webhooks_pb2.WebhookDelivery:
        return _delivery_to_wire(
            await self._deliveries.find(
                _id(request.source_id, "source_id"),
                _id(request.delivery_id, "delivery_id"),
            )
        )

    async def RetryWebhookDelivery(
        self, request: webhooks_pb2.RetryWebhookDeliveryRequest, context: _Context
    ) -> webhooks_pb2.WebhookDelivery:
        return _delivery_to_wire(
            await self._deliveries.retry(
                _id(request.source_id, "source_id"),
                _id(request.delivery_id, "delivery_id"),
                self._clock.now(),
            )
        )

    async def ReceiveWebhook(
        self, request: webhooks_pb2.ReceiveWebhookRequest, context: _Context
    ) -> webhooks_pb2.ReceiveWebhookResponse:
        shown = Shown(
            sent(context, "x-webhook-secret"),
            sent(context, "authorization"),
            sent(context, "x-webhook-timestamp"),
            sent(context, "x-webhook-signature"),
        )
        try:
            source_id = UUID(request.source_id)
        except ValueError as exc:
            # As of one that is not there: strangers learn nothing.
            raise WebhookRefused from exc
        delivery_id = await self._receiving.receive(
            source_id,
            shown,
            request.body.content_type,
            request.body.data,
        )
        return webhooks_pb2.ReceiveWebhookResponse(delivery_id=str(delivery_id))


def _id(text: str, field: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as exc:
        raise Invalid(f"{field} is not a UUID.", field=field) from exc


def _moment(key: Key | None) -> tuple[datetime, UUID] | None:
    if key is None:
        return None
    return datetime.fromisoformat(str(key[0])), UUID(str(key[1]))


def _opened(source: WebhookSource, secret: str) -> webhooks_pb2.OpenedWebhookSource:
    return webhooks_pb2.OpenedWebhookSource(
        source=_source_to_wire(source), secret=secret
    )


def _source_to_wire(source: WebhookSource) -> webhooks_pb2.WebhookSource:
    return webhooks_pb2.WebhookSource(
        id=str(source.id),
        name=source.name,
        kind=KINDS[source.kind],
        proof=PROOFS[source.proof],
        path=_PATH.format(source.id),
        created_at=_timestamp(source.created_at),
        last_delivery_at=_timestamp(source.last_delivery_at),
    )


def _delivery_to_wire(delivery: Delivery) -> webhooks_pb2.WebhookDelivery:
    return webhooks_pb2.WebhookDelivery(
        id=str(delivery.id),
        state=STATES[delivery.state],
        received_at=_timestamp(delivery.received_at),
        event=delivery.event,
        outcome=delivery.outcome,
        attempts=delivery.attempts,
        repeats=delivery.repeats,
        content_type=delivery.content_type,
        payload=_shown(delivery.payload),
        payload_bytes=delivery.payload_bytes,
        title_id=str(delivery.title_id or ""),
        title_name=delivery.title_name,
        message=delivery.message,
    )


def _shown(payload: bytes) -> str:
    return payload.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _timestamp(at: datetime | None) -> Timestamp | None:
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp
