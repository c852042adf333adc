"""The door to second factors."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.errors import Invalid
from kit.rpc import identity
from medianest.auth.v1 import second_factors_pb2, second_factors_pb2_grpc
from services.auth.domain.own_factor import OwnFactor
from services.auth.domain.second_factors import Requirement
from services.auth.rpc import wire

REQUIREMENTS = {
    Requirement.NOBODY: second_factors_pb2.NOBODY,
    Requirement.MANAGERS: second_factors_pb2.MANAGERS,
    Requirement.EVERYBODY: second_factors_pb2.EVERYBODY,
}
_REQUIREMENTS_FROM_WIRE = {told: each for each, told in REQUIREMENTS.items()}


class SecondFactorsHandlers(second_factors_pb2_grpc.SecondFactorsServiceServicer):
    def __init__(self, own: OwnFactor) -> None:
        self._own = own

    async def GetSecondFactor(
        self,
        request: second_factors_pb2.GetSecondFactorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.SecondFactor:
        state = await self._own.state(identity.of(context))
        return second_factors_pb2.SecondFactor(
            enabled=state.enabled_at is not None,
            required=state.required,
            enabled_at=wire.time_to_wire(state.enabled_at),
            recovery_codes_left=state.codes_left,
        )

    async def OfferSecondFactor(
        self,
        request: second_factors_pb2.OfferSecondFactorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.SecondFactorOffer:
        wire.ensure_typed(request.password, "password")
        offer = await self._own.offer(request.password, identity.of(context))
        return second_factors_pb2.SecondFactorOffer(secret=offer.secret, uri=offer.uri)

    async def ConfirmSecondFactor(
        self,
        request: second_factors_pb2.ConfirmSecondFactorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.RecoveryCodes:
        wire.ensure_code(request.code)
        made = await self._own.confirm(request.code, identity.of(context))
        return second_factors_pb2.RecoveryCodes(codes=made.codes)

    async def RenewRecoveryCodes(
        self,
        request: second_factors_pb2.RenewRecoveryCodesRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.RecoveryCodes:
        wire.ensure_code(request.code)
        made = await self._own.renew_codes(request.code, identity.of(context))
        return second_factors_pb2.RecoveryCodes(codes=made.codes)

    async def DisableSecondFactor(
        self,
        request: second_factors_pb2.DisableSecondFactorRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        wire.ensure_typed(request.password, "password")
        wire.ensure_code(request.code)
        await self._own.disable(request.password, request.code, identity.of(context))
        return Empty()

    async def DisableSecondFactorOf(
        self,
        request: second_factors_pb2.DisableSecondFactorOfRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        user_id = wire.id_from_wire(request.user_id, "user_id")
        await self._own.disable_of(user_id, identity.of(context))
        return Empty()

    async def GetSecondFactorRule(
        self,
        request: second_factors_pb2.GetSecondFactorRuleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.SecondFactorRule:
        requirement = await self._own.requirement()
        return second_factors_pb2.SecondFactorRule(
            required_of=REQUIREMENTS[requirement]
        )

    async def SetSecondFactorRule(
        self,
        request: second_factors_pb2.SetSecondFactorRuleRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> second_factors_pb2.SecondFactorRule:
        requirement = _REQUIREMENTS_FROM_WIRE.get(request.required_of)
        if requirement is None:
            raise Invalid(
                "required_of is NOBODY, MANAGERS or EVERYBODY.", field="required_of"
            )
        await self._own.require(requirement, identity.of(context))
        return second_factors_pb2.SecondFactorRule(required_of=request.required_of)
