"""What auth needs done with passwords."""

from typing import Protocol


class Passwords(Protocol):
    async def hash(self, password: str) -> str:
        """What may be stored of a password. Raises PasswordsBusy when too many are
        waiting."""

    async def matches(self, password: str, hashed: str | None) -> bool:
        """Whether it is that password. Without a hash the answer is no, and takes as
        long. Raises PasswordsBusy."""
