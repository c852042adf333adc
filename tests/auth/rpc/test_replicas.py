"""What one replica of auth has done, each other believes at once."""

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from medianest.auth.v1 import keys_pb2, sessions_pb2, users_pb2
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import House, Person, open_house, reason
from tests.clock import StoppedClock

Act = Callable[[House, Person, Person], Awaitable[object]]


@pytest.fixture
async def other(
    house: House, passwords: Argon2Passwords, clock: StoppedClock
) -> AsyncIterator[House]:
    """A second replica: its own server, and all that is behind it, on the same
    database."""
    async with open_house(house.database, house.feed, passwords, clock) as opened:
        yield opened


async def sign_out(house: House, owner: Person, friend: Person) -> None:
    await house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(), metadata=friend.metadata
    )


async def end_session(house: House, owner: Person, friend: Person) -> None:
    await house.sessions.DeleteSession(
        sessions_pb2.DeleteSessionRequest(session_id=friend.session_id),
        metadata=friend.metadata,
    )


async def update(house: House, by: Person, user: users_pb2.User, field: str) -> None:
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(user=user, update_mask=FieldMask(paths=[field])),
        metadata=by.metadata,
    )


async def suspend(house: House, owner: Person, friend: Person) -> None:
    user = users_pb2.User(id=friend.user.id, suspended=True)
    await update(house, owner, user, "suspended")


async def remove(house: House, owner: Person, friend: Person) -> None:
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=friend.user.id), metadata=owner.metadata
    )


@pytest.mark.parametrize("act", [sign_out, end_session, suspend, remove])
async def test_a_token_that_ends_at_one_replica_is_unknown_to_the_other(
    house: House, other: House, owner: Person, act: Act
) -> None:
    for number in range(5):
        friend = await house.member(owner, f"friend{number}")
        assert (await other.exchange(friend.token)).user_id == friend.user.id

        await act(house, owner, friend)

        assert await reason(other.exchange(friend.token)) == "session_unknown"


async def test_a_role_that_changes_at_one_replica_holds_at_the_other(
    house: House, other: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=friend.metadata
    )
    for role in ("admin", "viewer") * 3:
        before = (await other.exchange(key.secret)).permissions
        user = users_pb2.User(id=friend.user.id, role=role)

        await update(house, owner, user, "role")

        after = (await other.exchange(key.secret)).permissions
        assert after == (await house.exchange(key.secret)).permissions
        assert after != before


async def test_a_key_that_is_deleted_at_one_replica_is_unknown_to_the_other(
    house: House, other: House, owner: Person
) -> None:
    for _ in range(5):
        made = await house.api_keys.CreateKey(
            keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=owner.metadata
        )
        assert (await other.exchange(made.secret)).user_id == owner.user.id

        await house.api_keys.DeleteKey(
            keys_pb2.DeleteKeyRequest(key_id=made.key.id), metadata=owner.metadata
        )

        assert await reason(other.exchange(made.secret)) == "session_unknown"
