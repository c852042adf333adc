"""Those whom media knows: auth told of them, or they were here."""

from kit.errors import Missing


class UserMissing(Missing):
    reason = "user_missing"

    def __init__(self) -> None:
        super().__init__("There is no such user.")
