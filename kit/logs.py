"""One line per event: columns for people, JSON for collectors."""

import logging
import sys
from typing import Literal

import structlog


def configure(service: str, form: Literal["columns", "json"] | str) -> None:
    """Send all logs of this process to standard output. Called once, at the front
    door."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    if form == "json":
        renderer: structlog.typing.Processor = structlog.processors.JSONRenderer()
    else:
        # The usual traceback shows local variables, and so passwords and tokens.
        renderer = structlog.dev.ConsoleRenderer(
            colors=True,
            pad_event_to=24,
            exception_formatter=structlog.dev.plain_traceback,
        )
        shared = [
            *shared[:2],
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
        ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.WARNING,
        format=f"{service} %(name)s %(message)s",
    )
