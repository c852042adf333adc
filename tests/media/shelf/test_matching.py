"""Files find their titles, and requests their files."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.domain.matching import (
    Candidate,
    ItemKind,
    Likeness,
    ParsedName,
    best,
)
from tests.media.shelf.files import put, put_song
from tests.media.shelf.house import House

ONE, TWO = uuid4(), uuid4()


def a_candidate(
    title_id: UUID,
    year: int | None = 1999,
    standing: float = 1.0,
    likeness: Likeness = Likeness.NAME,
) -> Candidate:
    return Candidate(title_id, likeness, year, standing)


def named(year: int = 0) -> ParsedName:
    return ParsedName(ItemKind.MOVIE, "The Matrix", year=year)


@pytest.mark.parametrize(
    ("year", "candidates", "expected"),
    [
        # The year decides, and then how well known it is.
        (1999, [a_candidate(ONE, 1999)], (ONE, 0.95)),
        (1999, [a_candidate(ONE, 2000, 9), a_candidate(TWO, 1999)], (TWO, 0.95)),
        (1999, [a_candidate(ONE, 2000)], (ONE, 0.8)),
        (1999, [a_candidate(ONE, 1997)], None),
        (1999, [a_candidate(ONE, 1999, 1), a_candidate(TWO, 1999, 2)], (TWO, 0.95)),
        # A year that is not known is no year.
        (1999, [a_candidate(ONE, None)], (ONE, 0.6)),
        (1999, [a_candidate(ONE, None), a_candidate(TWO, None)], None),
        (0, [a_candidate(ONE, 1999)], (ONE, 0.6)),
        (0, [a_candidate(ONE, 1999, 9), a_candidate(TWO, 2003)], None),
        # Name and original name of one title are not two titles.
        (0, [a_candidate(ONE), a_candidate(ONE)], (ONE, 0.6)),
        # A provider's id is believed, whatever the year.
        (1950, [a_candidate(ONE, 1999, 1, Likeness.ID), a_candidate(TWO)], (ONE, 1.0)),
        # Half of a name counts less than all of it.
        (1999, [a_candidate(ONE, likeness=Likeness.OTHER_NAME)], (ONE, 0.76)),
        (
            1999,
            [a_candidate(ONE, 1999, 9, Likeness.OTHER_NAME), a_candidate(TWO, 2000)],
            (TWO, 0.8),
        ),
        (1999, [], None),
    ],
)
def test_a_match_is_clear_or_is_none(
    year: int, candidates: list[Candidate], expected: tuple[UUID, float] | None
) -> None:
    match = best(named(year), candidates)

    assert (match and (match.title_id, match.confidence)) == expected


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([a_candidate(ONE, 2008)], (ONE, 0.6)),
        ([a_candidate(ONE, 2008, 9), a_candidate(TWO, 2012)], (TWO, 0.8)),
        ([a_candidate(ONE, 2008, 9), a_candidate(TWO, 1990)], None),
    ],
)
def test_the_year_of_an_episode_may_be_its_own(
    candidates: list[Candidate], expected: tuple[UUID, float] | None
) -> None:
    parsed = ParsedName(ItemKind.SERIES, "Breaking Bad", year=2013, season=5, episode=9)

    match = best(parsed, candidates)

    assert (match and (match.title_id, match.confidence)) == expected


@given(
    st.integers(0, 2030),
    st.lists(
        st.builds(
            a_candidate,
            st.sampled_from([ONE, TWO]),
            st.none() | st.integers(1990, 2030),
            st.floats(0, 100),
            st.sampled_from(Likeness),
        ),
        max_size=6,
    ),
)
def test_the_order_of_candidates_is_of_no_matter(
    year: int, candidates: list[Candidate]
) -> None:
    standings = {each.standing for each in candidates}
    if len(standings) == len(candidates):
        assert best(named(year), candidates) == best(named(year), candidates[::-1])


async def test_films_are_matched_by_id_name_and_year(house: House) -> None:
    await house.title("The Matrix", 1999, tmdb_id=603, popularity=80)
    await house.title("The Matrix", 1993, kind="series", popularity=90)
    await house.title("Matrix", 1973, popularity=70)
    await house.title("Amélie", 2001, original_name="Le Fabuleux Destin")
    await house.title("Mission: Impossible - Fallout", 2018)
    await house.title("Something Else", 2009, imdb_id="tt1727587")
    await house.title("Firefly", 2002, kind="series")
    movies = house.folder / "movies"
    put(movies / "The.Matrix.1999.1080p.mkv")
    put(movies / "Matrix, {tmdb-603}.mkv")
    put(movies / "Amelie (2001).mkv")
    put(movies / "Le Fabuleux Destin 2002.mkv")
    put(movies / "Mission Impossible - Fallout (2018).mkv")
    put(movies / "Whatever [imdbid-tt1727587].mkv")
    put(movies / "The.Matrix.2020.mkv")
    put(movies / "The.Matrix.mkv")
    put(house.folder / "tv" / "Firefly.S01E01.mkv")
    put_song(house.folder / "music" / "Firefly.wav")
    await house.add_source()

    await house.scan()
    items = await house.items()

    titles = {
        path.rpartition("/")[2]: (item.title.name, item.title.year)
        for path, item in items.items()
        if item.title
    }
    assert titles == {
        "The.Matrix.1999.1080p.mkv": ("The Matrix", 1999),
        "Matrix, {tmdb-603}.mkv": ("The Matrix", 1999),
        "Amelie (2001).mkv": ("Amélie", 2001),
        "Le Fabuleux Destin 2002.mkv": ("Amélie", 2001),
        "Mission Impossible - Fallout (2018).mkv": (
            "Mission: Impossible - Fallout",
            2018,
        ),
        "Whatever [imdbid-tt1727587].mkv": ("Something Else", 2009),
        "Firefly.S01E01.mkv": ("Firefly", 2002),
    }


async def test_a_file_is_matched_when_its_title_comes_later(house: House) -> None:
    put(house.folder / "movies" / "Sintel.2010.mkv")
    await house.add_source()
    await house.scan()
    before = (await house.items())["movies/Sintel.2010.mkv"]

    title_id = await house.title("Sintel", 2010)
    request_id = await house.request(title_id)
    await house.scan()
    after = (await house.items())["movies/Sintel.2010.mkv"]

    assert before.title is None
    assert after.title is not None
    assert after.title.id == title_id
    assert await house.state_of(request_id) == "AVAILABLE"
    flagged = await house.database.fetchval("SELECT flagged_count FROM libraries")
    assert flagged == 0


async def test_a_request_is_available_when_its_file_is_there(house: House) -> None:
    request_id = await house.request(await house.title("Sintel", 2010))
    other_id = await house.request(await house.title("Elephants Dream", 2006))
    await house.add_source()
    await house.scan()
    before = await house.state_of(request_id)

    put(house.folder / "movies" / "Sintel.2010.mkv")
    await house.scan()
    [event] = await house.events("request.available")

    assert before == "APPROVED"
    assert await house.state_of(request_id) == "AVAILABLE"
    assert await house.state_of(other_id) == "APPROVED"
    assert event["key"] == str(request_id)
    assert set(event["rooms"]) == {"requests", "user:ada"}


async def test_a_broken_file_makes_nothing_available(house: House) -> None:
    request_id = await house.request(await house.title("Sintel", 2010))
    put(house.folder / "movies" / "Sintel.2010.mkv", b"")
    await house.add_source()

    await house.scan()
    broken = await house.state_of(request_id)
    put(house.folder / "movies" / "Sintel.2010.mkv")
    await house.scan()

    assert broken == "APPROVED"
    assert await house.state_of(request_id) == "AVAILABLE"


async def test_seasons_that_were_asked_for_must_all_have_an_episode(
    house: House,
) -> None:
    firefly = await house.title("Firefly", 2002, kind="series")
    request_id = await house.request(firefly, [1, 2])
    put(house.folder / "tv" / "Firefly.S01E01.mkv")
    await house.add_source()
    await house.scan()
    half = await house.state_of(request_id)

    put(house.folder / "tv" / "Firefly.S02E03.mkv")
    await house.scan()

    assert half == "APPROVED"
    assert await house.state_of(request_id) == "AVAILABLE"
