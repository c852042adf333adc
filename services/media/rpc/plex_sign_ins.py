"""The door for whoever looks for their Plex servers."""

from collections.abc import Sequence
from typing import Any

from grpc import aio

from kit.rpc import identity
from medianest.media.v1 import plex_sign_ins_pb2, plex_sign_ins_pb2_grpc
from services.media.domain.plex_sign_ins import (
    OwnedServer,
    PlexSignIn,
    PlexSignIns,
)
from services.media.rpc.sources import plex_sign_in_id_from_wire, timestamp

_Context = aio.ServicerContext[Any, Any]


class PlexSignInsHandlers(plex_sign_ins_pb2_grpc.PlexSignInsServiceServicer):
    def __init__(self, sign_ins: PlexSignIns) -> None:
        self._sign_ins = sign_ins

    async def StartPlexSignIn(
        self, request: plex_sign_ins_pb2.StartPlexSignInRequest, context: _Context
    ) -> plex_sign_ins_pb2.PlexSignIn:
        return sign_in_to_wire(
            await self._sign_ins.start(identity.of(context).user_id), ()
        )

    async def CheckPlexSignIn(
        self, request: plex_sign_ins_pb2.CheckPlexSignInRequest, context: _Context
    ) -> plex_sign_ins_pb2.PlexSignIn:
        sign_in, servers = await self._sign_ins.check(
            plex_sign_in_id_from_wire(request.sign_in_id), identity.of(context).user_id
        )
        return sign_in_to_wire(sign_in, servers)


def sign_in_to_wire(
    sign_in: PlexSignIn, servers: Sequence[OwnedServer]
) -> plex_sign_ins_pb2.PlexSignIn:
    return plex_sign_ins_pb2.PlexSignIn(
        id=str(sign_in.id),
        code=sign_in.pin.code,
        url=sign_in.pin.url,
        expires_at=timestamp(sign_in.expires_at),
        approved=bool(sign_in.token),
        servers=(
            plex_sign_ins_pb2.PlexServer(
                machine_id=each.machine_id,
                name=each.name,
                version=each.version,
                addresses=each.addresses,
            )
            for each in servers
        ),
    )
