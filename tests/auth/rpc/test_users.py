"""Who may see whom, and change what of them."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.auth.v1 import sessions_pb2, users_pb2
from tests.auth.house import House, Person, Refusal, reason, refusal


async def get(house: House, by: Person, user_id: str) -> users_pb2.User:
    return await house.users.GetUser(
        users_pb2.GetUserRequest(user_id=user_id), metadata=by.metadata
    )


async def update(
    house: House, by: Person, whom: Person, mask: str = "", **fields: object
) -> users_pb2.User:
    paths = mask.split(",") if mask else list(fields)
    return await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=whom.user.id, **fields),
            update_mask=FieldMask(paths=paths),
        ),
        metadata=by.metadata,
    )


async def delete(house: House, by: Person, user_id: str) -> object:
    return await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=user_id), metadata=by.metadata
    )


@pytest.fixture
async def admin(house: House, owner: Person) -> Person:
    return await house.member(owner, "adam", "admin")


@pytest.fixture
async def friend(house: House, owner: Person) -> Person:
    return await house.member(owner, "frieda")


async def test_one_sees_oneself_and_a_manager_sees_everybody(
    house: House, owner: Person, friend: Person
) -> None:
    assert await get(house, friend, friend.user.id) == friend.user
    managed = await get(house, owner, friend.user.id)
    assert managed.HasField("second_factor")
    managed.ClearField("second_factor")
    assert managed == friend.user


async def test_others_are_not_there_for_one_who_may_not_see_them(
    house: House, owner: Person, friend: Person
) -> None:
    someone = await refusal(get(house, friend, owner.user.id))
    nobody = await refusal(get(house, friend, str(uuid4())))

    assert someone == nobody == Refusal(StatusCode.NOT_FOUND, "user_missing", "")


async def test_users_are_listed_newest_first_in_pages(
    house: House, owner: Person
) -> None:
    names = ["olga"]
    for number in range(4):
        house.clock.advance(timedelta(seconds=1))
        owner = await house.known_again(owner)
        names.append((await house.member(owner, f"friend{number}")).user.name)

    seen: list[str] = []
    token = ""
    for _ in range(3):
        page = await house.users.ListUsers(
            users_pb2.ListUsersRequest(page_size=2, page_token=token),
            metadata=owner.metadata,
        )
        seen += [each.name for each in page.users]
        token = page.next_page_token

    assert seen == names[::-1]
    assert token == ""


async def test_a_page_that_ends_with_the_last_user_has_no_next(
    house: House, owner: Person, friend: Person
) -> None:
    page = await house.users.ListUsers(
        users_pb2.ListUsersRequest(page_size=2), metadata=owner.metadata
    )

    assert len(page.users) == 2
    assert page.next_page_token == ""


async def test_ones_own_address_is_ones_own_to_change(
    house: House, friend: Person
) -> None:
    given = await update(house, friend, friend, email="Frieda@example.org")
    taken = await update(house, friend, friend, email="")

    assert given.email == "Frieda@example.org"
    assert taken.email == ""
    assert (await house.event_types())[-2:] == ["user.changed", "user.changed"]


async def test_ones_own_role_and_suspension_are_not(
    house: House, friend: Person
) -> None:
    for fields in [{"role": "viewer"}, {"role": "admin"}, {"suspended": False}]:
        refused = await refusal(update(house, friend, friend, **fields))

        assert refused == Refusal(StatusCode.PERMISSION_DENIED, "not_yours", "")


async def test_nobody_changes_others_without_the_permission(
    house: House, owner: Person, friend: Person
) -> None:
    other = await house.member(owner, "other")

    for whom in (other, owner):
        asked = update(house, friend, whom, email="eve@example.org")
        assert await reason(asked) == "not_yours"


async def test_a_manager_changes_role_and_address(
    house: House, admin: Person, friend: Person
) -> None:
    changed = await update(
        house, admin, friend, role="trusted", email="frieda@example.org"
    )
    back = await house.sign_in("frieda")
    told = await house.exchange(back.token)

    assert (changed.role, changed.email) == ("trusted", "frieda@example.org")
    assert told.permissions & 1 << 7
    assert changed == await get(house, friend, friend.user.id)


async def test_suspending_ends_sessions_and_keys_at_once_and_can_be_undone(
    house: House, admin: Person, friend: Person
) -> None:
    await house.sign_in("frieda")
    suspended = await update(house, admin, friend, suspended=True)
    types = await house.event_types()
    known = await reason(house.exchange(friend.token))
    await update(house, admin, friend, suspended=False)

    assert suspended.suspended
    assert known == "session_unknown"
    assert types[-3:] == ["user.changed", "session.ended", "session.ended"]
    assert await reason(house.exchange(friend.token)) == "session_unknown"
    assert (await house.sign_in("frieda")).user.id == friend.user.id


async def test_nobody_changes_the_owner(
    house: House, owner: Person, admin: Person
) -> None:
    for fields in [
        {"role": "friend"},
        {"suspended": True},
        {"email": "eve@example.org"},
    ]:
        refused = await refusal(update(house, admin, owner, **fields))

        assert refused == Refusal(
            StatusCode.FAILED_PRECONDITION, "owner_unchangeable", ""
        )
        assert (await house.exchange(owner.token)).user_id == owner.user.id


async def test_the_owner_can_neither_step_down_nor_be_removed(
    house: House, owner: Person, admin: Person
) -> None:
    assert await reason(update(house, owner, owner, role="admin")) == (
        "owner_unchangeable"
    )
    for by in (owner, admin):
        assert await reason(delete(house, by, owner.user.id)) == "owner_unchangeable"
    mine = await update(house, owner, owner, email="olga@example.org")
    assert (mine.role, mine.email) == ("owner", "olga@example.org")


async def test_there_is_no_second_owner_and_no_other_role(
    house: House, admin: Person, friend: Person
) -> None:
    for role in ["owner", "", "king", "FRIEND", "friend\0"]:
        refused = await refusal(update(house, admin, friend, role=role))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "role")


async def test_a_mask_names_only_what_can_be_changed(
    house: House, admin: Person, friend: Person
) -> None:
    for mask in [
        "name",
        "id",
        "*",
        "permissions",
        "user.role",
        "role,name",
        "rôle",
        "\0",
    ]:
        refused = await refusal(update(house, admin, friend, mask, role="trusted"))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "update_mask")


async def test_an_update_without_a_mask_changes_nothing(
    house: House, admin: Person, friend: Person
) -> None:
    assert (await refusal(update(house, admin, friend))).field == "update_mask"


async def test_an_address_belongs_to_one_account(
    house: House, owner: Person, friend: Person
) -> None:
    await update(house, owner, owner, email="olga@example.org")

    refused = await refusal(update(house, friend, friend, email="OLGA@example.org"))

    assert refused == Refusal(StatusCode.ALREADY_EXISTS, "email_taken", "email")


async def test_of_two_taking_one_address_at_once_one_has_it(
    house: House, owner: Person, friend: Person
) -> None:
    outcomes = await asyncio.gather(
        reason(update(house, friend, friend, email="me@example.org")),
        reason(update(house, owner, owner, email="ME@example.org")),
        return_exceptions=True,
    )

    assert "email_taken" in outcomes
    assert sum(isinstance(each, AssertionError) for each in outcomes) == 1


async def test_of_two_changing_a_user_at_once_nobody_undoes_the_other(
    house: House, owner: Person, admin: Person, friend: Person
) -> None:
    outcomes = await asyncio.gather(
        reason(update(house, owner, friend, suspended=True)),
        reason(update(house, admin, friend, email="frieda@example.org")),
        return_exceptions=True,
    )

    now = await get(house, owner, friend.user.id)
    failed = [each for each in outcomes if isinstance(each, str)]
    assert set(failed) <= {"user_changed"}
    assert now.suspended == (outcomes[0] != "user_changed")
    assert bool(now.email) == (outcomes[1] != "user_changed")


async def test_one_who_is_removed_is_gone_with_sessions_and_name(
    house: House, owner: Person, admin: Person, friend: Person
) -> None:
    await delete(house, admin, friend.user.id)

    assert await reason(house.exchange(friend.token)) == "session_unknown"
    assert await reason(house.sign_in("frieda")) == "credentials_wrong"
    assert await reason(delete(house, admin, friend.user.id)) == "user_missing"
    assert (await house.event_types())[-2:] == ["session.ended", "user.removed"]
    assert (await house.member(owner, "frieda")).user.id != friend.user.id


async def test_a_removed_user_is_nobody_even_while_believed(
    house: House, admin: Person, friend: Person
) -> None:
    await delete(house, admin, friend.user.id)

    mine = house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=friend.metadata
    )

    assert await reason(get(house, friend, friend.user.id)) == "user_missing"
    assert await reason(mine) == "session_unknown"
    assert await reason(update(house, friend, friend, email="")) == "user_missing"


async def test_what_is_not_an_id_is_invalid(house: House, owner: Person) -> None:
    for user_id in [
        "",
        "me",
        "1",
        "00000000-0000-0000-0000-00000000000",
        "{00000000-0000-0000-0000-000000000000}",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "00000000000000000000000000000000",
        "' OR 1=1 --",
        "\0",
        "٣" * 32,
        "x" * 100_000,
    ]:
        wrong = Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "user_id")

        assert await refusal(get(house, owner, user_id)) == wrong
        assert await refusal(delete(house, owner, user_id)) == wrong
        with_body = house.users.UpdateUser(
            users_pb2.UpdateUserRequest(
                user={"id": user_id}, update_mask={"paths": ["email"]}
            ),
            metadata=owner.metadata,
        )
        assert (await refusal(with_body)).field == "user.id"
