"""Where a stream of events begins: told in its first metadata."""

AFTER_KEY = "medianest-after"
"""The id of the event behind which the stream begins."""
HEAD_KEY = "medianest-head"
"""The id of the latest event when the stream began."""
