"""The door for those who want to know what they may still ask for."""

import re
from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.pages import Pages
from kit.rpc import identity
from medianest.media.v1 import quotas_pb2, quotas_pb2_grpc
from services.media.domain.requests.limits import Counted, Limits, Quota, Standing
from services.media.domain.requests.quotas import Quotas, SetLimits
from services.media.rpc.request_wire import time_to_wire

_SUBJECT = re.compile(r"default|role:[^\0]{1,50}|user:[^\0]{1,100}")
_LONGEST_USER_ID = 100
_MOST = 100_000
_MOST_AT_ONCE = 1000
_MOST_DAYS = 365
_USUAL_DAYS = 7

Context = aio.ServicerContext[Any, Any]


class RequestQuotasHandlers(quotas_pb2_grpc.RequestQuotasServiceServicer):
    def __init__(self, quotas: Quotas, pages: Pages) -> None:
        self._quotas = quotas
        self._pages = pages

    async def GetMyQuota(
        self, request: quotas_pb2.GetMyQuotaRequest, context: Context
    ) -> quotas_pb2.RequestQuota:
        return _standing_to_wire(await self._quotas.mine(identity.of(context)))

    async def GetUserQuota(
        self, request: quotas_pb2.GetUserQuotaRequest, context: Context
    ) -> quotas_pb2.RequestQuota:
        user_id = request.user_id
        if not 1 <= len(user_id) <= _LONGEST_USER_ID or "\0" in user_id:
            raise Invalid("user_id is the id of a user.", field="user_id")
        by = identity.of(context)
        return _standing_to_wire(await self._quotas.of_user(user_id, by=by))

    async def ListRequestLimits(
        self, request: quotas_pb2.ListRequestLimitsRequest, context: Context
    ) -> quotas_pb2.ListRequestLimitsResponse:
        size = self._pages.size(request.page_size)
        key = self._pages.read("request limits", request.page_token)
        rows = await self._quotas.page(size + 1, str(key[0]) if key else "")
        page, token = self._pages.cut(
            "request limits", rows, size, lambda each: [each.subject]
        )
        return quotas_pb2.ListRequestLimitsResponse(
            limits=map(_limits_to_wire, page), next_page_token=token
        )

    async def SetRequestLimits(
        self, request: quotas_pb2.SetRequestLimitsRequest, context: Context
    ) -> quotas_pb2.RequestLimits:
        subject, limits = _subject(request.subject), _limits(request.limits)
        return _limits_to_wire(
            await self._quotas.set(subject, limits, request.if_version)
        )

    async def DeleteRequestLimits(
        self, request: quotas_pb2.DeleteRequestLimitsRequest, context: Context
    ) -> Empty:
        await self._quotas.delete(_subject(request.subject), request.if_version)
        return Empty()


def _subject(text: str) -> str:
    if not _SUBJECT.fullmatch(text):
        raise Invalid("subject is default, role:{name} or user:{id}.", field="subject")
    return text


def _limits(wire: quotas_pb2.RequestLimits) -> Limits:
    return Limits(
        _quota(wire, "movies"),
        _quota(wire, "seasons"),
        _quota(wire, "size_gb"),
        _number(wire, "seasons_per_request"),
        _number(wire, "open_at_once"),
    )


def _quota(wire: quotas_pb2.RequestLimits, field: str) -> Quota | None:
    if not wire.HasField(field):  # type: ignore[arg-type]
        return None
    said: quotas_pb2.LimitPerDays = getattr(wire, field)
    if not 0 <= said.limit <= _MOST:
        raise Invalid(
            f"limit is 1 to {_MOST}, or 0 for none.", field=f"limits.{field}.limit"
        )
    if not 0 <= said.days <= _MOST_DAYS:
        raise Invalid(
            f"days is 1 to {_MOST_DAYS}, or 0 for {_USUAL_DAYS}.",
            field=f"limits.{field}.days",
        )
    return Quota(said.limit, said.days or _USUAL_DAYS)


def _number(wire: quotas_pb2.RequestLimits, field: str) -> int | None:
    if not wire.HasField(field):  # type: ignore[arg-type]
        return None
    number = int(getattr(wire, field))
    if not 0 <= number <= _MOST_AT_ONCE:
        raise Invalid(
            f"{field} is 1 to {_MOST_AT_ONCE}, or 0 for no limit.",
            field=f"limits.{field}",
        )
    return number


def _limits_to_wire(each: SetLimits) -> quotas_pb2.RequestLimits:
    limits = each.limits
    return quotas_pb2.RequestLimits(
        subject=each.subject,
        movies=_per_days(limits.movies),
        seasons=_per_days(limits.seasons),
        size_gb=_per_days(limits.size_gb),
        seasons_per_request=limits.seasons_per_request,
        open_at_once=limits.open_at_once,
        version=each.version,
    )


def _per_days(quota: Quota | None) -> quotas_pb2.LimitPerDays | None:
    if quota is None:
        return None
    return quotas_pb2.LimitPerDays(limit=quota.limit, days=quota.days)


def _standing_to_wire(standing: Standing) -> quotas_pb2.RequestQuota:
    return quotas_pb2.RequestQuota(
        movies=_use_to_wire(standing, Counted.MOVIES),
        seasons=_use_to_wire(standing, Counted.SEASONS),
        size_gb=_use_to_wire(standing, Counted.SIZE_GB),
        seasons_per_request=standing.limits.seasons_per_request or 0,
        open_at_once=standing.limits.open_at_once or 0,
        open=standing.open_requests,
    )


def _use_to_wire(standing: Standing, counted: Counted) -> quotas_pb2.QuotaUse:
    use = standing.uses[counted]
    if use.quota is None:
        return quotas_pb2.QuotaUse()
    return quotas_pb2.QuotaUse(
        limit=use.quota.limit,
        days=use.quota.days,
        used=min(use.used, 2**31 - 1),
        remaining=use.remaining,
        frees_at=time_to_wire(use.frees_at) if use.frees_at else None,
    )
