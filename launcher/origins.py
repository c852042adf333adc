"""The lines that catalogues are made of, read as titles for the contract.

{"id": 603, "title": …}                       films, with TMDB's ids
{"source": "tvmaze", "name": …}               series, without ids
{"id": 603, "original_title": …}              TMDB's daily export of films
{"id": 1396, "original_name": …}              TMDB's daily export of series
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import orjson

from launcher.lines import LONGEST_BYTES
from medianest.media.v1 import titles_pb2
from medianest.media.v1.titles_pb2 import ImportedTitle, Kind

Line = Mapping[str, Any]

_LARGEST_INT = 2**31 - 1
_YEAR = re.compile(r"(\d{4})(?:-|$)")


class Unreadable(Exception):
    """The line is no title; the text says why."""


class LeftOut(Exception):
    """The line is a title that is not imported: it is for adults only."""


def read_line(raw: bytes) -> ImportedTitle:
    """Raises Unreadable or LeftOut."""
    if len(raw) > LONGEST_BYTES:
        raise Unreadable("longer than a line of a catalogue")
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise Unreadable(f"not JSON: {exc.msg} (column {exc.colno})") from exc
    if not isinstance(line, dict):
        raise Unreadable("not a JSON object")
    if line.get("adult") is True:
        raise LeftOut
    for fields, read in _FORMATS.items():
        if line.keys() >= set(fields):
            return read(line)
    shown = ", ".join(sorted(line)[:6]) or "nothing"
    raise Unreadable(f"neither a film nor a series that is known here: it has {shown}")


def _film(line: Line) -> ImportedTitle:
    tmdb_id = _tmdb_id(line)
    return ImportedTitle(
        origin_key=f"tmdb:movie:{tmdb_id}",
        title=titles_pb2.Title(
            kind=Kind.MOVIE,
            name=_text(line, "title"),
            original_name=_text(line, "original_title"),
            year=_whole(line, "year") or _year(_text(line, "release_date")),
            overview=_text(line, "overview"),
            genres=_texts(line, "genres"),
            cast=_texts(line, "cast"),
            runtime_minutes=_whole(line, "runtime"),
            popularity=_number(line, "popularity"),
            vote_average=_number(line, "vote_average"),
            vote_count=_whole(line, "vote_count"),
            poster_path=_text(line, "poster_path"),
            tmdb_id=tmdb_id,
            imdb_id=_text(line, "imdb_id"),
            original_language=_text(line, "original_language"),
        ),
    )


def _series(line: Line) -> ImportedTitle:
    name = _text(line, "name")
    # The two dates of a series come in any order, and one may be missing.
    first = min(filter(None, _texts(line, "first_air_date_or_end")), default="")
    first = first or str(_whole(line, "year") or "")
    slug = "-".join(re.findall(r"\w+", name.casefold()))
    return ImportedTitle(
        # Of two series with one name, even of one year, the first day tells which.
        origin_key=f"{_text(line, 'source')}:{slug or name}:{first}",
        title=titles_pb2.Title(
            kind=Kind.SERIES,
            name=name,
            year=_year(first),
            overview=_text(line, "overview"),
            genres=_texts(line, "genres"),
            cast=_texts(line, "cast"),
            runtime_minutes=_whole(line, "runtime"),
            vote_average=_number(line, "rating"),
        ),
    )


def _exported_film(line: Line) -> ImportedTitle:
    return _exported(line, "movie", Kind.MOVIE, "original_title")


def _exported_series(line: Line) -> ImportedTitle:
    return _exported(line, "series", Kind.SERIES, "original_name")


def _exported(line: Line, noun: str, kind: Kind.ValueType, name: str) -> ImportedTitle:
    tmdb_id = _tmdb_id(line)
    return ImportedTitle(
        origin_key=f"tmdb:{noun}:{tmdb_id}",
        title=titles_pb2.Title(
            kind=kind,
            original_name=_text(line, name),
            popularity=_number(line, "popularity"),
            tmdb_id=tmdb_id,
        ),
    )


# What a line must have to be of a format; the first that fits is taken.
_FORMATS: Mapping[tuple[str, ...], Callable[[Line], ImportedTitle]] = {
    ("id", "title"): _film,
    ("id", "original_title"): _exported_film,
    ("id", "original_name"): _exported_series,
    ("source", "name"): _series,
}


def _tmdb_id(line: Line) -> int:
    tmdb_id = _whole(line, "id")
    if tmdb_id <= 0:
        raise Unreadable(f"id is a positive number, not {_shown(line, 'id')}")
    return tmdb_id


def _text(line: Line, field: str) -> str:
    value = line.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"{field} is a text, not {_shown(line, field)}")
    return value.strip()


def _texts(line: Line, field: str) -> list[str]:
    value = line.get(field)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unreadable(f"{field} is a list of texts, not {_shown(line, field)}")
    return value


def _number(line: Line, field: str) -> float:
    """Numbers may come as texts; an empty text is none."""
    value = line.get(field)
    if value is None or value == "":
        return 0.0
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            return float(value)
    raise Unreadable(f"{field} is a number, not {_shown(line, field)}")


def _whole(line: Line, field: str) -> int:
    number = _number(line, field)
    if not -_LARGEST_INT <= number <= _LARGEST_INT:
        raise Unreadable(f"{field} is too large: {_shown(line, field)}")
    return int(number)


def _year(date: str) -> int:
    if not date:
        return 0
    found = _YEAR.match(date)
    if found is None:
        raise Unreadable(f"a date begins with a year, unlike {date[:40]!r}")
    return int(found[1])


def _shown(line: Line, field: str) -> str:
    return repr(line.get(field))[:40]
