"""What can go wrong with those who get things, beside their being away."""

from kit.errors import Missing, Refused


class FulfillerMissing(Missing):
    reason = "fulfiller_missing"


class FulfillerRefused(Refused):
    """It said no, in its own words, and will again until somebody mends what they
    name."""

    reason = "fulfiller_refused"


class FulfillerKeyRefused(FulfillerRefused):
    """It does not take our key, whatever we ask."""

    reason = "fulfiller_key_refused"
