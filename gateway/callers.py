"""The door's first two questions: who is asking, and how often."""

from gateway.calls import metadata_of
from gateway.http.addresses import neighborhood
from gateway.http.origins import Origins
from gateway.http.requests import Request
from gateway.identity import Caller, Identity, credentials_of
from gateway.limits import Limits, Settle
from gateway.policy import Policy, Scope, Session
from gateway.problems import Headers, Problem, unauthenticated
from kit.caller import ENROLLING, KEY_SESSION

# Tokens that auth does not know, by address: guessing is slow work.
GUESS = "guess"
SIGN_IN = "sign_in"
SIGN_IN_ADDRESS = "sign_in_address"
_AUTHORIZATION = b"authorization"
DEAR = {"request", "download"}
"""Classes of which one too many matters."""


class Callers:
    def __init__(
        self, identity: Identity, limits: Limits, settle: Settle, origins: Origins
    ) -> None:
        self._identity = identity
        self._limits = limits
        self._settle = settle
        self._origins = origins
        self._forgiven = ""

    async def admit(self, request: Request, policy: Policy) -> Caller | None:
        """Who is asking; None only where anybody may. Raises Problem: 401, 403."""
        if policy.is_public:
            return await self._admit_anybody(request, policy)
        caller = await self.of(request)
        if caller is None:
            raise unauthenticated("unauthenticated", "Sign in first.")
        if policy.in_person and caller.session_id.startswith(KEY_SESSION):
            raise _key_refused()
        if not policy.enrolling:
            ensure_enrolled(caller)
        if not policy.permits(caller.permissions):
            raise not_permitted()
        return caller

    async def _admit_anybody(self, request: Request, policy: Policy) -> Caller | None:
        if _AUTHORIZATION in policy.headers:
            return None
        if policy.session is Session.STARTS and request.is_from_browser:
            self._origins.ensure_ours(request)
        try:
            return await self.of(request)
        except Problem as problem:
            # Who signs in may still show a session that has ended, and what is open
            # to anybody does not close with auth. A foreign page stays out.
            if problem.status in {401, 503, 504}:
                return None
            raise

    async def of(self, request: Request) -> Caller | None:
        """Who is asking, whatever for. Raises Problem for a token that is not good, and
        for a cookie that a foreign page may have sent."""
        credentials = credentials_of(request.headers)
        if credentials is None:
            return None
        if not request.is_read:
            self.ensure_own_cookie(request)
        caller = self._identity.remembered(credentials.token)
        if caller is not None:
            return caller
        return await self._ask(request, credentials.token)

    def ensure_own_cookie(self, request: Request) -> None:
        """Raises Problem for a cookie that a foreign page may have sent."""
        credentials = credentials_of(request.headers)
        if credentials and credentials.is_cookie:
            self._origins.ensure_ours(request)

    async def _ask(self, request: Request, token: str) -> Caller:
        guesser = neighborhood(request.address)
        self._limits.ensure_left(GUESS, guesser)
        try:
            return await self._identity.resolve(token, metadata_of(request, ""))
        except Problem as problem:
            if problem.status == 401:  # noqa: PLR2004
                self._limits.take(GUESS, guesser)
            raise

    def count(self, request: Request, caller: Caller | None, rate: str) -> Headers:
        """Count the request. Raises Problem, 429."""
        return self._limits.take(rate, _counted_as(request, caller))

    async def count_dear(
        self, request: Request, caller: Caller | None, rate: str
    ) -> Headers:
        """Count what is rare and dear, as all gateways together allow it. Raises
        Problem, 429."""
        who = _counted_as(request, caller)
        return await self._limits.take_together(rate, who, self._settle)

    async def count_sign_in(self, request: Request, login: str) -> Headers:
        """Count a try to sign in, by address and account and, ten times as wide, by
        address alone. Raises Problem, 429."""
        address = neighborhood(request.address)
        account = self._account(address, login)
        await self._limits.take_together(SIGN_IN_ADDRESS, address, self._settle)
        return await self._limits.take_together(SIGN_IN, account, self._settle)

    def welcome(self, request: Request, login: str) -> None:
        """A try that succeeded does not count."""
        address = neighborhood(request.address)
        self._limits.give_back(SIGN_IN_ADDRESS, address)
        self._limits.give_back(SIGN_IN, self._account(address, login))

    def forgive(self, event_id: str) -> None:
        """Count tries at accounts from nothing again, at all gateways alike: an admin
        has unlocked one, and events name nobody. The others gain five tries by it,
        which auth counts as well."""
        self._forgiven = event_id

    def _account(self, address: str, login: str) -> str:
        return f"{address} {login.casefold()} {self._forgiven}"


def _counted_as(request: Request, caller: Caller | None) -> str:
    return caller.user_id if caller else neighborhood(request.address)


def whose(scope: Scope, caller: Caller | None) -> str:
    """Whom an answer is the same for. A user's sessions and keys may be allowed
    different things, so it is a session's own rather than a user's."""
    if scope is Scope.EVERYBODY:
        return ""
    if caller is None:
        return "nobody"
    if scope is Scope.PERMISSIONS:
        return f"p{caller.permissions}"
    return f"{caller.session_id} {caller.permissions}"


def _key_refused() -> Problem:
    return Problem(403, "key_refused", "A key cannot do this. Sign in.")


def ensure_enrolled(caller: Caller) -> None:
    """Raises Problem for one who must set up a second factor before anything else."""
    if caller.permissions & ENROLLING:
        raise Problem(
            403,
            "second_factor_required",
            "This account must have a second factor. Set it up first.",
        )


def not_permitted() -> Problem:
    return Problem(
        403,
        "not_permitted",
        "You may not do this. Ask the owner for the permission.",
    )
