"""Which Radarrs and Sonarrs can be spoken with, and how."""

from collections import OrderedDict

from kit.breaker import Breaker
from kit.clock import Clock
from services.media.clients.arr.door import Place
from services.media.clients.arr.radarr import Radarr
from services.media.clients.arr.sonarr import Sonarr
from services.media.domain.fulfilling.fulfiller import Fulfiller, FulfillerKind

_MOST_BREAKERS = 256


class ArrClients:
    """Opens fulfillers. Those at one address share what is known of its health."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._breakers: OrderedDict[tuple[str, str], Breaker] = OrderedDict()

    def open(self, kind: FulfillerKind, address: str, api_key: str) -> Fulfiller:
        called = kind.value.capitalize()
        place = Place(called, address, api_key, self._breaker(called, address))
        if kind is FulfillerKind.RADARR:
            return Radarr(place)
        return Sonarr(place, self._clock)

    def _breaker(self, called: str, address: str) -> Breaker:
        found = self._breakers.pop((called, address), None) or Breaker(called)
        self._breakers[called, address] = found
        if len(self._breakers) > _MOST_BREAKERS:
            self._breakers.popitem(last=False)
        return found
