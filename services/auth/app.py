"""Where auth is put together. Read this file first."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass

from grpc import aio

from kit.clock import Clock
from kit.outbox import Feed
from kit.pages import Pages
from kit.postgres import Database
from kit.rpc.addresses import AddressSeal
from kit.rpc.identity import CallerKeys
from kit.sealing import Seal
from kit.service import open_service
from medianest.api.v1 import policy_pb2
from medianest.auth.v1 import (
    audit_pb2_grpc,
    events_pb2_grpc,
    exports_pb2_grpc,
    identities_pb2_grpc,
    invites_pb2_grpc,
    keys_pb2_grpc,
    locks_pb2_grpc,
    operator_pb2_grpc,
    ownership_pb2_grpc,
    passwords_pb2_grpc,
    programs_pb2_grpc,
    roles_pb2_grpc,
    second_factors_pb2_grpc,
    sessions_pb2_grpc,
    setup_pb2_grpc,
    users_pb2_grpc,
)
from services.auth.clients.argon2 import OWASP, Argon2Passwords
from services.auth.clients.breached import BreachedPasswords
from services.auth.clients.plex import NAME as PLEX
from services.auth.clients.plex import open_plex
from services.auth.clients.totp import TotpCodes
from services.auth.domain.attempts import Approvals
from services.auth.domain.entering import Entrance
from services.auth.domain.exchange import Exchange, Sightings
from services.auth.domain.exports import Exports
from services.auth.domain.guesses import Guesses
from services.auth.domain.history import History
from services.auth.domain.identities import Provider, Providers
from services.auth.domain.invites import Invitations
from services.auth.domain.keys import OwnKeys
from services.auth.domain.linking import Linking
from services.auth.domain.locks import Locks
from services.auth.domain.operator import Operator
from services.auth.domain.own_factor import OwnFactor
from services.auth.domain.own_password import OwnPassword
from services.auth.domain.own_tries import OwnTries
from services.auth.domain.ownership import Ownership
from services.auth.domain.passwords import Passwords, Strength
from services.auth.domain.people import People
from services.auth.domain.programs import Programs
from services.auth.domain.resets import PasswordResets
from services.auth.domain.roles import KeptRoles
from services.auth.domain.sessions import Lifetime, OwnSessions
from services.auth.domain.setup import Setup
from services.auth.domain.sign_in import SignIn
from services.auth.domain.throttle import Throttle
from services.auth.domain.upkeep import Upkeep
from services.auth.rpc.audit import AuditHandlers
from services.auth.rpc.contract import SERVICES
from services.auth.rpc.events import EventsHandlers
from services.auth.rpc.exports import ExportsHandlers
from services.auth.rpc.identities import IdentitiesHandlers
from services.auth.rpc.invites import InvitesHandlers
from services.auth.rpc.keys import KeysHandlers
from services.auth.rpc.locks import LocksHandlers
from services.auth.rpc.operator import OperatorHandlers
from services.auth.rpc.ownership import OwnershipHandlers
from services.auth.rpc.passwords import PasswordsHandlers
from services.auth.rpc.programs import ProgramsHandlers
from services.auth.rpc.roles import RolesHandlers
from services.auth.rpc.second_factors import SecondFactorsHandlers
from services.auth.rpc.sessions import SessionsHandlers
from services.auth.rpc.setup import SetupHandlers
from services.auth.rpc.users import UsersHandlers
from services.auth.settings import Settings
from services.auth.store.attempts import PostgresAttempts
from services.auth.store.audit import PostgresLog
from services.auth.store.exports import PostgresRecords
from services.auth.store.held_tokens import PostgresHeldTokens
from services.auth.store.identities import PostgresIdentities
from services.auth.store.invites import PostgresInvites
from services.auth.store.keys import PostgresKeys
from services.auth.store.locks import PostgresLocks
from services.auth.store.owners import PostgresOwners
from services.auth.store.passwords import PostgresPasswords, PostgresResets
from services.auth.store.provider_clients import client_identifier
from services.auth.store.roles import PostgresRoles
from services.auth.store.sealed import PostgresSealed
from services.auth.store.second_factors import PostgresFactors, reseal_factors
from services.auth.store.sessions import PostgresSessions
from services.auth.store.sightings import BatchedSightings, tidy_sessions
from services.auth.store.tidying import tidy_audit, tidy_tries
from services.auth.store.tries import PostgresTries
from services.auth.store.users import PostgresUsers


async def run(settings: Settings) -> None:
    """Serve until told to leave. Raises DatabaseAway when there is no database to
    begin with."""
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(open_service("auth", settings))
        passwords = stack.enter_context(
            closing(Argon2Passwords(settings.password_threads, OWASP))
        )
        providers = await stack.enter_async_context(
            open_providers(settings, service.database, service.clock)
        )
        token_seal = Seal(settings.sealing_keys.get_secret_value())
        upkeep = Upkeep(
            PostgresHeldTokens(service.database, token_seal), providers, service.clock
        )
        sessions = PostgresSessions(service.database)
        sightings = BatchedSightings(sessions)
        gateway_token = settings.gateway_token.get_secret_value()
        addresses = AddressSeal(gateway_token, service.clock)
        await service.serve(
            SERVICES,
            policy_pb2.policy,
            register(
                settings,
                service.database,
                passwords,
                sightings,
                service.feed,
                service.keys,
                service.clock,
                providers,
                token_seal,
            ),
            seal=addresses,
            looking_after_identities=upkeep.run(),
            seeing=sightings.run(),
            resealing=reseal_factors(PostgresFactors(service.database, token_seal)),
            tidying_sessions=tidy_sessions(
                sessions, service.clock, settings.session_lifetime.idle
            ),
            tidying_tries=tidy_tries(PostgresTries(service.database), service.clock),
            tidying_audit=tidy_audit(
                PostgresLog(service.database), settings.audit_days
            ),
        )


@asynccontextmanager
async def open_providers(
    settings: Settings, database: Database, clock: Clock
) -> AsyncIterator[Providers]:
    """Those whom the settings name. Others come beside it."""
    async with AsyncExitStack() as stack:
        offered: list[Provider] = []
        if settings.plex_address:
            plex = open_plex(
                settings.plex_address,
                await client_identifier(database, PLEX),
                settings.plex_machines,
                clock,
            )
            offered.append(await stack.enter_async_context(plex))
        yield Providers(*offered)


def register(
    settings: Settings,
    database: Database,
    passwords: Passwords,
    sightings: Sightings,
    feed: Feed,
    keys: CallerKeys,
    clock: Clock,
    providers: Providers,
    token_seal: Seal,
) -> Callable[[aio.Server], None]:
    """What puts all of auth's doors into a server."""
    tries = PostgresTries(database)
    house = _House(
        settings,
        database,
        passwords,
        Pages(keys.signing_key),
        clock,
        token_seal,
        tries,
        Throttle(tries, clock, keys.signing_key),
    )

    def into(server: aio.Server) -> None:
        _register_sessions(house, server, sightings, keys)
        _register_people(house, server)
        _register_programs(house, server)
        _register_credentials(house, server)
        _register_identities(house, server, providers)
        _register_history(house, server, feed)

    return into


@dataclass(frozen=True, slots=True)
class _House:
    """What several of the doors are made of."""

    settings: Settings
    database: Database
    passwords: Passwords
    pages: Pages
    clock: Clock
    token_seal: Seal
    tries: PostgresTries
    throttle: Throttle

    @property
    def lifetime(self) -> Lifetime:
        return self.settings.session_lifetime

    @property
    def roles(self) -> PostgresRoles:
        return PostgresRoles(self.database)

    @property
    def users(self) -> PostgresUsers:
        return PostgresUsers(self.database)

    @property
    def factors(self) -> PostgresFactors:
        return PostgresFactors(self.database, self.token_seal)

    @property
    def strength(self) -> Strength:
        return Strength(BreachedPasswords())


def _register_sessions(
    house: _House, server: aio.Server, sightings: Sightings, keys: CallerKeys
) -> None:
    sessions = PostgresSessions(house.database)
    clock, lifetime = house.clock, house.lifetime
    sign_in = SignIn(
        sessions,
        house.factors,
        house.passwords,
        TotpCodes(),
        house.throttle,
        clock,
        lifetime,
    )
    exchange = Exchange(
        sessions,
        sightings,
        Guesses(house.tries),
        clock,
        lifetime,
        house.settings.gateway_token.get_secret_value(),
    )
    sessions_pb2_grpc.add_SessionsServiceServicer_to_server(
        SessionsHandlers(
            sign_in,
            OwnSessions(sessions, clock, lifetime),
            exchange,
            keys,
            house.pages,
            lifetime,
        ),
        server,
    )


def _register_people(house: _House, server: aio.Server) -> None:
    database, clock, lifetime = house.database, house.clock, house.lifetime
    owners, roles = PostgresOwners(database), house.roles
    setup = Setup(
        owners,
        roles,
        house.passwords,
        house.strength,
        clock,
        lifetime,
        house.settings.setup_token.get_secret_value(),
    )
    setup_pb2_grpc.add_SetupServiceServicer_to_server(
        SetupHandlers(setup, lifetime), server
    )
    invitations = Invitations(
        PostgresInvites(database),
        roles,
        house.passwords,
        house.strength,
        clock,
        lifetime,
    )
    invites_pb2_grpc.add_InvitesServiceServicer_to_server(
        InvitesHandlers(invitations, house.pages, lifetime), server
    )
    users_pb2_grpc.add_UsersServiceServicer_to_server(
        UsersHandlers(People(house.users, roles, clock), house.pages), server
    )
    roles_pb2_grpc.add_RolesServiceServicer_to_server(
        RolesHandlers(KeptRoles(roles, clock), house.pages), server
    )
    ownership_pb2_grpc.add_OwnershipServiceServicer_to_server(
        OwnershipHandlers(Ownership(owners, clock)), server
    )
    exports_pb2_grpc.add_ExportsServiceServicer_to_server(
        ExportsHandlers(Exports(PostgresRecords(database), clock), lifetime), server
    )


def _register_programs(house: _House, server: aio.Server) -> None:
    api_keys = PostgresKeys(house.database)
    keys_pb2_grpc.add_KeysServiceServicer_to_server(
        KeysHandlers(OwnKeys(api_keys, house.clock), house.pages), server
    )
    programs = Programs(house.users, api_keys, house.roles, house.clock)
    programs_pb2_grpc.add_ProgramsServiceServicer_to_server(
        ProgramsHandlers(programs, house.pages), server
    )


def _register_credentials(house: _House, server: aio.Server) -> None:
    kept, clock, lifetime = (
        PostgresPasswords(house.database),
        house.clock,
        house.lifetime,
    )
    users, passwords, strength = house.users, house.passwords, house.strength
    tries = OwnTries(house.throttle)
    own_password = OwnPassword(kept, passwords, strength, tries, clock, lifetime)
    kept_resets = PostgresResets(house.database)
    resets = PasswordResets(kept_resets, users, passwords, strength, clock)
    passwords_pb2_grpc.add_PasswordsServiceServicer_to_server(
        PasswordsHandlers(own_password, resets, lifetime), server
    )
    own_factor = OwnFactor(
        house.factors, kept, users, passwords, TotpCodes(), tries, clock
    )
    second_factors_pb2_grpc.add_SecondFactorsServiceServicer_to_server(
        SecondFactorsHandlers(own_factor), server
    )
    operator = Operator(
        PostgresOwners(house.database),
        kept_resets,
        house.factors,
        PostgresSealed(house.database, house.token_seal),
        clock,
    )
    operator_pb2_grpc.add_OperatorServiceServicer_to_server(
        OperatorHandlers(operator), server
    )


def _register_identities(
    house: _House, server: aio.Server, providers: Providers
) -> None:
    database, clock, lifetime = house.database, house.clock, house.lifetime
    identities = PostgresIdentities(database, house.token_seal)
    attempts = PostgresAttempts(database, house.token_seal)
    approvals = Approvals(attempts, providers, clock)
    entrance = Entrance(
        approvals, identities, PostgresInvites(database), house.roles, clock, lifetime
    )
    linking = Linking(approvals, identities, clock)
    identities_pb2_grpc.add_IdentitiesServiceServicer_to_server(
        IdentitiesHandlers(providers, entrance, linking, house.pages, lifetime), server
    )


def _register_history(house: _House, server: aio.Server, feed: Feed) -> None:
    locks = Locks(PostgresLocks(house.database), house.clock)
    locks_pb2_grpc.add_LocksServiceServicer_to_server(
        LocksHandlers(locks, house.pages), server
    )
    audit_pb2_grpc.add_AuditServiceServicer_to_server(
        AuditHandlers(History(PostgresLog(house.database)), house.pages), server
    )
    events_pb2_grpc.add_EventsServiceServicer_to_server(EventsHandlers(feed), server)
