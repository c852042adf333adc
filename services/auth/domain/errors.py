"""What can go wrong in auth."""

from datetime import timedelta
from math import ceil

from kit.errors import (
    Conflict,
    Denied,
    Exhausted,
    Missing,
    Refused,
    Unauthenticated,
    Unavailable,
)


class SetupDone(Refused):
    reason = "setup_done"


class SetupClosed(Refused):
    reason = "setup_closed"


class SetupTokenWrong(Denied):
    reason = "setup_token_wrong"


class CredentialsWrong(Unauthenticated):
    reason = "credentials_wrong"


class TriedTooOften(Exhausted):
    reason = "sign_in_throttled"

    def __init__(self, retry_after: timedelta) -> None:
        # Whole seconds, and none of them too early.
        wait = timedelta(seconds=ceil(retry_after.total_seconds()))
        super().__init__(
            "There were too many tries to sign in. Wait, or ask an admin to unlock the "
            "account.",
            retry_after=wait,
        )


class GuessedTooOften(Exhausted):
    reason = "guessed_too_often"


class AccountSuspended(Denied):
    reason = "account_suspended"


class SessionUnknown(Unauthenticated):
    reason = "session_unknown"

    def __init__(self) -> None:
        super().__init__("Sign in again: this session or key is not known, or over.")


class SessionMissing(Missing):
    reason = "session_missing"


class SessionIsKey(Refused):
    reason = "session_is_key"


class UserMissing(Missing):
    reason = "user_missing"

    def __init__(self) -> None:
        super().__init__("There is no such user.")


class UserChanged(Conflict):
    reason = "user_changed"


class NotYours(Denied):
    reason = "not_yours"


class BeyondYourPermissions(Denied):
    reason = "beyond_your_permissions"


class KeyLimited(Denied):
    reason = "key_limited"


class OwnerUnchangeable(Refused):
    reason = "owner_unchangeable"


class NameTaken(Conflict):
    reason = "name_taken"

    def __init__(self) -> None:
        super().__init__("This name is taken. Choose another.", field="name")


class EmailTaken(Conflict):
    reason = "email_taken"

    def __init__(self) -> None:
        super().__init__("Another account has this e-mail address.", field="email")


class InviteMissing(Missing):
    reason = "invite_missing"

    def __init__(self) -> None:
        super().__init__("There is no such invite.")


class InviteSpent(Refused):
    reason = "invite_spent"


class InviteExpired(Refused):
    reason = "invite_expired"


class KeyMissing(Missing):
    reason = "key_missing"

    def __init__(self) -> None:
        super().__init__("You have no such key.")


class TooManyKeys(Exhausted):
    reason = "too_many_keys"


class PasswordsBusy(Unavailable):
    reason = "passwords_busy"
