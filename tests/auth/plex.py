"""A house that Plex accounts can come into, and what those who do so do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from grpc import aio

from kit.outbox import Feed
from kit.postgres import Database
from medianest.auth.v1 import identities_pb2, sessions_pb2
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import SEALING_KEYS, House, Person, open_house
from tests.clock import StoppedClock
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import PlexTV

MACHINE = "0123456789abcdef-server"


@dataclass
class PlexHouse:
    """`olga` owns the server, `ada` may watch on it, `eve` may not."""

    house: House
    plextv: PlexTV
    olga: Account
    ada: Account
    eve: Account

    async def begin(self) -> identities_pb2.Attempt:
        return await self.house.identities.BeginSignIn(
            identities_pb2.BeginSignInRequest(provider="plex")
        )

    async def complete(
        self, attempt: identities_pb2.Attempt, invite: str = "", verifier: str = ""
    ) -> identities_pb2.CompleteSignInResponse:
        """Ask, not too soon after whoever asked before."""
        self.house.clock.advance(timedelta(seconds=1))
        return await self.complete_now(attempt, invite, verifier)

    async def complete_now(
        self, attempt: identities_pb2.Attempt, invite: str = "", verifier: str = ""
    ) -> identities_pb2.CompleteSignInResponse:
        return await self.house.identities.CompleteSignIn(
            identities_pb2.CompleteSignInRequest(
                attempt_id=attempt.id,
                verifier=verifier or attempt.verifier,
                invite=invite,
            )
        )

    async def sign_in(self, account: Account, invite: str = "") -> Person:
        attempt = await self.begin()
        self.plextv.approve(attempt.code, account)
        return await self.entered(await self.complete(attempt, invite))

    async def entered(self, done: identities_pb2.CompleteSignInResponse) -> Person:
        assert not done.pending
        signed_in = sessions_pb2.SignedIn(session=done.session, token=done.token)
        return await self.house.enter(signed_in)

    async def begin_link(self, person: Person) -> identities_pb2.Attempt:
        return await self.house.identities.BeginLink(
            identities_pb2.BeginLinkRequest(provider="plex"), metadata=person.metadata
        )

    async def complete_link(
        self, attempt: identities_pb2.Attempt, person: Person
    ) -> identities_pb2.CompleteLinkResponse:
        self.house.clock.advance(timedelta(seconds=1))
        return await self.house.identities.CompleteLink(
            identities_pb2.CompleteLinkRequest(
                attempt_id=attempt.id, verifier=attempt.verifier
            ),
            metadata=person.metadata,
        )

    async def link(self, person: Person, account: Account) -> identities_pb2.Identity:
        attempt = await self.begin_link(person)
        self.plextv.approve(attempt.code, account)
        return (await self.complete_link(attempt, person)).identity

    async def identities(self, person: Person) -> list[identities_pb2.Identity]:
        listed = await self.house.identities.ListIdentities(
            identities_pb2.ListIdentitiesRequest(), metadata=person.metadata
        )
        return list(listed.identities)

    async def unlink(
        self, person: Person, identity_id: str, *, revoke: bool = False
    ) -> None:
        await self.house.identities.DeleteIdentity(
            identities_pb2.DeleteIdentityRequest(
                identity_id=identity_id, revoke_token=revoke
            ),
            metadata=person.metadata,
        )

    async def count(self, table: str) -> int:
        return int(
            await self.house.database.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608
        )

    @property
    def channel(self) -> aio.Channel:
        return self.house.channel


@asynccontextmanager
async def running_plextv() -> AsyncIterator[PlexTV]:
    plextv = PlexTV()
    await plextv.start()
    try:
        yield plextv
    finally:
        await plextv.stop()


@asynccontextmanager
async def open_plex_house(
    database: Database,
    feed: Feed,
    passwords: Argon2Passwords,
    clock: StoppedClock,
    plextv: PlexTV,
    servers: str = f"another-machine, {MACHINE}",
    sealing_keys: str = SEALING_KEYS,
) -> AsyncIterator[PlexHouse]:
    """Another on the same plextv and database is a second replica."""
    if not plextv.accounts:
        olga = plextv.add_account("olga")
        ada = plextv.add_account("ada")
        plextv.add_account("eve")
        plextv.add_server(MACHINE, olga, ada)
    olga, ada, eve, *_ = plextv.accounts.values()
    async with open_house(
        database,
        feed,
        passwords,
        clock,
        plex_address=plextv.url,
        plex_servers=servers,
        sealing_keys=sealing_keys,
    ) as house:
        yield PlexHouse(house, plextv, olga, ada, eve)
