"""The door to the programs that have an account."""

from typing import Any

from google.protobuf.empty_pb2 import Empty
from grpc import aio

from kit.pages import Pages
from kit.rpc import identity
from kit.rpc.repeats import once
from medianest.auth.v1 import keys_pb2, programs_pb2, programs_pb2_grpc, users_pb2
from services.auth.domain.keys import KeyTerms
from services.auth.domain.programs import Programs
from services.auth.rpc import wire


class ProgramsHandlers(programs_pb2_grpc.ProgramsServiceServicer):
    def __init__(self, programs: Programs, pages: Pages) -> None:
        self._programs = programs
        self._pages = pages

    async def CreateProgram(
        self,
        request: programs_pb2.CreateProgramRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> users_pb2.User:
        program = await self._programs.create(
            request.name, request.role, identity.of(context)
        )
        return wire.user_to_wire(program)

    async def CreateProgramKey(
        self,
        request: programs_pb2.CreateProgramKeyRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> keys_pb2.CreateKeyResponse:
        cut = await self._programs.cut(
            wire.id_from_wire(request.program_id, "program_id"),
            KeyTerms(request.name, list(request.permissions), request.expires_in_days),
            identity.of(context),
            once(request, context),
        )
        return keys_pb2.CreateKeyResponse(
            key=wire.key_to_wire(cut.key), secret=cut.secret
        )

    async def ListProgramKeys(
        self,
        request: programs_pb2.ListProgramKeysRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> keys_pb2.ListKeysResponse:
        program_id = wire.id_from_wire(request.program_id, "program_id")
        of_list = f"keys of {program_id}"
        size = self._pages.size(request.page_size)
        after = wire.after_from_key(self._pages.read(of_list, request.page_token))
        rows = await self._programs.keys(program_id, after, size + 1)
        page, token = self._pages.cut(of_list, rows, size, wire.key_of)
        return keys_pb2.ListKeysResponse(
            keys=map(wire.key_to_wire, page), next_page_token=token
        )

    async def DeleteProgramKey(
        self,
        request: programs_pb2.DeleteProgramKeyRequest,
        context: aio.ServicerContext[Any, Any],
    ) -> Empty:
        await self._programs.delete(
            wire.id_from_wire(request.program_id, "program_id"),
            wire.id_from_wire(request.key_id, "key_id"),
            identity.of(context),
        )
        return Empty()
