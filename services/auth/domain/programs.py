"""Programs with an account of their own: a role and keys, and nothing else."""

from typing import Protocol
from uuid import UUID

import structlog

from kit.caller import Caller, Once
from kit.clock import Clock
from kit.ids import uuid7
from services.auth.domain.applicants import ensure_name
from services.auth.domain.audit import Actor
from services.auth.domain.errors import ProgramMissing, UserMissing
from services.auth.domain.keys import MOST_KEYS, CutKey, Key, Keys, KeyTerms
from services.auth.domain.roles import Roles, ensure_in_reach, giveable
from services.auth.domain.users import Kind, User

log = structlog.get_logger()


class ProgramAccounts(Protocol):
    """What programs must have stored."""

    async def find(self, user_id: UUID) -> User:
        """Raises UserMissing."""

    async def add(self, user: User, by: Actor) -> None:
        """One who has no password. Raises NameTaken."""


class Programs:
    """Whoever keeps a program may do all that it may."""

    def __init__(
        self, accounts: ProgramAccounts, keys: Keys, roles: Roles, clock: Clock
    ) -> None:
        self._accounts = accounts
        self._keys = keys
        self._roles = roles
        self._clock = clock

    async def create(self, name: str, role: str, by: Caller) -> User:
        """Raises Invalid, BeyondYourPermissions and NameTaken."""
        ensure_name(name)
        given = await giveable(self._roles, role, by)
        now = self._clock.now()
        program = User(
            id=uuid7(now),
            name=name,
            email=None,
            role=given.name,
            granted=given.granted,
            suspended=False,
            created_at=now,
            invited_by=UUID(by.user_id),
            kind=Kind.PROGRAM,
        )
        await self._accounts.add(program, Actor.of(by))
        log.info("program_created", user_id=str(program.id))
        return program

    async def cut(
        self, program_id: UUID, terms: KeyTerms, by: Caller, once: Once
    ) -> CutKey:
        """Raises ProgramMissing, Invalid, BeyondYourPermissions and TooManyKeys."""
        program = await self._find(program_id)
        ensure_in_reach(program.granted, by)
        cut = terms.cut(program.id, program.permissions, self._clock.now())
        return await self._keys.add(cut, once, MOST_KEYS, Actor.of(by))

    async def keys(self, program_id: UUID, after: UUID | None, limit: int) -> list[Key]:
        """Raises ProgramMissing."""
        program = await self._find(program_id)
        return await self._keys.page(program.id, after, limit)

    async def delete(self, program_id: UUID, key_id: UUID, by: Caller) -> None:
        """Raises ProgramMissing, KeyMissing and BeyondYourPermissions."""
        program = await self._find(program_id)
        ensure_in_reach(program.granted, by)
        await self._keys.remove(key_id, program.id, self._clock.now(), Actor.of(by))

    async def _find(self, program_id: UUID) -> User:
        """A person's keys are their own: for whoever asks here, they are not there."""
        try:
            found = await self._accounts.find(program_id)
        except UserMissing as exc:
            raise ProgramMissing from exc
        if found.kind is not Kind.PROGRAM:
            raise ProgramMissing
        return found
