"""Showing one's own password or code once more, and how often that may be wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from kit.caller import Caller
from kit.errors import Failure
from services.auth.domain.audit import Action, Actor
from services.auth.domain.errors import CodeWrong, PasswordWrong
from services.auth.domain.throttle import Throttle

_REFUSED = {
    PasswordWrong: Action.PASSWORD_REFUSED,
    CodeWrong: Action.SECOND_FACTOR_REFUSED,
}


class OwnTries:
    """Whoever has somebody's session may guess no more often than those who have none:
    these tries are counted together with those of signing in."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle

    @asynccontextmanager
    async def counted(self, by: Caller) -> AsyncIterator[None]:
        """Count what is done in here as a try, which is given back unless it ends with
        PasswordWrong or CodeWrong. Raises TriedTooOften.

        What is right forgives nothing of before, as signing in does: else one who
        knows the password could guess codes without an end.
        """
        attempt = await self._throttle.admit(by.name, UUID(by.user_id), by.address)
        try:
            yield
        except (PasswordWrong, CodeWrong) as exc:
            action, actor = _REFUSED[type(exc)], Actor.of(by)
            await self._throttle.failed_own(attempt, action, actor)
            raise
        except Failure:
            await self._throttle.give_back(attempt)
            raise
        await self._throttle.give_back(attempt)
