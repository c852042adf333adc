"""Auth as it runs: processes of their own on one database, which can be killed."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from grpc import aio

from kit.rpc.identity import METADATA_KEY
from medianest.auth.v1 import (
    invites_pb2_grpc,
    keys_pb2_grpc,
    passwords_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    setup_pb2_grpc,
    users_pb2_grpc,
)
from tests.auth.house import CALLER_KEYS, SEALING_KEYS, SETUP_TOKEN, Metadata
from tests.data import ROOT
from tests.servers import free_port


@dataclass
class Replica:
    """One process of auth, and a channel to it."""

    process: "subprocess.Popen[bytes]"
    channel: aio.Channel

    def __post_init__(self) -> None:
        self.setup = setup_pb2_grpc.SetupServiceStub(self.channel)
        self.sessions = sessions_pb2_grpc.SessionsServiceStub(self.channel)
        self.invites = invites_pb2_grpc.InvitesServiceStub(self.channel)
        self.users = users_pb2_grpc.UsersServiceStub(self.channel)
        self.api_keys = keys_pb2_grpc.KeysServiceStub(self.channel)
        self.passwords = passwords_pb2_grpc.PasswordsServiceStub(self.channel)

    async def metadata(self, token: str) -> Metadata:
        asked = sessions_pb2.ExchangeTokenRequest(token=token)
        answer = await self.sessions.ExchangeToken(asked, wait_for_ready=True)
        return ((METADATA_KEY, answer.caller),)

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait()


@asynccontextmanager
async def replicas(database_url: str, redis_url: str) -> AsyncIterator[list[Replica]]:
    """Two, which may still be starting: calls wait for them."""
    async with AsyncExitStack() as stack:
        found = []
        for _ in range(2):
            address = f"127.0.0.1:{free_port()}"
            process = _start(database_url, redis_url, address)
            stack.callback(process.wait)
            stack.callback(process.kill)
            channel = await stack.enter_async_context(aio.insecure_channel(address))
            found.append(Replica(process, channel))
        yield found


def _start(
    database_url: str, redis_url: str, address: str
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "services.auth"],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'protos' / 'gen'}",
            "MEDIANEST_AUTH_DATABASE_URL": database_url,
            "MEDIANEST_AUTH_REDIS_URL": redis_url,
            "MEDIANEST_AUTH_CALLER_KEYS": CALLER_KEYS,
            "MEDIANEST_AUTH_SEALING_KEYS": SEALING_KEYS,
            "MEDIANEST_AUTH_SETUP_TOKEN": SETUP_TOKEN,
            "MEDIANEST_AUTH_PLEX_ADDRESS": "",
            "MEDIANEST_AUTH_GRPC_ADDRESS": address,
        },
        stdout=subprocess.DEVNULL,
    )
