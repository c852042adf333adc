"""The door of what is done with many requests, and with the parts of one."""

from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import aio

from kit.postgres import Database
from medianest.media.v1 import choices_pb2
from medianest.media.v1 import requests_pb2 as wire
from services.media.store.telling.people import PostgresPeople
from tests.media.requests.conftest import Visit
from tests.media.requests.house import ADA, BOB, MANAGER, OWNER, WATCHER, Shelf
from tests.media.requests.test_door import ask, listed

Create = wire.CreateMediaRequestRequest
Batch = wire.BatchDecideMediaRequestsRequest
Decision = wire.BatchDecision
Steps = wire.ListRequestHistoryRequest
List = wire.ListMediaRequestsRequest
INVALID = "INVALID_ARGUMENT invalid"


async def test_a_hundred_are_approved_in_one_call(visit: Visit, shelf: Shelf) -> None:
    made = [await ask(visit(ADA), title) for title in await shelf.titles(100)]
    batch = Batch(
        decisions=[
            Decision(request_id=each.id, action=Decision.APPROVE) for each in made
        ]
    )

    answer = await visit(MANAGER).call("BatchDecideMediaRequests", batch)

    assert [each.request_id for each in answer.results] == [each.id for each in made]  # type: ignore[attr-defined]
    assert {each.state for each in answer.results} == {wire.MediaRequest.APPROVED}  # type: ignore[attr-defined]
    again = await visit(MANAGER).call("BatchDecideMediaRequests", batch)
    assert {each.reason for each in again.results} == {"request_not_pending"}  # type: ignore[attr-defined]


async def test_a_batch_takes_only_what_it_knows(visit: Visit) -> None:
    one = Decision(request_id=str(uuid4()), action=Decision.APPROVE)

    async def refused(*decisions: wire.BatchDecision) -> str:
        return await visit(OWNER).refused(
            "BatchDecideMediaRequests", Batch(decisions=decisions)
        )

    assert await refused() == INVALID
    assert await refused(one, one) == INVALID
    assert await refused(*[one] * 101) == INVALID
    assert await refused(Decision(request_id="x", action=Decision.APPROVE)) == INVALID
    assert await refused(Decision(request_id=one.request_id)) == INVALID
    for reason in ("x" * 501, "a\0b"):
        assert (
            await refused(
                Decision(
                    request_id=one.request_id, action=Decision.DECLINE, reason=reason
                )
            )
            == INVALID
        )
    for caller in (ADA, WATCHER):
        assert await visit(caller).refused(
            "BatchDecideMediaRequests", Batch(decisions=[one])
        ) == ("PERMISSION_DENIED not_permitted")


async def test_only_managers_reopen_retry_complete_and_withdraw(
    visit: Visit, shelf: Shelf
) -> None:
    made = await ask(visit(ADA), await shelf.title())

    for name, reason in (
        ("Reopen", "request_not_closed"),
        ("Retry", "request_not_failed"),
        ("Complete", "request_not_approved"),
        ("Withdraw", "request_not_approved"),
    ):
        request = getattr(wire, f"{name}MediaRequestRequest")
        method = f"{name}MediaRequest"
        asked = request(request_id=made.id)
        assert await visit(ADA).refused(method, asked) == (
            "PERMISSION_DENIED not_permitted"
        )
        assert await visit(OWNER).refused(method, request(request_id="x")) == (
            "NOT_FOUND request_missing"
        )
        assert await visit(OWNER).refused(method, asked) == (
            f"FAILED_PRECONDITION {reason}"
        )


@pytest.mark.parametrize(
    "asked",
    [
        Create(),
        Create(words="x" * 501),
        Create(words="a\0b"),
        Create(words="a", title_id=str(uuid4())),
        Create(words="a", is_4k=True),
        Create(words="a", seasons=[1]),
        Create(title_id=str(uuid4()), requested_for=wire.Requester()),
        Create(title_id=str(uuid4()), requested_for=wire.Requester(user_id="a\0")),
        Create(title_id=str(uuid4()), requested_for=wire.Requester(user_id="x" * 101)),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(profile_id=-1)),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(fulfiller_id="x")),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(folder="x" * 1001)),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(tags=["x"] * 21)),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(tags=[""])),
        Create(title_id=str(uuid4()), choices=choices_pb2.Choices(tags=["x" * 51])),
    ],
)
async def test_what_is_not_well_formed_is_not_asked(
    visit: Visit, asked: wire.CreateMediaRequestRequest
) -> None:
    assert await visit(OWNER).refused("CreateMediaRequest", asked) == INVALID


@pytest.mark.parametrize(
    "episodes",
    [
        [wire.EpisodeRef(season=1)],
        [wire.EpisodeRef(season=-1, episode=1)],
        [wire.EpisodeRef(season=1, episode=100_000)],
        [wire.EpisodeRef(season=1, episode=2)] * 2,
        [wire.EpisodeRef(season=1, episode=n) for n in range(1, 202)],
    ],
)
async def test_episodes_are_few_different_ones(
    visit: Visit, shelf: Shelf, episodes: list[wire.EpisodeRef]
) -> None:
    series = str(await shelf.title(kind="series"))

    assert await visit(OWNER).refused(
        "CreateMediaRequest", Create(title_id=series, episodes=episodes)
    ) == ("INVALID_ARGUMENT episodes_invalid")
    both = Create(title_id=series, future_only=True, seasons=[1])
    assert await visit(OWNER).refused("CreateMediaRequest", both) == (
        "INVALID_ARGUMENT seasons_invalid"
    )


async def test_a_change_names_what_it_changes(visit: Visit, shelf: Shelf) -> None:
    made = await ask(visit(ADA), await shelf.title(kind="series"), 1)

    async def refused(*paths: str) -> str:
        request = wire.UpdateMediaRequestRequest(
            request_id=made.id, update_mask=FieldMask(paths=paths)
        )
        return await visit(ADA).refused("UpdateMediaRequest", request)

    assert await refused() == INVALID
    assert await refused("state") == INVALID
    edited = await visit(ADA).call(
        "UpdateMediaRequest",
        wire.UpdateMediaRequestRequest(
            request_id=made.id,
            change=wire.RequestChange(
                episodes=[wire.EpisodeRef(season=2, episode=4)], is_4k=True
            ),
            update_mask=FieldMask(paths=["episodes"]),
        ),
    )
    assert list(edited.episodes) == [wire.EpisodeRef(season=2, episode=4)]  # type: ignore[attr-defined]
    assert (list(edited.seasons), edited.is_4k) == ([1], False)  # type: ignore[attr-defined]


async def test_one_choice_is_changed_and_the_others_stay(
    visit: Visit, shelf: Shelf
) -> None:
    made = await ask(visit(ADA), await shelf.title())

    async def change(path: str, **choices: object) -> wire.MediaRequest:
        return await visit(OWNER).call(  # type: ignore[return-value]
            "UpdateMediaRequest",
            wire.UpdateMediaRequestRequest(
                request_id=made.id,
                change={"choices": choices},  # type: ignore[arg-type]
                update_mask=FieldMask(paths=[path]),
            ),
        )

    await change("choices", folder="/movies", profile_id=4)
    changed = await change("choices.profile_id", profile_id=5)

    assert (changed.choices.profile_id, changed.choices.folder) == (5, "/movies")


async def test_history_is_told_in_pages_to_who_may_see(
    visit: Visit, shelf: Shelf
) -> None:
    made = await ask(visit(ADA), await shelf.title())
    await visit(OWNER).call(
        "DeclineMediaRequest",
        wire.DeclineMediaRequestRequest(request_id=made.id, reason="No"),
    )

    first = await visit(ADA).call(
        "ListRequestHistory", Steps(request_id=made.id, page_size=1)
    )
    rest = await visit(ADA).call(
        "ListRequestHistory",
        Steps(
            request_id=made.id,
            page_size=1,
            page_token=first.next_page_token,  # type: ignore[attr-defined]
        ),
    )

    [step] = rest.steps  # type: ignore[attr-defined]
    assert (step.from_state, step.to_state) == (
        wire.MediaRequest.PENDING,
        wire.MediaRequest.DECLINED,
    )
    assert (step.by, step.reason) == (OWNER.user_id, "No")
    assert not rest.next_page_token  # type: ignore[attr-defined]
    assert await visit(BOB).refused(
        "ListRequestHistory", Steps(request_id=made.id)
    ) == ("NOT_FOUND request_missing")


async def test_lists_are_narrowed(visit: Visit, shelf: Shelf) -> None:
    film, series = await shelf.title(), await shelf.title(kind="series")
    of_film = await ask(visit(ADA), film)
    of_series = await ask(visit(BOB), series, 1)
    await ask(visit(ADA), series, 1, 2)
    in_4k = await visit(OWNER).call(
        "CreateMediaRequest", Create(title_id=str(film), is_4k=True)
    )

    async def ids(who: object, **fields: object) -> list[str]:
        page = await listed(visit(who), List(**fields))  # type: ignore[arg-type]
        return [each.id for each in page.requests]

    assert await ids(OWNER, title_id=str(film)) == [in_4k.id, of_film.id]  # type: ignore[attr-defined]
    assert await ids(OWNER, is_4k=True) == [in_4k.id]  # type: ignore[attr-defined]
    assert in_4k.id not in await ids(OWNER, is_4k=False)  # type: ignore[attr-defined]
    assert of_series.id in await ids(OWNER, kind="SERIES")
    assert await ids(OWNER, kind="MOVIE", state="PENDING") == [of_film.id]
    assert await ids(ADA, kind="MOVIE") == [of_film.id]
    assert await ids(ADA, followed_by_me=True) == [of_series.id]
    assert await ids(OWNER, requested_by=BOB.user_id, is_4k=False) == [of_series.id]
    for wrong in (
        List(title_id="x"),
        List(kind=9),  # type: ignore[arg-type]
        List(followed_by_me=True, title_id=str(film)),
    ):
        assert await visit(OWNER).refused("ListMediaRequests", wrong) == INVALID


@pytest.mark.parametrize(
    "user_id", ["nobody-there", " ", "🦊", "ID-OF-ADA", "id-of-sue", "x" * 101, "a\0"]
)
async def test_one_asks_only_for_those_who_are_here(
    visit: Visit, shelf: Shelf, database: Database, user_id: str
) -> None:
    people = PostgresPeople(database)
    await people.is_in(ADA.user_id, "viewer", 7, suspended=False)
    await people.is_in("id-of-sue", "friend", 8, suspended=True)
    title = str(await shelf.title())
    asked = Create(title_id=title, requested_for=wire.Requester(user_id=user_id))

    with pytest.raises(aio.AioRpcError) as refusal:
        await visit(OWNER).call("CreateMediaRequest", asked)

    assert refusal.value.code().name == "INVALID_ARGUMENT"
    trailers = dict(refusal.value.trailing_metadata() or ())
    assert b"requested_for.user_id" in trailers["grpc-status-details-bin"]
    assert await database.fetchval("SELECT count(user_id) FROM requesters") == 0


async def test_who_is_known_has_the_name_that_is_known(
    visit: Visit, shelf: Shelf
) -> None:
    one, two = await shelf.titles(2)
    await visit(ADA).call("CreateMediaRequest", Create(title_id=str(one)))
    ada = wire.Requester(user_id=ADA.user_id, name="Somebody Else")

    made = await visit(OWNER).call(
        "CreateMediaRequest", Create(title_id=str(two), requested_for=ada)
    )

    assert isinstance(made, wire.MediaRequest)
    assert made.requested_by_name == "Ada"


@pytest.mark.parametrize("words", ["", " ", "\u200b", "\u202e\u2066 \u2069"])
async def test_what_says_nothing_asks_for_nothing(visit: Visit, words: str) -> None:
    with pytest.raises(aio.AioRpcError) as refusal:
        await visit(OWNER).call("CreateMediaRequest", Create(words=words))

    assert refusal.value.code().name == "INVALID_ARGUMENT"
    assert refusal.value.details() == (
        "Name a title by title_id, or say in words what it is."
    )
