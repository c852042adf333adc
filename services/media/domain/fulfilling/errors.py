"""What can go wrong with those who get things, beside their being away."""

from kit.errors import Invalid, Missing, Refused


class FulfillerMissing(Missing):
    reason = "fulfiller_missing"


class FulfillerUnfit(Invalid):
    """Who is chosen to get something is not there, or gets other things."""

    reason = "fulfiller_unfit"


class FulfillersFull(Refused):
    reason = "fulfillers_full"


class DefaultNeeded(Refused):
    reason = "default_needed"


class FulfillerAway(Invalid):
    """Nothing answers at the address that somebody has entered, or something else."""

    reason = "fulfiller_away"


class FulfillerKeyWrong(Invalid):
    """It does not take the key that somebody has entered."""

    reason = "fulfiller_key_refused"


class FulfillerRefused(Refused):
    """It said no, in its own words, and will again until somebody mends what they
    name."""

    reason = "fulfiller_refused"


class FulfillerKeyRefused(FulfillerRefused):
    """It does not take our key, whatever we ask."""

    reason = "fulfiller_key_refused"
