"""Why the house cannot open, or cannot stay open: a line for whoever started it."""


class CannotRun(Exception):
    """Says what is in the way and how to mend it, and ends the launcher with
    `status`."""

    def __init__(self, line: str, status: int = 1) -> None:
        super().__init__(line)
        self.line = line
        self.status = status


class Leaving(Exception):
    """Somebody asked the house to stop while it was still opening."""
