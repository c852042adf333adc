"""Who follows a request learns no more of who made it than the title's page tells."""

from medianest.media.v1 import requests_pb2
from tests.media.requests.conftest import Visit
from tests.media.requests.house import ADA, BOB, OWNER, WATCHER, Shelf

Request = requests_pb2.MediaRequest


async def test_who_follows_is_not_told_who_asked(visit: Visit, shelf: Shelf) -> None:
    asking = requests_pb2.CreateMediaRequestRequest(title_id=str(await shelf.title()))
    adas = await visit(ADA).call("CreateMediaRequest", asking)
    assert isinstance(adas, Request)
    which = requests_pb2.GetMediaRequestRequest(request_id=adas.id)

    followed = await visit(BOB).call("CreateMediaRequest", asking)
    seen = await visit(BOB).call("GetMediaRequest", which)
    listed = await visit(BOB).call(
        "ListMediaRequests", requests_pb2.ListMediaRequestsRequest(followed_by_me=True)
    )
    told = await visit(BOB).call(
        "ListRequestHistory",
        requests_pb2.ListRequestHistoryRequest(request_id=adas.id),
    )

    for each in (followed, seen, *listed.requests):  # type: ignore[attr-defined]
        assert (each.id, each.followed_by_me) == (adas.id, True)
        assert (each.requested_by, each.requested_by_name) == ("", "")
    assert [(each.by, each.by_name) for each in told.steps] == [("", "")]  # type: ignore[attr-defined]


async def test_who_asked_and_who_sees_all_are_told(visit: Visit, shelf: Shelf) -> None:
    asking = requests_pb2.CreateMediaRequestRequest(title_id=str(await shelf.title()))
    adas = await visit(ADA).call("CreateMediaRequest", asking)
    assert isinstance(adas, Request)
    await visit(WATCHER).refused("CreateMediaRequest", asking)

    for caller in (ADA, WATCHER, OWNER):
        seen = await visit(caller).call(
            "GetMediaRequest", requests_pb2.GetMediaRequestRequest(request_id=adas.id)
        )
        told = await visit(caller).call(
            "ListRequestHistory",
            requests_pb2.ListRequestHistoryRequest(request_id=adas.id),
        )

        assert (seen.requested_by, seen.requested_by_name) == (ADA.user_id, "Ada")  # type: ignore[attr-defined]
        assert [each.by_name for each in told.steps] == ["Ada"]  # type: ignore[attr-defined]


async def test_the_key_of_one_who_left_tells_nothing_of_who_asked(
    visit: Visit, shelf: Shelf
) -> None:
    asking = requests_pb2.CreateMediaRequestRequest(title_id=str(await shelf.title()))
    await visit(ADA).call("CreateMediaRequest", asking)
    followed = await visit(BOB).call("CreateMediaRequest", asking, "once")
    assert isinstance(followed, Request)
    await visit(BOB).call(
        "CancelMediaRequest",
        requests_pb2.CancelMediaRequestRequest(request_id=followed.id),
    )

    again = await visit(BOB).call("CreateMediaRequest", asking, "once")

    assert isinstance(again, Request)
    assert (again.id, again.followed_by_me) == (followed.id, False)
    assert (again.requested_by, again.requested_by_name) == ("", "")
