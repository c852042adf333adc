"""Searching, at the door."""

from uuid import UUID, uuid4

import pytest
from grpc import StatusCode
from grpc.aio import AioRpcError

from kit.caller import Caller
from kit.postgres import Database
from medianest.media.v1 import titles_pb2
from services.media.domain.ranking import names_of
from services.media.store.titles import PostgresTitles
from tests.clock import NOON
from tests.media.catalog.house import (
    ADA,
    MANAGE_REQUESTS,
    OWNER,
    REQUEST_VIEW,
    Replica,
    Visitor,
    a_caller,
    a_film,
    open_replica,
)

State = titles_pb2.Presence
EVE = a_caller("Eve")


async def put_on_shelf(database: Database, title_id: str, state: str = "OK") -> None:
    """A file, as a scan leaves it."""
    source_id, library_id = uuid4(), uuid4()
    await database.execute(
        """
        INSERT INTO sources (id, name, path, created_at, due_at)
        VALUES ($1, 'disk', '/disk', $2, $2)
        """,
        source_id,
        NOON,
    )
    await database.execute(
        """
        INSERT INTO libraries (id, source_id, folder, name, device)
        VALUES ($1, $2, 'movies', 'movies', '')
        """,
        library_id,
        source_id,
    )
    await database.execute(
        """
        INSERT INTO items (id, source_id, library_id, file, path, size_bytes,
                           modified_ns, state, detail, kind, parsed_name, other_names,
                           parsed_year, season, episode, tmdb_id, tvdb_id, imdb_id,
                           title_id, confidence, duration_s, width, height,
                           video_codec, audio_codec, added_at)
        VALUES ($1, $2, $3, 'file', 'file', 1, 1, $4, '', 'movie', '', '{}', 0, 0, 0, 0,
                0, '', $5, 1, 1, 1, 1, '', '', $6)
        """,
        uuid4(),
        source_id,
        library_id,
        state,
        UUID(title_id),
        NOON,
    )


async def ask_for(
    database: Database, title_id: str, state: str = "PENDING", by: Caller = ADA
) -> str:
    """Somebody's request, a moment later than those of before; its id."""
    request_id = uuid4()
    await database.execute(
        """
        INSERT INTO requesters (user_id, name)
        VALUES ($1, $2)
            ON CONFLICT DO NOTHING
        """,
        by.user_id,
        by.name,
    )
    await database.execute(
        """
        INSERT INTO requests (id, title_id, state, requested_by, seasons, created_at,
                              updated_at)
        SELECT $1, $2, $3, $4, '{}', at, at
          FROM (SELECT $5::timestamptz + count(id) * interval '1 second' AS at
                  FROM requests) AS now
        """,
        request_id,
        UUID(title_id),
        state,
        by.user_id,
        NOON,
    )
    return str(request_id)


@pytest.fixture
async def matrix(owner: Visitor) -> str:
    await owner.bring(a_film("The Matrix", 1999, cast=["Keanu Reeves"], overview="…"))
    [title] = (await owner.find("matrix")).titles
    return title.id


async def test_what_is_neither_there_nor_asked_for_is_absent(
    ada: Visitor, matrix: str
) -> None:
    [found] = (await ada.find("matrx")).titles

    assert found.id == matrix
    assert found.presence == titles_pb2.Presence(state=State.ABSENT)


@pytest.mark.parametrize(
    ("state", "have"),
    [("OK", State.AVAILABLE), ("CORRUPT", State.ABSENT), ("EMPTY", State.ABSENT)],
)
async def test_what_can_be_played_is_available(
    ada: Visitor, database: Database, matrix: str, state: str, have: State.State
) -> None:
    await put_on_shelf(database, matrix, state)

    [found] = (await ada.find("matrix")).titles

    assert found.presence.state == have
    assert (await ada.title(matrix)).presence.state == have


@pytest.mark.parametrize("state", ["PENDING", "APPROVED"])
async def test_whose_request_it_is_only_some_may_know(
    replica: Replica, database: Database, matrix: str, state: str
) -> None:
    request_id = await ask_for(database, matrix, state)
    told = titles_pb2.Presence(
        state=State.REQUESTED,
        request_id=request_id,
        requested_by=ADA.user_id,
        requested_by_name=ADA.name,
    )
    hers = titles_pb2.Presence()
    hers.CopyFrom(told)
    hers.requested_by_me = True
    untold = titles_pb2.Presence(state=State.REQUESTED)

    for caller, expected in [
        (ADA, hers),
        (EVE, untold),
        (OWNER, told),
        (a_caller("Max", MANAGE_REQUESTS), told),
        (a_caller("Ivy", REQUEST_VIEW), told),
    ]:
        visitor = replica.visitor(caller)
        [found] = (await visitor.find("matrix")).titles
        assert found.presence == expected
        assert (await visitor.title(matrix)).presence == expected


async def test_of_several_requests_for_a_title_ones_own_is_told(
    replica: Replica, database: Database, matrix: str
) -> None:
    adas = await ask_for(database, matrix, "APPROVED")
    eves = await ask_for(database, matrix, "PENDING", by=EVE)

    for caller, request_id, mine in [
        (ADA, adas, True),
        (EVE, eves, True),
        (a_caller("Ivy", REQUEST_VIEW), adas, False),
        (a_caller("Max"), "", False),
    ]:
        visitor = replica.visitor(caller)
        [found] = (await visitor.find("matrix")).titles
        title = await visitor.title(matrix)
        for presence in (found.presence, title.presence):
            assert presence.state == State.REQUESTED
            assert (presence.request_id, presence.requested_by_me) == (request_id, mine)
            assert presence.requested_by_name == (
                caller.name if mine else "Ada"
            ) * bool(request_id)


@pytest.mark.parametrize("state", ["DECLINED", "CANCELED", "AVAILABLE"])
async def test_a_request_that_is_over_says_nothing(
    ada: Visitor, database: Database, matrix: str, state: str
) -> None:
    await ask_for(database, matrix, state)

    [found] = (await ada.find("matrix")).titles

    assert found.presence.state == State.ABSENT


async def test_a_card_has_no_cast_and_the_title_has_all(
    ada: Visitor, matrix: str
) -> None:
    [card] = (await ada.find("matrix")).titles

    assert not card.cast
    assert card.overview == "…"
    assert list((await ada.title(matrix)).cast) == ["Keanu Reeves"]


async def test_the_order_is_that_of_the_match(owner: Visitor, ada: Visitor) -> None:
    await owner.bring(
        a_film("Matrix Reloaded", popularity=500),
        a_film("Matrix", popularity=1),
        a_film("The Matrix", popularity=60),
        a_film("Mattress", popularity=900),
    )

    assert await ada.search("matrix") == ["The Matrix", "Matrix", "Matrix Reloaded"]
    assert await ada.search("matrx", page_size=1) == ["The Matrix"]
    assert await ada.search("matrix", kind=titles_pb2.Kind.SERIES) == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"query": ""}, "query"),
        ({"query": " \n\t "}, "query"),
        ({"query": "x" * 201}, "query"),
        ({"query": "matrix " * 1500}, "query"),
        ({"query": "x", "kind": 9}, "kind"),
        ({"query": "x", "page_size": 101}, "page_size"),
        ({"query": "x", "page_size": -1}, "page_size"),
    ],
)
async def test_a_search_that_cannot_be_is_refused_by_its_field(
    ada: Visitor, request_: dict[str, object], field: str
) -> None:
    with pytest.raises(AioRpcError) as refused:
        await ada.find(**request_)  # type: ignore[arg-type]

    assert refused.value.code() is StatusCode.INVALID_ARGUMENT
    assert field in (refused.value.details() or "")


@pytest.mark.parametrize(
    "query",
    [
        "!?.,;:-",
        "😀🎬👩‍👩‍👧",
        "a\0b",
        "千と千尋の神隠し",
        "%",
        "_",
        "\\",
        "matrix & | ! ( ) <-> :*",
        "'; DROP TABLE titles; --",
        "مرحبا بالعالم",
        "\u202ematrix\u202c",
        "x" * 200,
        "a " * 100,
        "1999 2000 2001",
        "ﷺ" * 11,
        "\ufeff",
        "e\u0301" * 100,
        "\U0001f3ac" * 200,
        "\U00020000" * 200,
        'matrix" OR "',
        "matrix* ^matrix NEAR(matrix, 2) tokens:matrix -matrix",
        "matrix.*|(a+)+$",
        "\0",
        "\u200f\u202e\u2066matrix",
        "\ud7ff\ue000\uffff\U0010ffff",
        "z\u0335\u0321\u0322" * 50,
        "a\u200db\u200dc",
    ],
)
async def test_any_text_may_be_searched_for(
    ada: Visitor, matrix: str, query: str
) -> None:
    answer = await ada.find(query)

    assert len(answer.titles) <= 1


@pytest.mark.parametrize(
    "title_id", ["", "x", "0" * 10_000, str(UUID(int=7)), "a\0b", "%"]
)
async def test_a_title_that_is_not_there_is_missing(
    ada: Visitor, title_id: str
) -> None:
    with pytest.raises(AioRpcError) as missing:
        await ada.title(title_id)

    assert missing.value.code() is StatusCode.NOT_FOUND
    assert dict(missing.value.trailing_metadata() or ())["reason"] == "title_missing"


async def test_who_is_not_signed_in_sees_nothing(replica: Replica, matrix: str) -> None:
    stranger = replica.visitor(None)

    for ask in (stranger.find("matrix"), stranger.title(matrix)):
        with pytest.raises(AioRpcError) as refused:
            await ask
        assert refused.value.code() is StatusCode.UNAUTHENTICATED


async def test_what_was_imported_is_found_at_once_in_every_replica(
    media: tuple[Database, str], replica: Replica
) -> None:
    async with open_replica(*media) as other:
        here, there = replica.visitor(OWNER), other.visitor(OWNER)
        for number in range(5):
            name = f"Film{'abcde'[number] * 5}"
            await here.bring(a_film(name))
            assert await here.search(name) == [name]

            assert await there.search(name) == [name]
        assert not (await there.find("film")).warnings


async def test_a_name_that_changed_is_found_by_the_new_one(
    owner: Visitor, ada: Visitor
) -> None:
    film = a_film("Working Title")
    await owner.bring(film)
    assert await ada.search("working") == ["Working Title"]
    film.title.name = "Final Name"
    await owner.bring(film)

    assert await ada.search("final") == ["Final Name"]
    assert await ada.search("working") == []


async def test_a_replica_that_starts_later_has_what_was_imported_before(
    media: tuple[Database, str], owner: Visitor
) -> None:
    await owner.bring(a_film("The Matrix"))

    async with open_replica(*media) as late:
        assert await late.visitor(ADA).search("matrix") == ["The Matrix"]


@pytest.mark.parametrize(
    "known",
    [{}, {"popularity": 85.2, "vote_average": 7.5}, {"vote_count": 900}],
    ids=str,
)
async def test_how_well_known_a_title_is_the_search_and_the_catalogue_agree(
    owner: Visitor, database: Database, known: dict[str, object]
) -> None:
    await owner.bring(a_film("The Matrix", 1999, **known))
    title_id, standing = await database.fetchrow("SELECT id, standing FROM titles")

    title, _ = await PostgresTitles(database).find_title(title_id)

    assert names_of(title)[0].standing == pytest.approx(standing, rel=1e-5)


async def test_who_is_in_it_is_found_as_soon_as_it_is_told(
    owner: Visitor, ada: Visitor
) -> None:
    film = a_film("Speed", 1994, cast=["Keanu Reeves", "", "…"])
    await owner.bring(film, a_film("Reeves", 2012))
    assert await ada.search("keanu reeves") == ["Speed"]
    assert await ada.search("reevs") == ["Reeves", "Speed"]
    film.title.cast[:] = ["Sandra Bullock"]
    await owner.bring(film)

    assert await ada.search("bullock") == ["Speed"]
    assert await ada.search("keanu") == []
