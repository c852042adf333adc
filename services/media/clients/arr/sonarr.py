"""Sonarr, which gets series."""

from collections.abc import Sequence
from datetime import timedelta

from kit.clock import Clock
from kit.http import UpstreamAway
from services.media.clients.arr import wanted
from services.media.clients.arr.door import Asked, Place, asking
from services.media.clients.arr.downloads import download
from services.media.clients.arr.said import (
    Said,
    id_of,
    inner,
    is_true,
    known_as,
    moment,
    text,
    thing,
    things,
    whole,
)
from services.media.clients.arr.wanted import Series
from services.media.domain.fulfilling.errors import (
    FulfillerKeyRefused,
    FulfillerRefused,
)
from services.media.domain.fulfilling.fulfiller import Download, Entry, Options, Order

_UNREAD = "Sonarr has not read the episodes of this series yet."
# It reads a new series at once. One that is older and has no episodes has none.
_READ_WITHIN = timedelta(minutes=10)


class Sonarr:
    """A Fulfiller."""

    def __init__(self, place: Place, clock: Clock) -> None:
        self._place = place
        self._clock = clock

    async def options(self) -> Options:
        async with asking(self._place) as asked:
            return await asked.options()

    async def find(self, order: Order) -> Entry | None:
        async with asking(self._place) as asked:
            tvdb_id = order.tvdb_id
            if not tvdb_id:
                found = await _look_up(asked, order)
                tvdb_id = whole(found, "tvdbId") if found else 0
            series = await _series(asked, tvdb_id) if tvdb_id else None
        if series is None:
            return None
        return wanted.entry(order, series, self._clock.now())

    async def add(self, order: Order, found: Entry | None) -> Entry:  # noqa: ARG002
        """What was found is looked at again, for it may have changed."""
        async with asking(self._place) as asked:
            series = await _series(asked, order.tvdb_id) if order.tvdb_id else None
            tags = await asked.tags(order.choices.tags)
            if series is None:
                told = await _look_up(asked, order)
                if told is None:
                    raise FulfillerRefused(f"Sonarr does not find {order.name}.")
                series = await self._have(asked, order, told, tags)
            return await self._widen(asked, order, series, tags)

    async def search(self, order: Order, entry: Entry) -> None:
        if entry.is_there or order.future_only:
            return
        series_id = str(entry.remote_id)
        async with asking(self._place) as asked:
            said = thing(await asked.get(f"series/{series_id}"))
            episodes = things(await asked.get("episode", {"seriesId": series_id}))
            self._ensure_read(said, episodes)
            for command in _commands(order, Series(said, episodes)):
                await asked.post("command", command)

    async def queue(self) -> Sequence[Download]:
        async with asking(self._place) as asked:
            rows = asked.queue(includeEpisode="true", includeUnknownSeriesItems="false")
            return [_download(each) async for each in rows]

    async def _have(
        self, asked: Asked, order: Order, told: Said, tags: list[int]
    ) -> Series:
        """The series, added unless it is there."""
        tvdb_id = id_of(told, "tvdbId")
        if (series := await _series(asked, tvdb_id)) is not None:
            return series
        body = _new(order, told, tags)
        if (await asked.version()).startswith("3."):
            languages = things(await asked.get("languageprofile"))
            body["languageProfileId"] = id_of(languages[0]) if languages else 1
        try:
            await asked.post("series", body)
        except FulfillerKeyRefused:
            raise
        except FulfillerRefused:
            # It says no as well to what somebody else has just added.
            if (series := await _series(asked, tvdb_id)) is not None:
                return series
            raise
        series = await _series(asked, tvdb_id)
        if series is None:
            raise UpstreamAway("Sonarr does not have yet what it has just added.")
        return series

    async def _widen(
        self, asked: Asked, order: Order, series: Series, tags: list[int]
    ) -> Entry:
        now = self._clock.now()
        if (changed := _widened(order, series.said, tags)) is not None:
            # A season that is monitored anew takes all of its episodes with it.
            aired = wanted.left_alone(series, now) if order.future_only else []
            await asked.put(f"series/{series.id}", changed)
            if aired:
                body = {"episodeIds": aired, "monitored": False}
                await asked.put("episode/monitor", body)
            series = await _read(asked, changed)
        if order.episodes and not series.is_read:
            raise UpstreamAway(_UNREAD)
        _ensure_known(order, series)
        ids = wanted.unmonitored(wanted.wanted_episodes(order, series, now))
        if ids:
            body = {"episodeIds": ids, "monitored": True}
            await asked.put("episode/monitor", body)
            series = await _read(asked, series.said)
        return wanted.entry(order, series, now)

    def _ensure_read(self, series: Said, episodes: Sequence[Said]) -> None:
        """Raises UpstreamAway: of what has just been added there is nothing yet that
        a search would look for, and it would find nothing."""
        added = moment(series, "added")
        if episodes or added is None or self._clock.now() - added > _READ_WITHIN:
            return
        raise UpstreamAway(_UNREAD)


async def _series(asked: Asked, tvdb_id: int) -> Series | None:
    all_ = await asked.get("series", {"tvdbId": str(tvdb_id)})
    said = known_as(all_, "tvdbId", tvdb_id)
    return None if said is None else await _read(asked, said)


async def _read(asked: Asked, said: Said) -> Series:
    episodes = things(await asked.get("episode", {"seriesId": str(id_of(said))}))
    return Series(said, episodes)


async def _look_up(asked: Asked, order: Order) -> Said | None:
    """What Sonarr knows of the order's series, by what both call it. A name alone is
    enough only where Sonarr does not say whose number at TMDB it is."""
    if order.tvdb_id:
        found = await _found(asked, f"tvdb:{order.tvdb_id}")
        return next((e for e in found if e.get("tvdbId") == order.tvdb_id), None)
    if order.tmdb_id:
        for term in (f"tmdb:{order.tmdb_id}", order.name):
            found = await _found(asked, term)
            for each in found:
                if each.get("tmdbId") == order.tmdb_id:
                    return each
        same = [each for each in found if _is_same(each, order)]
        if len(same) == 1 and not whole(same[0], "tmdbId"):
            return same[0]
    return None


async def _found(asked: Asked, term: str) -> list[Said]:
    return [each for each in await asked.look_up(term) if whole(each, "tvdbId")]


def _is_same(said: Said, order: Order) -> bool:
    is_named = text(said, "title").casefold() == order.name.casefold()
    return is_named and bool(order.year) and said.get("year") == order.year


def _new(order: Order, told: Said, tags: list[int]) -> Said:
    numbers = wanted.season_numbers(told)
    seasons = wanted.wanted_seasons(order, numbers)
    body: Said = {
        "tvdbId": id_of(told, "tvdbId"),
        "title": text(told, "title") or order.name,
        "qualityProfileId": order.choices.profile_id,
        "rootFolderPath": order.choices.folder,
        "seasonFolder": True,
        "seriesType": "anime" if order.is_anime else "standard",
        "monitored": True,
        # Of seasons that nobody has heard of yet, plain series want all.
        "monitorNewItems": "none" if order.seasons or order.episodes else "all",
        "seasons": [
            {"seasonNumber": each, "monitored": each in seasons} for each in numbers
        ],
        "tags": tags,
    }
    if order.future_only:
        # Only with these does Sonarr look again at what to monitor, once it has read
        # the episodes: what we have monitored by then would be lost.
        body["addOptions"] = {"monitor": "future", "searchForMissingEpisodes": False}
    return body


def _widened(order: Order, said: Said, tags: list[int]) -> Said | None:
    """The series with what the order wants more of it. None: nothing."""
    seasons = wanted.wanted_seasons(order, wanted.season_numbers(said))
    has = [each for each in said.get("tags") or [] if isinstance(each, int)]
    more: Said = {"monitored": True, "tags": list(dict.fromkeys([*has, *tags]))}
    more["seasons"] = [
        {**each, "monitored": True} if whole(each, "seasonNumber") in seasons else each
        for each in inner(said, "seasons")
    ]
    is_plain = not order.seasons and not order.episodes
    if is_plain and text(said, "monitorNewItems") == "none":
        more["monitorNewItems"] = "all"
    if all(said.get(key) == value for key, value in more.items()):
        return None
    return {**said, **more}


def _ensure_known(order: Order, series: Series) -> None:
    """Raises FulfillerRefused for what the series does not have."""
    if not series.is_read:
        return
    known = {wanted.number(each) for each in series.episodes}
    unknown = [f"S{s:02}E{e:02}" for s, e in order.episodes if (s, e) not in known]
    numbers = set(wanted.season_numbers(series.said))
    unknown += [f"season {each}" for each in order.seasons if each not in numbers]
    if unknown:
        raise FulfillerRefused(
            f"Sonarr does not know {', '.join(unknown[:10])} of {order.name}."
        )


def _commands(order: Order, series: Series) -> Sequence[Said]:
    if not order.seasons and not order.episodes:
        return [{"name": "SeriesSearch", "seriesId": series.id}]
    commands: list[Said] = [
        {"name": "SeasonSearch", "seriesId": series.id, "seasonNumber": each}
        for each in order.seasons
    ]
    single = {each for each in order.episodes if each[0] not in order.seasons}
    ids = [
        id_of(each)
        for each in series.episodes
        if wanted.number(each) in single and not is_true(each, "hasFile")
    ]
    if ids:
        commands.append({"name": "EpisodeSearch", "episodeIds": ids})
    return commands


def _download(said: Said) -> Download:
    episode = said.get("episode")
    if isinstance(episode, dict):
        return download(said, "seriesId", *wanted.number(episode))
    return download(said, "seriesId", whole(said, "seasonNumber") or None)
