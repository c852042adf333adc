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
            "There were too many wrong passwords or codes. Wait, or ask an admin to "
            "unlock the account.",
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


class ProgramMissing(Missing):
    reason = "program_missing"

    def __init__(self) -> None:
        super().__init__("There is no such program.")


class UserChanged(Conflict):
    reason = "user_changed"


class NotYours(Denied):
    reason = "not_yours"


class BeyondYourPermissions(Denied):
    reason = "beyond_your_permissions"


class OwnerUnchangeable(Refused):
    reason = "owner_unchangeable"


class OwnerMissing(Missing):
    reason = "owner_missing"

    def __init__(self) -> None:
        super().__init__("This house has no owner yet: set it up.")


class OperatorOnly(Denied):
    reason = "operator_only"


class OwnerUnfit(Refused):
    reason = "owner_unfit"


class RoleMissing(Missing):
    reason = "role_missing"

    def __init__(self) -> None:
        super().__init__("There is no such role.")


class RoleExists(Conflict):
    reason = "role_exists"

    def __init__(self) -> None:
        super().__init__("There is such a role already.", field="name")


class RoleChanged(Conflict):
    reason = "role_changed"

    def __init__(self) -> None:
        super().__init__("Somebody else changed this role meanwhile. Look again.")


class RoleFixed(Refused):
    reason = "role_fixed"


class RoleInUse(Refused):
    reason = "role_in_use"


class TooManyRoles(Exhausted):
    reason = "too_many_roles"


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


class PasswordWrong(Denied):
    reason = "password_wrong"


class PasswordMissing(Refused):
    reason = "password_missing"


class PasswordChanged(Conflict):
    reason = "password_changed"


class SecondFactorNeeded(Unauthenticated):
    reason = "second_factor_needed"

    def __init__(self) -> None:
        super().__init__(
            "This account has a second factor: send its code too.", field="code"
        )


class CodeWrong(Denied):
    reason = "code_wrong"

    def __init__(self) -> None:
        super().__init__(
            "This code is wrong, or was used. Wait for the next one.", field="code"
        )


class SecondFactorExists(Refused):
    reason = "second_factor_exists"

    def __init__(self) -> None:
        super().__init__("You have a second factor. Disable it first.")


class SecondFactorMissing(Refused):
    reason = "second_factor_missing"


class ResetMissing(Missing):
    reason = "reset_missing"

    def __init__(self) -> None:
        super().__init__(
            "This link is not good, or no longer: ask an admin for a new one."
        )


class IsYourself(Refused):
    reason = "is_yourself"


class PasswordsBusy(Unavailable):
    reason = "passwords_busy"


class ProviderMissing(Missing):
    reason = "provider_missing"

    def __init__(self) -> None:
        super().__init__("Nobody can sign in that way here.", field="provider")


class AttemptMissing(Missing):
    reason = "attempt_missing"

    def __init__(self) -> None:
        super().__init__("There is no such attempt, or it was begun elsewhere.")


class AttemptExpired(Refused):
    reason = "attempt_expired"

    def __init__(self) -> None:
        super().__init__("It was not approved in time. Begin again.")


class AttemptSpent(Refused):
    reason = "attempt_spent"

    def __init__(self) -> None:
        super().__init__("This attempt has had its session. Begin again.")


class AttemptsBusy(Unavailable):
    reason = "sign_ins_busy"


class NoAccess(Denied):
    reason = "no_access"

    def __init__(self) -> None:
        super().__init__(
            "This account has access to no server of this house. Ask the owner to "
            "share one, or for an invite."
        )


class LinkFirst(Refused):
    reason = "link_first"

    def __init__(self) -> None:
        super().__init__(
            "An account here has this e-mail address. Sign in to it with its password, "
            "and link from there."
        )


class IdentityTaken(Conflict):
    reason = "identity_taken"

    def __init__(self) -> None:
        super().__init__("Another user here has linked this account.")


class ProviderLinked(Conflict):
    reason = "provider_linked"

    def __init__(self) -> None:
        super().__init__("You have linked another account there. Unlink it first.")


class IdentityMissing(Missing):
    reason = "identity_missing"

    def __init__(self) -> None:
        super().__init__("You have not linked such an account.")


class LastWayIn(Refused):
    reason = "last_way_in"

    def __init__(self) -> None:
        super().__init__(
            "Without it you could not sign in any more. Have a password first."
        )


class TokenRevoked(Refused):
    """The provider does not take a token any more."""

    reason = "token_revoked"

    def __init__(self) -> None:
        super().__init__("The approval was taken back. Begin again.")
