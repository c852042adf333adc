"""What can go wrong with notifications."""

from kit.errors import Denied, Invalid, Missing


class NotificationMissing(Missing):
    reason = "notification_missing"

    def __init__(self) -> None:
        super().__init__("There is no such notification.")


class NewsUnknown(Invalid):
    reason = "notification_type_unknown"

    def __init__(self) -> None:
        super().__init__(
            "type is one of those that your preferences list.", field="choices.type"
        )


class PersonGone(Denied):
    reason = "user_removed"

    def __init__(self) -> None:
        super().__init__("Your account was removed.")
