"""Every list has a bound, and goes on only where it stopped."""

from collections.abc import Awaitable, Callable

import pytest

from medianest.auth.v1 import invites_pb2, keys_pb2, sessions_pb2, users_pb2
from tests.auth.house import House, Person, reason, refusal

List = Callable[[int, str], Awaitable[object]]


@pytest.fixture
def lists(house: House, owner: Person) -> dict[str, List]:
    who = {"metadata": owner.metadata}
    return {
        "users": lambda size, token: house.users.ListUsers(
            users_pb2.ListUsersRequest(page_size=size, page_token=token), **who
        ),
        "sessions": lambda size, token: house.sessions.ListSessions(
            sessions_pb2.ListSessionsRequest(page_size=size, page_token=token), **who
        ),
        "invites": lambda size, token: house.invites.ListInvites(
            invites_pb2.ListInvitesRequest(page_size=size, page_token=token), **who
        ),
        "keys": lambda size, token: house.api_keys.ListKeys(
            keys_pb2.ListKeysRequest(page_size=size, page_token=token), **who
        ),
    }


async def test_a_page_has_a_hundred_rows_at_most(lists: dict[str, List]) -> None:
    for name, ask in lists.items():
        for size in (-1, 101, 2**31 - 1, -(2**31)):
            assert (await refusal(ask(size, ""))).field == "page_size", name
        for size in (0, 1, 100):
            await ask(size, "")


async def test_a_page_token_that_no_list_gave_out_is_refused(
    lists: dict[str, List],
) -> None:
    for ask in lists.values():
        for token in ("x", "====", "é", "\0", "A" * 100_000, "' OR 1=1 --", "W10"):
            assert await reason(ask(20, token)) == "page_token_invalid"


async def test_a_page_token_is_good_for_its_own_list_only(
    house: House, owner: Person, lists: dict[str, List]
) -> None:
    await house.member(owner, "frieda")
    page = await house.users.ListUsers(
        users_pb2.ListUsersRequest(page_size=1), metadata=owner.metadata
    )

    for name, ask in lists.items():
        if name != "users":
            wrong = await reason(ask(20, page.next_page_token))
            assert wrong == "page_token_invalid"
    assert page.next_page_token
