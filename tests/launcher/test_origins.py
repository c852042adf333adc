"""Lines of catalogues are read as titles, or it is said why not."""

import gzip

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from launcher.lines import LONGEST_BYTES
from launcher.origins import LeftOut, Unreadable, read_line
from medianest.media.v1.titles_pb2 import Kind
from tests.data import CATALOG

FILM = {
    "id": 603,
    "sources": ["top10k"],
    "title": "The Matrix",
    "original_language": "en",
    "overview": "A hacker…",
    "popularity": 62.628,
    "release_date": "1999-03-30",
    "vote_average": 8.2,
    "vote_count": 21819,
    "genres": ["Action"],
    "year": 1999,
    "poster_path": "/matrix.jpg",
    "cast": ["Keanu Reeves"],
    "imdb_id": "tt0133093",
    "runtime": 136.0,
}
SERIES = {
    "source": "tvmaze",
    "name": "The Office",
    "overview": "Paper.",
    "genres": ["Comedy"],
    "language": "English",
    "rating": "8.4",
    "first_air_date_or_end": ["2013-05-16", "2005-03-24"],
    "runtime": "30.0",
}
EXPORTED_FILM = b"""{"adult":false,"id":603,"original_title":"The Matrix",\
"popularity":85.1,"video":false}"""
EXPORTED_SERIES = b'{"id":1396,"original_name":"Breaking Bad","popularity":300.5}'


def test_a_film_is_known_by_its_id_at_tmdb() -> None:
    imported = read_line(orjson.dumps(FILM))

    title = imported.title
    assert imported.origin_key == "tmdb:movie:603"
    assert (title.kind, title.name, title.year) == (Kind.MOVIE, "The Matrix", 1999)
    assert (title.tmdb_id, title.imdb_id) == (603, "tt0133093")
    assert (title.runtime_minutes, title.vote_count) == (136, 21819)
    assert (list(title.genres), list(title.cast)) == (["Action"], ["Keanu Reeves"])


def test_a_film_without_a_year_has_that_of_its_release() -> None:
    assert read_line(orjson.dumps(FILM | {"year": None})).title.year == 1999
    unknown = FILM | {"year": None, "release_date": None}
    assert read_line(orjson.dumps(unknown)).title.year == 0


def test_a_series_is_known_by_its_name_and_its_first_day() -> None:
    imported = read_line(orjson.dumps(SERIES))

    title = imported.title
    assert imported.origin_key == "tvmaze:the-office:2005-03-24"
    assert (title.kind, title.name, title.year) == (Kind.SERIES, "The Office", 2005)
    assert (title.vote_average, title.runtime_minutes) == (8.4, 30)


def test_a_series_without_days_is_known_by_its_year() -> None:
    line = {"source": "tvmaze", "name": "B&B", "year": "2021", "rating": ""}

    imported = read_line(orjson.dumps(line))

    assert (imported.origin_key, imported.title.year) == ("tvmaze:b-b:2021", 2021)


def test_an_export_tells_the_name_in_the_original_and_no_more() -> None:
    film, series = read_line(EXPORTED_FILM), read_line(EXPORTED_SERIES)

    assert film.origin_key == "tmdb:movie:603"
    assert (film.title.name, film.title.original_name) == ("", "The Matrix")
    assert film.title.popularity == 85.1
    assert series.origin_key == "tmdb:series:1396"
    assert series.title.kind == Kind.SERIES


def test_what_is_for_adults_is_left_out() -> None:
    for line in (FILM, {"id": 5, "original_title": "x"}):
        with pytest.raises(LeftOut):
            read_line(orjson.dumps(line | {"adult": True}))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b'{"id": 1, "title": "\\ud800"}', "not JSON"),
        (b"[" * 5000, "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"{}", "neither a film nor a series"),
        (b'{"id": 287, "name": "Brad Pitt"}', "neither a film nor a series"),
        (b"x" * (LONGEST_BYTES + 1), "longer than a line"),
    ],
)
def test_a_line_that_is_no_title_is_refused(line: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_line(line)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"id": "603"}, None),
        ({"id": None}, "id is a positive number"),
        ({"id": -1}, "id is a positive number"),
        ({"id": 2**31}, "id is too large"),
        ({"id": 10**18}, "id is too large"),
        ({"id": 1e300}, "id is too large"),
        ({"id": True}, "id is a number"),
        ({"id": [1]}, "id is a number"),
        ({"title": 7}, "title is a text"),
        ({"title": ["x"]}, "title is a text"),
        ({"year": "soon"}, "year is a number"),
        ({"year": {}}, "year is a number"),
        ({"year": None, "release_date": "soon"}, "a date begins with a year"),
        ({"genres": "Drama"}, "genres is a list of texts"),
        ({"genres": ["Drama", 7]}, "genres is a list of texts"),
        ({"cast": {"a": 1}}, "cast is a list of texts"),
        ({"popularity": "high"}, "popularity is a number"),
        ({"runtime": "nan"}, "runtime is too large"),
        ({"runtime": "1e999"}, "runtime is too large"),
        ({"vote_count": 10**17}, "vote_count is too large"),
    ],
)
def test_a_wrong_type_is_named_with_its_field(
    wrong: dict[str, object], why: str | None
) -> None:
    line = orjson.dumps(FILM | wrong)

    if why is None:
        assert read_line(line).origin_key == "tmdb:movie:603"
    else:
        with pytest.raises(Unreadable, match=why):
            read_line(line)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
FIELDS = sorted({*FILM, *SERIES, "original_title", "original_name", "adult"})


@given(st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_any_line_is_a_title_or_says_why_not(line: dict[str, object]) -> None:
    try:
        imported = read_line(orjson.dumps(line))
    except (Unreadable, LeftOut):
        return
    assert imported.origin_key
    assert imported.title.kind in (Kind.MOVIE, Kind.SERIES)


@pytest.mark.skipif(not CATALOG.exists(), reason="the shared data is not here")
def test_each_title_of_the_shared_catalogue_has_a_key_of_its_own() -> None:
    keys: set[str] = set()
    for name in ("movies.jsonl.gz", "tv.jsonl.gz"):
        with gzip.open(CATALOG / name) as lines:
            keys.update(read_line(line).origin_key for line in lines)

    assert len(keys) == 70_845
