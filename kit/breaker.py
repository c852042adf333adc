"""Stops asking an upstream that fails, until it has had time to recover.

closed ── half of at least 10 calls in a minute failed ──► open
  ▲                                                          │ 30 s
  └── the one call that is let through succeeds ── half open ◄┘
                                       (it fails: open again)
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import structlog
from interlock import CircuitBreaker, CircuitOpenError, Config, State, WindowType
from interlock.protocols import CoreEventListener

from kit import metrics
from kit.errors import Unavailable

log = structlog.get_logger()

Answer = TypeVar("Answer")

_OPEN_S = 30.0
_PATIENCE_S = 1.0
_SHOWN = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
_CONFIG = Config(
    failure_rate_threshold=0.5,
    minimum_number_of_calls=10,
    window_type=WindowType.TIME_BASED,
    window_size=60,
    wait_duration_in_open=_OPEN_S,
    permitted_calls_in_half_open=1,
    max_concurrent_probes=1,
)


class UpstreamResting(Unavailable):
    reason = "upstream_resting"


class _GivenUp(Exception):
    """The caller was canceled, after a time in which an answer could be expected."""


class Breaker:
    """Lets calls to one upstream through, or not.

    Unavailable counts as a failure, and so does a call that the caller gave up after
    a second or more: an upstream that is silent must not hide behind short deadlines.
    Whatever else is raised, the upstream has answered.
    """

    def __init__(self, name: str, ticks: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._ticks = ticks
        self._circuit = CircuitBreaker(
            name=name,
            config=_CONFIG,
            clock=_Ticks(ticks),
            classifier=_Failures(),
            listener=_Reporter(),
        )
        metrics.BREAKER_STATE.labels(name).set(_SHOWN[State.CLOSED])

    async def call(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """What `ask` answers. Raises UpstreamResting, at once, while open."""

        async def watched() -> Answer:
            began = self._ticks()
            try:
                return await ask()
            except asyncio.CancelledError as exc:
                if self._ticks() - began < _PATIENCE_S:
                    raise
                raise _GivenUp from exc

        try:
            return await self._circuit.call_async(watched)
        except CircuitOpenError as exc:
            left_s = _OPEN_S if exc.retry_after is None else exc.retry_after
            raise UpstreamResting(
                f"{self._name} has been failing, and is left alone for a while.",
                retry_after=timedelta(seconds=max(1.0, left_s)),
            ) from exc
        except _GivenUp as exc:
            raise exc.__cause__ or asyncio.CancelledError from None


class _Ticks:
    def __init__(self, ticks: Callable[[], float]) -> None:
        self.monotonic = ticks


class _Failures:
    def is_failure(self, *, result: object, exception: Exception | None) -> bool:  # noqa: ARG002
        return isinstance(exception, Unavailable | _GivenUp)


class _Reporter(CoreEventListener):
    def on_state_change(self, *, name: str, old: State, new: State) -> None:
        metrics.BREAKER_STATE.labels(name).set(_SHOWN.get(new, 0))
        log.info("upstream_breaker", upstream=name, was=str(old), state=str(new))
