"""The door of an empty house."""

from typing import Any

from grpc import aio

from medianest.auth.v1 import sessions_pb2, setup_pb2, setup_pb2_grpc
from services.auth.domain.applicants import Applicant
from services.auth.domain.sessions import Lifetime
from services.auth.domain.setup import Setup
from services.auth.rpc import wire


class SetupHandlers(setup_pb2_grpc.SetupServiceServicer):
    def __init__(self, setup: Setup, lifetime: Lifetime) -> None:
        self._setup = setup
        self._lifetime = lifetime

    async def GetSetup(
        self,
        request: setup_pb2.GetSetupRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> setup_pb2.Setup:
        return setup_pb2.Setup(needed=await self._setup.is_needed())

    async def CreateOwner(
        self,
        request: setup_pb2.CreateOwnerRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> sessions_pb2.SignedIn:
        applicant = Applicant(request.name, request.password, request.email)
        signed_in = await self._setup.create_owner(
            request.setup_token, applicant, wire.device_of(context)
        )
        return wire.signed_in_to_wire(signed_in, self._lifetime)
