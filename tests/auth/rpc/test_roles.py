"""Roles are the house's own to name and to change, and hold at once."""

import asyncio
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import keys_pb2, roles_pb2, sessions_pb2, users_pb2
from services.auth.domain.roles import MOST_ROLES
from tests.auth.house import House, Metadata, Person, Refusal, reason, refusal


async def create(
    house: House, metadata: Metadata, name: str, *permissions: int, **more: Any
) -> roles_pb2.Role:
    return await house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(name=name, permissions=permissions, **more),
        metadata=metadata,
    )


async def update(
    house: House, metadata: Metadata, name: str, if_version: int = 0, **fields: Any
) -> roles_pb2.Role:
    return await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=roles_pb2.Role(name=name, **fields),
            update_mask=FieldMask(paths=list(fields)),
            if_version=if_version,
        ),
        metadata=metadata,
    )


async def delete(
    house: House, metadata: Metadata, name: str, replacement: str = ""
) -> object:
    return await house.roles.DeleteRole(
        roles_pb2.DeleteRoleRequest(name=name, replacement=replacement),
        metadata=metadata,
    )


async def get(house: House, by: Person, name: str) -> roles_pb2.Role:
    return await house.roles.GetRole(
        roles_pb2.GetRoleRequest(name=name), metadata=by.metadata
    )


async def role_of(house: House, by: Person, whom: Person) -> str:
    user = await house.users.GetUser(
        users_pb2.GetUserRequest(user_id=whom.user.id), metadata=by.metadata
    )
    return str(user.role)


async def key_of(house: House, person: Person, *scope: int) -> str:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k", permissions=scope),
        metadata=person.metadata,
    )
    return str(made.secret)


async def test_the_house_begins_with_the_six_that_it_needs(
    house: House, owner: Person
) -> None:
    first = await house.roles.ListRoles(
        roles_pb2.ListRolesRequest(page_size=4), metadata=owner.metadata
    )
    rest = await house.roles.ListRoles(
        roles_pb2.ListRolesRequest(page_token=first.next_page_token),
        metadata=owner.metadata,
    )

    names = [role.name for role in (*first.roles, *rest.roles)]
    assert names == ["admin", "child", "friend", "owner", "trusted", "viewer"]
    assert [role.name for role in (*first.roles, *rest.roles) if role.fixed] == [
        "admin",
        "owner",
    ]
    friend = await get(house, owner, "friend")
    assert {Permission.Name(each) for each in friend.permissions} == {
        "REQUEST",
        "REQUEST_MOVIE",
        "REQUEST_TV",
        "CREATE_ISSUES",
        "RECENT_VIEW",
        "VIEW_SERVICES",
    }


async def test_a_role_of_ones_own_is_given_and_holds(
    house: House, owner: Person
) -> None:
    made = await create(
        house,
        owner.metadata,
        "neighbor",
        Permission.AUTO_APPROVE,
        movie_quota={"limit": 3},
        series_quota={"limit": 2, "days": 30},
    )

    neighbor = await house.member(owner, "nora", "neighbor")

    assert (made.movie_quota.limit, made.movie_quota.days) == (3, 7)
    assert (made.series_quota.limit, made.series_quota.days) == (2, 30)
    assert made == await get(house, owner, "neighbor")
    assert {Permission.Name(each) for each in neighbor.user.permissions} == {
        "AUTO_APPROVE",
        "AUTO_APPROVE_MOVIE",
        "AUTO_APPROVE_TV",
    }


async def test_a_change_holds_at_once_and_who_gains_by_it_signs_in_again(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    viewer = await house.member(owner, "vera", "viewer")
    key = await key_of(house, friend)

    less = await update(
        house, owner.metadata, "friend", permissions=[Permission.REQUEST]
    )
    after_less = await house.exchange(friend.token)
    more = await update(
        house, owner.metadata, "friend", permissions=[Permission.DOWNLOAD]
    )

    assert not after_less.permissions & 1 << Permission.VIEW_SERVICES
    assert await reason(house.exchange(friend.token)) == "session_unknown"
    assert (await house.exchange(key)).permissions == 1 << Permission.DOWNLOAD
    back = await house.sign_in("frieda")
    assert (await house.exchange(back.token)).permissions == 1 << Permission.DOWNLOAD
    assert (await house.exchange(viewer.token)).user_id == viewer.user.id
    assert (less.version, more.version) == (2, 3)
    assert (await house.event_types()).count("role.changed") == 2


async def test_who_is_promoted_signs_in_again_and_who_is_not_stays(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    async def become(role: str) -> None:
        await house.users.UpdateUser(
            users_pb2.UpdateUserRequest(
                user=users_pb2.User(id=friend.user.id, role=role),
                update_mask=FieldMask(paths=["role"]),
            ),
            metadata=owner.metadata,
        )

    await become("viewer")
    still = await house.exchange(friend.token)
    await become("trusted")

    assert still.user_id == friend.user.id
    assert await reason(house.exchange(friend.token)) == "session_unknown"


async def test_nobody_makes_changes_or_removes_a_role_beyond_themselves(
    house: House, owner: Person
) -> None:
    await create(house, owner.metadata, "keeper", Permission.MANAGE_USERS)
    await create(house, owner.metadata, "cellar", Permission.DOWNLOAD)
    keeper = (await house.member(owner, "kim", "keeper")).metadata

    beyond = [
        create(house, keeper, "mine", Permission.ADMIN),
        create(house, keeper, "mine", Permission.MANAGE_USERS, Permission.DOWNLOAD),
        update(house, keeper, "keeper", permissions=[Permission.ADMIN]),
        update(house, keeper, "cellar", permissions=[]),
        update(house, keeper, "admin", movie_quota={"limit": 1}),
        delete(house, keeper, "cellar"),
        delete(house, keeper, "cellar", "keeper"),
        delete(house, keeper, "keeper", "friend"),
    ]

    assert {await reason(each) for each in beyond} == {"beyond_your_permissions"}
    assert (await create(house, keeper, "mine", Permission.MANAGE_USERS)).name == "mine"


async def test_owner_and_admin_stay_what_they_are(house: House, owner: Person) -> None:
    for name in ("owner", "admin"):
        emptied = await refusal(update(house, owner.metadata, name, permissions=[]))
        less = update(house, owner.metadata, name, permissions=[Permission.REQUEST])

        assert emptied == Refusal(StatusCode.FAILED_PRECONDITION, "role_fixed", "")
        assert await reason(less) == "role_fixed"
        assert await reason(delete(house, owner.metadata, name)) == "role_fixed"
        assert await reason(delete(house, owner.metadata, name, "friend")) == (
            "role_fixed"
        )
    limited = await update(house, owner.metadata, "admin", movie_quota={"limit": 9})
    assert limited.movie_quota.limit == 9
    # As the gateway makes a mask of a body.
    nested = await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=roles_pb2.Role(name="admin", movie_quota={"limit": 8}),
            update_mask=FieldMask(paths=["movie_quota.limit"]),
        ),
        metadata=owner.metadata,
    )
    assert nested.movie_quota == roles_pb2.Quota(limit=8, days=7)


async def test_a_role_in_use_is_removed_only_for_another(
    house: House, owner: Person
) -> None:
    await create(house, owner.metadata, "guest", Permission.REQUEST)
    guest = await house.member(owner, "gus", "guest")

    in_use = await refusal(delete(house, owner.metadata, "guest"))
    wrong = [
        await refusal(delete(house, owner.metadata, "guest", name))
        for name in ("guest", "owner", "nobody", "\0")
    ]
    await delete(house, owner.metadata, "guest", "viewer")

    assert in_use == Refusal(StatusCode.FAILED_PRECONDITION, "role_in_use", "")
    assert {(each.reason, each.field) for each in wrong} == {("invalid", "replacement")}
    assert await role_of(house, owner, guest) == "viewer"
    # A viewer sees services, which a guest did not.
    assert await reason(house.exchange(guest.token)) == "session_unknown"
    assert await reason(get(house, owner, "guest")) == "role_missing"


async def test_an_open_invite_keeps_its_role_and_one_that_is_over_does_not(
    house: House, owner: Person
) -> None:
    await create(house, owner.metadata, "guest", Permission.REQUEST)
    gus = await house.member(owner, "gus", "guest")
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=gus.user.id), metadata=owner.metadata
    )

    await delete(house, owner.metadata, "guest")

    assert await house.database.fetchval("SELECT count(id) FROM invites") == 0


async def test_a_role_is_changed_in_the_version_that_was_seen(
    house: House, owner: Person
) -> None:
    outcomes = await asyncio.gather(
        *(
            reason(update(house, owner.metadata, "child", 1, permissions=[number]))
            for number in (Permission.REQUEST, Permission.DOWNLOAD)
        ),
        return_exceptions=True,
    )

    assert [each for each in outcomes if isinstance(each, str)] == ["version_changed"]
    late = update(house, owner.metadata, "child", 1, movie_quota={"limit": 1})
    assert await reason(late) == "version_changed"


async def test_of_a_promotion_and_a_change_of_the_role_no_session_gains(
    house: House, owner: Person
) -> None:
    """Whatever comes first: who may do more than before has no old token."""
    for number in range(6):
        role = f"role-{number}"
        await create(house, owner.metadata, role)
        viewer = await house.member(owner, f"vera{number}", "viewer")
        change = users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=viewer.user.id, role=role),
            update_mask=FieldMask(paths=["role"]),
        )

        await asyncio.gather(
            house.users.UpdateUser(change, metadata=owner.metadata),
            update(house, owner.metadata, role, permissions=[Permission.DOWNLOAD]),
            return_exceptions=True,
        )

        # None when the session is over.
        told = await house.database.fetchval(
            """
            SELECT granted
              FROM sessions
              JOIN accounts ON accounts.id = user_id
             WHERE sessions.id = $1::uuid
            """,
            viewer.session_id,
        )
        assert not (told or 0) & 1 << Permission.DOWNLOAD


async def test_what_is_wrong_with_a_role_is_named(house: House, owner: Person) -> None:
    for name in ("", "Friend", "1st", "a" * 33, "a b", "é", "a\0", "-a"):
        refused = await refusal(create(house, owner.metadata, name))
        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "name"), name
    for field, more in [
        ("permissions", {"permissions": [6]}),
        ("permissions", {"permissions": [-1]}),
        ("role.movie_quota.limit", {"movie_quota": {"limit": -1}}),
        ("role.series_quota.days", {"series_quota": {"days": 366}}),
    ]:
        refused = await refusal(update(house, owner.metadata, "child", **more))
        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field)
    unmasked = update(house, owner.metadata, "child")
    assert (await refusal(unmasked)).field == "update_mask"
    assert await reason(create(house, owner.metadata, "child")) == "role_exists"
    for name in ("nobody", "", "\0", "x" * 100_000):
        assert await reason(get(house, owner, name)) == "role_missing"


async def test_there_are_so_many_roles_also_when_asking_at_once(
    house: House, owner: Person
) -> None:
    for number in range(MOST_ROLES - 7):
        await create(house, owner.metadata, f"role-{number}")

    outcomes = await asyncio.gather(
        *(reason(create(house, owner.metadata, f"last-{n}")) for n in range(4)),
        return_exceptions=True,
    )

    assert [each for each in outcomes if isinstance(each, str)] == (
        ["too_many_roles"] * 3
    )


@pytest.mark.parametrize("scope", [[Permission.MANAGE_USERS], [Permission.REQUEST]])
async def test_a_limited_key_keeps_roles_within_its_limits(
    house: House, owner: Person, scope: list[int]
) -> None:
    metadata = await house.metadata(await key_of(house, owner, *scope))

    refused = await reason(update(house, metadata, "friend", permissions=[]))

    assert refused in {"beyond_your_permissions", "not_permitted"}


async def test_a_role_is_no_way_around_the_session_that_asks(
    house: House, owner: Person
) -> None:
    """An owner stays signed in while the house's roles change around them."""
    await update(house, owner.metadata, "child", permissions=[Permission.DOWNLOAD])

    mine = await house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=owner.metadata
    )

    assert mine.user.id == owner.user.id
