"""The second tier of a cache: in Redis, shared by all processes of a namespace.

    NAMESPACE:v:KEY   an entry, with the tokens its tags had when its loading began
    NAMESPACE:t:TAG   the tag's token of now: a new one makes all its entries void
    NAMESPACE:l:KEY   held by whoever is loading
    NAMESPACE:drop    the channel on which dropped tags are told

A token that Redis forgot is made anew and equals none before it: entries can be
lost, but not come back.
"""

import json
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass

from aiocache.backends.redis import RedisCache
from aiocache.serializers import NullSerializer

from kit.caching.entry import TOKEN_BYTES, Entry, decode
from kit.redis import GuardedRedis

EVERYTHING = ""
"""The tag that each entry has without saying so."""

_LEASE_MS = 3_000
_TOKEN_MS = 7 * 24 * 3600 * 1000
_LARGEST_BYTES = 1024 * 1024
_MOST_OWED = 1_000

# KEYS: entry, lock, tags…  ARGV: lock token, lease, new tag token, its life
_BEGIN = """
local tokens = {}
for i = 3, #KEYS do
  local token = redis.call('GET', KEYS[i])
  if not token then
    token = ARGV[3]
    redis.call('SET', KEYS[i], token, 'PX', ARGV[4])
  end
  tokens[i - 2] = token
end
local locked = redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
return {locked and 1 or 0, redis.call('GET', KEYS[1]), tokens}
"""
# KEYS: as above.  ARGV: lock token, life (0: store nothing), entry, tag tokens…
_END = """
local good = ARGV[2] ~= '0'
for i = 3, #KEYS do
  if redis.call('GET', KEYS[i]) ~= ARGV[i + 1] then good = false end
end
if good then redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[2]) end
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[2]) end
return good and 1 or 0
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """The right to load, or what somebody else loaded meanwhile."""

    entry: Entry | None
    is_ours: bool
    lock: bytes = b""
    tokens: tuple[bytes, ...] = ()


class Shared:
    """Entries that all processes see.

    Redis away means that nothing is found and nothing is kept. What could not be
    told to Redis is owed, and paid before anything is believed from it again.
    """

    def __init__(self, namespace: str, redis: GuardedRedis, origin: str) -> None:
        self.channel = f"{namespace}:drop"
        self._namespace = namespace
        self._redis = redis
        self._origin = origin
        self._backend = RedisCache(
            serializer=NullSerializer(encoding=None),
            namespace=namespace,
            # redis-py has its own; aiocache's would cost a task for each call.
            timeout=0,
            connection_pool_class=lambda **_: redis.pool,
        )
        self._begin = redis.client.register_script(_BEGIN)
        self._end = redis.client.register_script(_END)
        # Begun while Redis is away: that outage is one more than was seen.
        self._seen_outages = redis.outages - redis.is_away
        self._owed: dict[str, int] = {}
        self._serial = 0

    async def look(self, key: str, tags: tuple[str, ...]) -> Entry | None:
        """The entry when it is good. Raises RedisAway."""
        await self.settle()
        names = [f"v:{key}", f"t:{EVERYTHING}", *(f"t:{tag}" for tag in tags)]
        raw, *tokens = await self._redis.ask(lambda: self._backend.multi_get(names))
        if raw is None or None in tokens:
            return None
        return decode(raw, tokens)

    async def begin(self, key: str, tags: tuple[str, ...]) -> Turn:
        """Ask for the right to load, which ends by itself after 3 s. Raises
        RedisAway."""
        await self.settle()
        lock = os.urandom(TOKEN_BYTES)
        locked, raw, tokens = await self._redis.ask(
            lambda: self._begin(
                keys=self._keys(key, tags),
                args=[lock, _LEASE_MS, os.urandom(TOKEN_BYTES), _TOKEN_MS],
            )
        )
        entry = None if raw is None else decode(raw, tokens)
        return Turn(entry, bool(locked), lock, tuple(tokens))

    async def end(
        self,
        key: str,
        tags: tuple[str, ...],
        turn: Turn,
        entry: Entry | None,
        now: float,
    ) -> None:
        """Keep what was loaded, unless a tag was dropped since `begin`, and give the
        right back. Raises RedisAway."""
        life_ms, raw = 0, b""
        if entry is not None and len(entry.value) <= _LARGEST_BYTES:
            life_ms = max(0, math.ceil((entry.stale_until - now) * 1000))
            raw = entry.encode(list(turn.tokens))
        await self._redis.ask(
            lambda: self._end(
                keys=self._keys(key, tags), args=[turn.lock, life_ms, raw, *turn.tokens]
            )
        )

    def owe(self, tags: Iterable[str]) -> None:
        """Note tags that everybody must drop."""
        self._serial += 1
        for tag in tags:
            self._owed[tag] = self._serial
        if len(self._owed) > _MOST_OWED:
            self._owed = {EVERYTHING: self._serial}

    @property
    def owes(self) -> bool:
        return bool(self._owed)

    async def settle(self) -> None:
        """Tell all tags that are owed. Raises RedisAway, and they stay owed."""
        outages = self._redis.outages
        if outages != self._seen_outages:
            # Somebody may have dropped a tag while Redis could not be told, and be
            # slower than we to tell it now, or dead.
            self.owe((EVERYTHING,))
        if not self._owed:
            return
        told = dict(self._owed)
        await self._redis.ask(lambda: self._tell(list(told)))
        self._seen_outages = outages
        for tag, serial in told.items():
            if self._owed.get(tag) == serial:
                del self._owed[tag]

    async def _tell(self, tags: list[str]) -> None:
        token = os.urandom(TOKEN_BYTES)
        async with self._redis.client.pipeline(transaction=True) as pipeline:
            for tag in tags:
                pipeline.set(f"{self._namespace}:t:{tag}", token, px=_TOKEN_MS)
            pipeline.publish(self.channel, json.dumps([self._origin, *tags]))
            await pipeline.execute()

    def _keys(self, key: str, tags: tuple[str, ...]) -> list[str]:
        names = (f"v:{key}", f"l:{key}", f"t:{EVERYTHING}", *(f"t:{t}" for t in tags))
        return [f"{self._namespace}:{name}" for name in names]
