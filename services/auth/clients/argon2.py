"""Argon2id, in threads beside the event loop."""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.auth.domain.errors import PasswordsBusy
from services.auth.domain.passwords import normalized

Answer = TypeVar("Answer")

OWASP = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""What OWASP asks of argon2id at least: 19 MiB and two passes, 30 to 40 ms here."""
# Behind so many the caller's deadline would pass first.
_MOST_WAITING = 64


class Argon2Passwords:
    """Each thread takes the hasher's memory while it works, and gives the GIL back:
    calls that need no password do not wait for those that do."""

    def __init__(self, threads: int, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        # What the password of an account that does not exist is compared with.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._waiting = 0

    async def hash(self, password: str) -> str:
        return await self._run(lambda: self._hasher.hash(normalized(password)))

    async def matches(self, password: str, hashed: str | None) -> bool:
        against = self._nobody if hashed is None else hashed
        return await self._run(lambda: self._verify(normalized(password), against))

    def is_outdated(self, hashed: str) -> bool:
        return self._hasher.check_needs_rehash(hashed)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    async def _run(self, work: Callable[[], Answer]) -> Answer:
        if self._waiting >= _MOST_WAITING:
            raise PasswordsBusy("Too many are signing in just now. Try again soon.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1

    def _verify(self, password: str, hashed: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
