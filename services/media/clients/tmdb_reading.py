"""What TMDB says, in our words. What makes no sense in a list is left out of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Any

from kit.http import UpstreamAway
from services.media.clients.tmdb_genres import GENRES
from services.media.domain.importing import Entry
from services.media.domain.provider import (
    CastMember,
    CrewMember,
    Described,
    Details,
    Episode,
    Season,
    SeasonInBrief,
    Video,
)
from services.media.domain.titles import Kind

Said = Mapping[str, Any]

_SHORT, _LONG = 200, 20_000
_LARGEST_INT = 2**31 - 1
_MOST = 100
_MOST_LISTED = 20
_MOST_EPISODES = 2_000
_LONGEST_MINUTES = 100_000
_TEN = 10.0
_VOTE_DIGITS = 3
_VIDEO_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PICTURE = re.compile(r"/[A-Za-z0-9_-]{1,100}\.[a-z]{3,4}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_YEARS = range(1800, 2201)
_KINDS = {"movie": Kind.MOVIE, "tv": Kind.SERIES}


def nonsense() -> UpstreamAway:
    return UpstreamAway("TMDB answered with something that it should not.")


def described(kind: Kind, said: Said) -> Described:
    recommended = _cards(kind, said, "recommendations")
    similar = _cards(kind, said, "similar")
    return Described(
        _details(kind, said, recommended, similar), (*recommended, *similar)
    )


def season(said: Said) -> Season:
    return Season(
        number=_whole(said, "season_number"),
        name=_text(said, "name"),
        overview=_text(said, "overview", _LONG),
        aired=_date(said, "air_date"),
        poster_path=_path(said, "poster_path"),
        episodes=tuple(
            Episode(
                number=_whole(each, "episode_number"),
                name=_text(each, "name"),
                overview=_text(each, "overview", _LONG),
                aired=_date(each, "air_date"),
                runtime_minutes=_whole(each, "runtime", _LONGEST_MINUTES),
                still_path=_path(each, "still_path"),
                vote_average=_vote(each),
            )
            for each in _objects(said.get("episodes"), _MOST_EPISODES)
        ),
    )


def entries(listed: Any) -> list[Entry]:
    """The films and series of a list in which each says what it is."""
    found: list[Entry] = []
    for each in _objects(listed, _MOST):
        kind = _KINDS.get(_text(each, "media_type"))
        if kind and (entry := _entry(kind, each)):
            found.append(entry)
    return found


def _details(
    kind: Kind, said: Said, recommended: Sequence[Entry], similar: Sequence[Entry]
) -> Details:
    people = _object(said, "credits")
    ids = _object(said, "external_ids")
    collection = _object(said, "belongs_to_collection")
    first = "release_date" if kind is Kind.MOVIE else "first_air_date"
    return Details(
        tagline=_text(said, "tagline", 500),
        overview=_text(said, "overview", _LONG),
        status=_text(said, "status"),
        released=_date(said, first),
        runtime_minutes=_runtime(said),
        backdrop_path=_path(said, "backdrop_path"),
        imdb_id=_text(ids, "imdb_id", 14) or _text(said, "imdb_id", 14),
        tvdb_id=_whole(ids, "tvdb_id") or None,
        cast=tuple(_cast(people)),
        crew=tuple(_crew(people)),
        videos=tuple(_videos(_object(said, "videos"))),
        seasons=tuple(map(_season_in_brief, _objects(said.get("seasons"), 500))),
        certifications=_certifications(kind, said),
        streams=_streams(_object(_object(said, "watch/providers"), "results")),
        studios=_names(said, "production_companies"),
        networks=_names(said, "networks"),
        collection_id=_whole(collection, "id") or None,
        collection_name=_text(collection, "name"),
        recommended=tuple(each.tmdb_id for each in recommended if each.tmdb_id),
        similar=tuple(each.tmdb_id for each in similar if each.tmdb_id),
    )


def _runtime(said: Said) -> int:
    """Of a series, the first of those that its episodes have."""
    told = said.get("episode_run_time")
    first = {"runtime": told[0]} if isinstance(told, list) and told else said
    return _whole(first, "runtime", _LONGEST_MINUTES)


def _cards(kind: Kind, said: Said, key: str) -> list[Entry]:
    listed = _objects(_object(said, key).get("results"), _MOST_LISTED)
    found = (_entry(kind, each) for each in listed)
    return list({each.tmdb_id: each for each in found if each}.values())


def _entry(kind: Kind, said: Said) -> Entry | None:
    tmdb_id = _whole(said, "id")
    is_film = kind is Kind.MOVIE
    name = _text(said, "title" if is_film else "name", 500)
    if not tmdb_id or not name or said.get("adult") is True:
        return None
    day = _date(said, "release_date" if is_film else "first_air_date")
    genre_ids = said.get("genre_ids")
    entry = Entry(
        origin_key=f"tmdb:{kind.value}:{tmdb_id}",
        kind=kind,
        name=name,
        original_name=_text(
            said, "original_title" if is_film else "original_name", 500
        ),
        year=day.year if day and day.year in _YEARS else 0,
        overview=_text(said, "overview", _LONG),
        genres=tuple(
            GENRES[each]
            for each in (genre_ids if isinstance(genre_ids, list) else ())[:50]
            if isinstance(each, int) and each in GENRES
        ),
        popularity=_number(said, "popularity", 1e12),
        vote_average=_vote(said),
        vote_count=_whole(said, "vote_count"),
        poster_path=_path(said, "poster_path"),
        tmdb_id=tmdb_id,
        original_language=_text(said, "original_language", 35),
    )
    return entry if entry.fault() is None else None


def _cast(people: Said) -> Iterator[CastMember]:
    for each in _objects(people.get("cast"), _MOST):
        if name := _text(each, "name"):
            yield CastMember(
                _whole(each, "id"),
                name,
                _text(each, "character", 500),
                _path(each, "profile_path"),
            )


def _crew(people: Said) -> Iterator[CrewMember]:
    for each in _objects(people.get("crew"), _MOST):
        if name := _text(each, "name"):
            yield CrewMember(
                _whole(each, "id"),
                name,
                _text(each, "job"),
                _text(each, "department"),
                _path(each, "profile_path"),
            )


def _videos(said: Said) -> Iterator[Video]:
    for each in _objects(said.get("results"), _MOST):
        key, site = _text(each, "key"), _text(each, "site")
        if _VIDEO_KEY.fullmatch(key):
            yield Video(_text(each, "name", 500), _text(each, "type"), site, key)


def _season_in_brief(said: Said) -> SeasonInBrief:
    return SeasonInBrief(
        number=_whole(said, "season_number"),
        name=_text(said, "name"),
        overview=_text(said, "overview", _LONG),
        aired=_date(said, "air_date"),
        episode_count=_whole(said, "episode_count"),
        poster_path=_path(said, "poster_path"),
    )


def _certifications(kind: Kind, said: Said) -> dict[str, str]:
    if kind is Kind.SERIES:
        rated = _objects(_object(said, "content_ratings").get("results"), _MOST)
        pairs = [(_country(each), _text(each, "rating", 50)) for each in rated]
    else:
        rated = _objects(_object(said, "release_dates").get("results"), 300)
        pairs = [
            (_country(each), _text(one, "certification", 50))
            for each in rated
            # The last word counts least: the first that says something is taken.
            for one in reversed(_objects(each.get("release_dates"), _MOST))
        ]
    return {country: rating for country, rating in pairs if country and rating}


def _streams(results: Said) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for country, offers in islice(results.items(), 300):
        if _COUNTRY.fullmatch(country) and isinstance(offers, dict):
            listed = _objects(offers.get("flatrate"), 50)
            names = (_text(each, "provider_name") for each in listed)
            if kept := tuple(dict.fromkeys(filter(None, names))):
                found[country] = kept
    return found


def _names(said: Said, key: str) -> tuple[str, ...]:
    found = (_text(each, "name") for each in _objects(said.get(key), 50))
    return tuple(filter(None, found))


def _country(said: Said) -> str:
    country = _text(said, "iso_3166_1")
    return country if _COUNTRY.fullmatch(country) else ""


def _object(said: Said, key: str) -> Said:
    value = said.get(key)
    return value if isinstance(value, dict) else {}


def _objects(value: Any, most: int) -> list[Said]:
    if not isinstance(value, list):
        return []
    return [each for each in value[:most] if isinstance(each, dict)]


def _text(said: Said, key: str, longest: int = _SHORT) -> str:
    value = said.get(key)
    return value.replace("\0", "").strip()[:longest] if isinstance(value, str) else ""


def _path(said: Said, key: str) -> str:
    """Of a picture at TMDB's image server, and nothing that leads elsewhere."""
    path = _text(said, key)
    return path if _PICTURE.fullmatch(path) else ""


def _whole(said: Said, key: str, largest: int = _LARGEST_INT) -> int:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 0 <= value <= largest else 0


def _number(said: Said, key: str, largest: float) -> float:
    value = said.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    return float(value) if 0 <= value <= largest else 0.0


def _vote(said: Said) -> float:
    return round(_number(said, "vote_average", _TEN), _VOTE_DIGITS)


def _date(said: Said, key: str) -> date | None:
    try:
        return date.fromisoformat(_text(said, key, 10))
    except ValueError:
        return None
