"""Who is connected: so many in all, so many of one address, and who has to go when
there are more."""

from itertools import islice
from typing import Protocol

from gateway.http.addresses import Proxies, neighborhood
from gateway.http.bounds import Bounds

# Among those who have been here longest. Who was looked at goes to the end, so that
# the next look begins with others.
_LOOKED_AT = 1024
# What is held of long bodies that are not answered yet: eight of the longest for each
# of eight clients. Short ones find room in any case.
_LONG_BODIES_BYTES = 64 * 1024 * 1024
_SHORT_BODY_BYTES = 64 * 1024


class Guest(Protocol):
    """A connection that may be sent away."""

    @property
    def is_busy(self) -> bool:
        """Somebody waits for an answer that is being made."""

    @property
    def asked(self) -> object:
        """Another one after each request."""

    def send_away(self) -> None: ...


class Place:
    """One connection's place in the crowd, until it leaves."""

    __slots__ = ("_body_bytes", "_groups", "_guest", "_seen", "crowd")

    def __init__(self, crowd: "Crowd", guest: Guest, groups: list["_Group"]) -> None:
        self.crowd = crowd
        self._guest: Guest | None = guest
        self._groups = groups
        self._seen: object = None
        self._body_bytes = 0
        for group in groups:
            group.places[self] = None
            group.size += 1

    @property
    def is_busy(self) -> bool:
        return self._guest is None or self._guest.is_busy

    def has_asked(self) -> bool:
        """Whether it has since it was last looked at."""
        asked = self._guest.asked if self._guest else None
        has_asked, self._seen = asked is not self._seen, asked
        return has_asked

    def stay(self) -> None:
        """It is a WebSocket now, which nobody is to be made room with."""
        self._guest = None
        for group in self._groups:
            group.places.pop(self, None)

    def leave(self) -> None:
        """Again, it does nothing."""
        self.forget_bodies()
        for group in self._groups:
            group.places.pop(self, None)
            group.size -= 1
            if not group.size:
                self.crowd.forget(group)
        self._groups = []
        self._guest = None

    def send_away(self) -> None:
        guest = self._guest
        self.leave()
        if guest:
            guest.send_away()

    def hold_body(self, length: int) -> bool:
        """Whether there is room for so much more of its body."""
        self._body_bytes += length
        self.crowd.body_bytes += length
        is_short = self._body_bytes <= _SHORT_BODY_BYTES
        return is_short or self.crowd.body_bytes <= _LONG_BODIES_BYTES

    def forget_bodies(self) -> None:
        self.crowd.body_bytes -= self._body_bytes
        self._body_bytes = 0


class Crowd:
    """When all places are taken, those have to go that ask nothing, so that who comes
    with a question is let in."""

    def __init__(self, bounds: Bounds, proxies: Proxies) -> None:
        self.bounds = bounds
        self.body_bytes = 0
        self._proxies = proxies
        self.all = _Group("", bounds.connections)
        self._by_address: dict[str, _Group] = {}
        self.sent_away = 0
        """How many had to make room."""
        self.refused = 0

    def enter(self, guest: Guest, address: str) -> Place | None:
        """A place, or None: there is none, and nobody who could go."""
        groups = [self.all]
        # A proxy's address stands for many.
        if self.bounds.connections_per_address and not self._proxies.trusts(address):
            where = neighborhood(address)
            groups.append(self._by_address.get(where) or self._group(where))
        # Of one's own address first: others go only when all together are too many.
        for group in reversed(groups):
            if group.size >= group.most and not self._make_room(group):
                self.refused += 1
                return None
        for group in groups[1:]:
            # It may have been its last guest who made room.
            self._by_address[group.name] = group
        return Place(self, guest, groups)

    def forget(self, group: "_Group") -> None:
        self._by_address.pop(group.name, None)

    def _group(self, where: str) -> "_Group":
        return _Group(where, self.bounds.connections_per_address)

    def _make_room(self, group: "_Group") -> bool:
        going: Place | None = None
        for place in list(islice(group.places, _LOOKED_AT)):
            if not place.is_busy:
                if not place.has_asked():
                    going = place
                    break
                going = going or place
            del group.places[place]
            group.places[place] = None
        if going is None:
            return False
        self.sent_away += 1
        going.send_away()
        return True


class _Group:
    __slots__ = ("most", "name", "places", "size")

    def __init__(self, name: str, most: int) -> None:
        self.name = name
        self.most = most
        self.size = 0
        self.places: dict[Place, None] = {}
        """Those that may be sent away, who came first first."""
