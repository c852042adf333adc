"""Orders, and those who take them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from kit.breaker import Breaker
from services.media.clients.arr.door import Place
from services.media.clients.arr.radarr import Radarr
from services.media.clients.arr.sonarr import Sonarr
from services.media.domain.fulfilling.fulfiller import Order
from services.media.domain.requests.choices import Choices
from services.media.domain.titles import Kind
from tests.clock import StoppedClock
from tests.simulators.arr.server import Arr
from tests.simulators.radarr.server import Radarr as SimulatedRadarr
from tests.simulators.sonarr.server import Sonarr as SimulatedSonarr

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MATRIX = Order(Kind.MOVIE, 603, None, "The Matrix", 1999, Choices(None, 4, "/movies"))
DARK = Order(Kind.SERIES, 70523, 334824, "Dark", 2017, Choices(None, 4, "/tv"))


def place(server: Arr, key: str = "") -> Place:
    breaker = Breaker(server.app_name)
    return Place(server.app_name, server.url, key or server.key, breaker)


def radarr_client(server: SimulatedRadarr, key: str = "") -> Radarr:
    return Radarr(place(server, key))


def impatient_radarr(server: SimulatedRadarr) -> Radarr:
    return Radarr(replace(place(server), patience=timedelta(seconds=0.1)))


def sonarr_client(server: SimulatedSonarr) -> Sonarr:
    return Sonarr(place(server), StoppedClock(NOW))


def like(order: Order, **changes: Any) -> Order:
    return replace(order, **changes)


def chosen(order: Order, **changes: Any) -> Order:
    return replace(order, choices=replace(order.choices, **changes))


NONSENSE = (
    b"",
    b"{",
    b"null",
    b"7",
    b"[7]",
    b'"text"',
    b"{}",
    b'[{"id": "1"}]',
    b'[{"id": -1, "tmdbId": 603, "tvdbId": 334824}]',
    b'{"records": [{"id": 1, "movieId": null, "seriesId": 1e99}]}',
    b'{"version": "", "records": 7}',
    b'[{"id": 1e400}]',
)
"""What is no answer to anything that is asked."""
