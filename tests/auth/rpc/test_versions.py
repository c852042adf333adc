"""Of two who change one user, the second learns that they have changed already."""

import asyncio
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.auth.v1 import sessions_pb2, users_pb2
from tests.auth.house import House, Person, Refusal, reason, refusal

CHANGED = Refusal(StatusCode.ABORTED, "version_changed", "")


@pytest.fixture
async def friend(house: House, owner: Person) -> Person:
    return await house.member(owner, "frieda")


async def get(house: House, by: Person, whom: Person) -> users_pb2.User:
    return await house.users.GetUser(
        users_pb2.GetUserRequest(user_id=whom.user.id), metadata=by.metadata
    )


async def update(
    house: House, by: Person, whom: Person, if_version: int = 0, **fields: Any
) -> users_pb2.User:
    return await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=whom.user.id, **fields),
            update_mask=FieldMask(paths=list(fields)),
            if_version=if_version,
        ),
        metadata=by.metadata,
    )


async def delete(house: House, by: Person, whom: Person, if_version: int) -> Any:
    return await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=whom.user.id, if_version=if_version),
        metadata=by.metadata,
    )


async def test_each_change_is_one_version_more_wherever_one_looks(
    house: House, owner: Person, friend: Person
) -> None:
    versions = [friend.user.version]
    for fields in (
        {"email": "frieda@example.org"},
        {"role": "trusted"},
        {"role": "viewer", "email": ""},
    ):
        changed = await update(house, owner, friend, **fields)
        versions.append(changed.version)
        listed = await house.users.ListUsers(
            users_pb2.ListUsersRequest(), metadata=owner.metadata
        )
        # Who may do more than before signs in again.
        friend = await house.sign_in("frieda")
        session = await house.sessions.GetCurrentSession(
            sessions_pb2.GetCurrentSessionRequest(), metadata=friend.metadata
        )
        seen = await get(house, owner, friend)
        assert seen in listed.users
        # Told to who manages users, where they look.
        seen.ClearField("second_factor")
        assert changed == session.user == seen

    assert versions == [1, 2, 3, 4]


async def test_suspending_and_letting_in_again_are_versions_and_signing_in_is_none(
    house: House, owner: Person, friend: Person
) -> None:
    suspended = await update(house, owner, friend, suspended=True)
    let_in = await update(house, owner, friend, suspended=False)

    back = await house.sign_in("frieda")

    assert (suspended.version, let_in.version, back.user.version) == (2, 3, 3)


async def test_what_changes_nothing_is_no_version_and_must_be_the_one_named(
    house: House, owner: Person, friend: Person
) -> None:
    same = await update(house, owner, friend, 1, suspended=False)

    late = await refusal(update(house, owner, friend, 2, suspended=False))

    assert (same.version, late) == (1, CHANGED)


async def test_of_many_who_change_whom_they_saw_one_does(
    house: House, owner: Person, friend: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")

    outcomes = await asyncio.gather(
        *(
            reason(update(house, by, friend, 1, email=f"frieda{number}@example.org"))
            for by in (owner, admin, friend)
            for number in range(3)
        ),
        return_exceptions=True,
    )

    # The one that is not refused is what `reason` complains of.
    told = [each for each in outcomes if isinstance(each, str)]
    assert told == ["version_changed"] * 8
    assert (await get(house, owner, friend)).version == 2


async def test_of_a_change_and_a_removal_at_once_one_is_done(
    house: House, owner: Person, friend: Person
) -> None:
    outcomes = await asyncio.gather(
        reason(update(house, owner, friend, 1, role="trusted")),
        reason(delete(house, owner, friend, 1)),
        return_exceptions=True,
    )

    [refused] = [each for each in outcomes if isinstance(each, str)]
    assert refused in {"version_changed", "user_missing"}


async def test_another_version_is_neither_changed_nor_removed(
    house: House, owner: Person, friend: Person
) -> None:
    before = await get(house, owner, friend)

    for version in (-1, 2, 2**31 - 1):
        asked = update(house, owner, friend, version, role="trusted")
        assert await refusal(asked) == CHANGED
        assert await refusal(delete(house, owner, friend, version)) == CHANGED

    assert await get(house, owner, friend) == before


async def test_who_may_not_or_cannot_is_told_so_in_whatever_version(
    house: House, owner: Person, friend: Person
) -> None:
    other = await house.member(owner, "other")
    await delete(house, owner, other, 1)

    assert await reason(update(house, friend, owner, 9, role="child")) == "not_yours"
    assert await reason(delete(house, owner, owner, 9)) == "owner_unchangeable"
    assert await reason(update(house, owner, friend, 9, role="king")) == "invalid"
    assert await reason(delete(house, owner, other, 1)) == "user_missing"


async def test_an_address_that_is_taken_is_no_new_version(
    house: House, owner: Person, friend: Person
) -> None:
    await update(house, owner, owner, email="olga@example.org")

    refused = await reason(update(house, friend, friend, 1, email="olga@example.org"))

    assert refused == "email_taken"
    assert (await get(house, owner, friend)).version == 1
