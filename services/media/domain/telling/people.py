"""Who is here and what their role grants, as auth tells it."""

from typing import Protocol


class People(Protocol):
    """Each is told with the place of the event that told it: what was told behind it
    stays, and to be told twice is to be told."""

    async def is_in(
        self, user_id: str, role: str, place: int, *, suspended: bool
    ) -> None: ...

    async def role_grants(self, name: str, permissions: int, place: int) -> None:
        """`permissions` is a word of bits."""

    async def role_ended(self, name: str, heir: str, place: int) -> None:
        """Who had it has `heir` from now on; empty: nobody had it."""
