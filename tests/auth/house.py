"""Auth as its callers meet it: a server on a port, its real door, its stubs."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import grpc
from google.rpc import error_details_pb2, status_pb2
from grpc import aio
from pydantic import SecretStr

from kit.outbox import Feed
from kit.postgres import Database
from kit.rpc.addresses import ADDRESS_KEY, SEAL_KEY, AddressSeal
from kit.rpc.door import Door
from kit.rpc.identity import METADATA_KEY, CallerKeys, Doorkeeper
from kit.rpc.policy import policies
from kit.rpc.status import DETAILS_KEY, REASON_KEY
from kit.sealing import Seal
from medianest.api.v1 import policy_pb2
from medianest.auth.v1 import (
    audit_pb2_grpc,
    events_pb2_grpc,
    exports_pb2_grpc,
    identities_pb2_grpc,
    invites_pb2,
    invites_pb2_grpc,
    keys_pb2_grpc,
    locks_pb2_grpc,
    operator_pb2_grpc,
    ownership_pb2_grpc,
    passwords_pb2_grpc,
    programs_pb2_grpc,
    roles_pb2_grpc,
    second_factors_pb2_grpc,
    sessions_pb2,
    sessions_pb2_grpc,
    setup_pb2,
    setup_pb2_grpc,
    users_pb2,
    users_pb2_grpc,
)
from services.auth.app import open_providers, register
from services.auth.domain.passwords import Passwords
from services.auth.domain.upkeep import Upkeep
from services.auth.rpc.contract import SERVICES
from services.auth.settings import Settings
from services.auth.store.held_tokens import PostgresHeldTokens
from services.auth.store.sessions import PostgresSessions
from services.auth.store.sightings import BatchedSightings
from tests.clock import StoppedClock

GATEWAY_TOKEN = "a token of the gateway's own, made by the launcher"
SETUP_TOKEN = "the token that the launcher prints"
PASSWORD = "correct horse 7"
CALLER_KEYS = "k1:" + "5a" * 32
SEALING_KEYS = "k1:" + "a5" * 32

Answer = TypeVar("Answer")
Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    user: users_pb2.User
    session_id: str
    token: str
    metadata: Metadata


@dataclass
class House:
    channel: aio.Channel
    database: Database
    clock: StoppedClock
    keys: CallerKeys
    sightings: BatchedSightings
    feed: Feed
    upkeep: Upkeep
    address: str

    def __post_init__(self) -> None:
        self.setup = setup_pb2_grpc.SetupServiceStub(self.channel)
        self.sessions = sessions_pb2_grpc.SessionsServiceStub(self.channel)
        self.invites = invites_pb2_grpc.InvitesServiceStub(self.channel)
        self.users = users_pb2_grpc.UsersServiceStub(self.channel)
        self.api_keys = keys_pb2_grpc.KeysServiceStub(self.channel)
        self.roles = roles_pb2_grpc.RolesServiceStub(self.channel)
        self.operator = operator_pb2_grpc.OperatorServiceStub(self.channel)
        self.ownership = ownership_pb2_grpc.OwnershipServiceStub(self.channel)
        self.exports = exports_pb2_grpc.ExportsServiceStub(self.channel)
        self.programs = programs_pb2_grpc.ProgramsServiceStub(self.channel)
        self.passwords = passwords_pb2_grpc.PasswordsServiceStub(self.channel)
        self.factors = second_factors_pb2_grpc.SecondFactorsServiceStub(self.channel)
        self.identities = identities_pb2_grpc.IdentitiesServiceStub(self.channel)
        self.locks = locks_pb2_grpc.LocksServiceStub(self.channel)
        self.audit = audit_pb2_grpc.AuditServiceStub(self.channel)
        self.events = events_pb2_grpc.EventsServiceStub(self.channel)

    async def owner(self, name: str = "olga") -> Person:
        signed_in = await self.setup.CreateOwner(
            setup_pb2.CreateOwnerRequest(
                setup_token=SETUP_TOKEN, name=name, password=PASSWORD
            )
        )
        return await self.enter(signed_in)

    async def member(self, by: Person, name: str, role: str = "friend") -> Person:
        invite = await self.invites.CreateInvite(
            invites_pb2.CreateInviteRequest(role=role), metadata=by.metadata
        )
        return await self.enter(await self.redeem(invite.code, name))

    async def redeem(self, code: str, name: str) -> sessions_pb2.SignedIn:
        return await self.invites.RedeemInvite(
            invites_pb2.RedeemInviteRequest(code=code, name=name, password=PASSWORD)
        )

    async def sign_in(
        self, login: str, password: str = PASSWORD, code: str = ""
    ) -> Person:
        asked = sessions_pb2.CreateSessionRequest(
            login=login, password=password, code=code
        )
        return await self.enter(await self.sessions.CreateSession(asked))

    async def enter(self, signed_in: sessions_pb2.SignedIn) -> Person:
        return Person(
            signed_in.session.user,
            signed_in.session.id,
            signed_in.token,
            await self.metadata(signed_in.token),
        )

    async def known_again(self, person: Person) -> Person:
        """With a fresh assertion: the first lives for a minute."""
        return replace(person, metadata=await self.metadata(person.token))

    async def exchange(self, token: str) -> sessions_pb2.ExchangeTokenResponse:
        return await self.sessions.ExchangeToken(
            sessions_pb2.ExchangeTokenRequest(token=token)
        )

    async def metadata(self, token: str) -> Metadata:
        return ((METADATA_KEY, (await self.exchange(token)).caller),)

    def from_address(self, address: str) -> Metadata:
        """As the gateway says it."""
        seal = AddressSeal(GATEWAY_TOKEN, self.clock).seal(address)
        return ((ADDRESS_KEY, address), (SEAL_KEY, seal))

    async def event_types(self) -> list[str]:
        rows = await self.database.fetch(
            "SELECT type FROM outbox WHERE type <> 'role.created' ORDER BY id"
        )
        return [row["type"] for row in rows]


@asynccontextmanager
async def open_house(
    database: Database,
    feed: Feed,
    passwords: Passwords,
    clock: StoppedClock,
    setup_token: str = SETUP_TOKEN,
    caller_keys: str = CALLER_KEYS,
    gateway_token: str = GATEWAY_TOKEN,
    plex_address: str = "",
    plex_servers: str = "",
    sealing_keys: str = SEALING_KEYS,
) -> AsyncIterator[House]:
    settings = Settings(
        database_url=SecretStr(""),
        redis_url=SecretStr(""),
        caller_keys=SecretStr(caller_keys),
        sealing_keys=SecretStr(sealing_keys),
        plex_address=plex_address,
        plex_servers=plex_servers,
        setup_token=SecretStr(setup_token),
        gateway_token=SecretStr(gateway_token),
    )
    keys = CallerKeys(caller_keys)
    sightings = BatchedSightings(PostgresSessions(database))
    seal = AddressSeal(gateway_token, clock)
    door = Door(Doorkeeper(keys, clock), policies(SERVICES, policy_pb2.policy), seal)
    server = aio.server(interceptors=(door,), options=(("grpc.so_reuseport", 0),))
    token_seal = Seal(sealing_keys)
    async with open_providers(settings, database, clock) as providers:
        upkeep = Upkeep(PostgresHeldTokens(database, token_seal), providers, clock)
        register(
            settings,
            database,
            passwords,
            sightings,
            feed,
            keys,
            clock,
            providers,
            token_seal,
        )(server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield House(
                    channel,
                    database,
                    clock,
                    keys,
                    sightings,
                    feed,
                    upkeep,
                    f"127.0.0.1:{port}",
                )
        finally:
            await server.stop(0)


@dataclass(frozen=True)
class Refusal:
    """How a call failed."""

    code: grpc.StatusCode
    reason: str
    field: str


async def refusal(call: Awaitable[object]) -> Refusal:
    """How the call fails. An answer is a failed test."""
    try:
        answer = await call
    except aio.AioRpcError as error:
        trailers = dict(error.trailing_metadata() or ())
        status = status_pb2.Status.FromString(trailers.get(DETAILS_KEY, b""))
        wrong = error_details_pb2.BadRequest()
        for detail in status.details:
            if detail.Is(wrong.DESCRIPTOR):
                detail.Unpack(wrong)
        fields = [each.field for each in wrong.field_violations]
        reason = str(trailers.get(REASON_KEY, ""))
        return Refusal(error.code(), reason, "".join(fields))
    raise AssertionError(f"answered {answer!r}")


async def reason(call: Awaitable[object]) -> str:
    return (await refusal(call)).reason
