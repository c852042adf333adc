"""What a household says of its people, and what it gives them back."""

from datetime import UTC
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.auth.v1 import (
    exports_pb2,
    invites_pb2,
    keys_pb2,
    roles_pb2,
    users_pb2,
)
from tests.auth.factors import enabled
from tests.auth.house import House, Person, Refusal, reason, refusal
from tests.clock import NOON

FILMS, SERIES = str(UUID(int=1)), str(UUID(int=2))


@pytest.fixture
async def friend(house: House, owner: Person) -> Person:
    return await house.member(owner, "frieda")


async def update(
    house: House, by: Person, whom: Person, clear: str = "", **fields: Any
) -> users_pb2.User:
    return await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=whom.user.id, **fields),
            update_mask=FieldMask(paths=[*fields, *clear.split()]),
        ),
        metadata=by.metadata,
    )


async def named(house: House, by: Person, query: str, size: int = 20) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page = await house.users.ListUsers(
            users_pb2.ListUsersRequest(query=query, page_size=size, page_token=token),
            metadata=by.metadata,
        )
        found += [each.name for each in page.users]
        token = page.next_page_token
        if not token:
            return found


async def test_ones_profile_is_ones_own(house: House, friend: Person) -> None:
    changed = await update(
        house, friend, friend, display_name=" Frieda Ω ", locale="pt-br"
    )

    assert (changed.display_name, changed.locale) == ("Frieda Ω", "pt-BR")
    assert changed.kind == users_pb2.User.Kind.PERSON


async def test_what_limits_somebody_is_a_managers(
    house: House, owner: Person, friend: Person
) -> None:
    limits: list[dict[str, Any]] = [
        {"max_rating_age": 12},
        {"movie_quota": {"limit": 2}},
        {"series_quota": {"limit": 0}},
        {"library_ids": [FILMS]},
    ]

    for limit in limits:
        assert await reason(update(house, friend, friend, **limit)) == "not_yours"
        await update(house, owner, friend, **limit)
    told = house.keys.verify((await house.exchange(friend.token)).caller, NOON)

    assert told.facts == {"maxRatingAge": 12, "movieQuota": [2, 7]}


async def test_a_quota_of_ones_own_is_put_before_the_roles(
    house: House, owner: Person, friend: Person
) -> None:
    await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=roles_pb2.Role(name="friend", movie_quota={"limit": 9, "days": 30}),
            update_mask=FieldMask(paths=["movie_quota"]),
        ),
        metadata=owner.metadata,
    )

    own = await update(house, owner, friend, movie_quota={"limit": 2})
    boundless = await update(house, owner, friend, movie_quota={"limit": 0})
    free = house.keys.verify((await house.exchange(friend.token)).caller, NOON)
    again = await update(house, owner, friend, clear="movie_quota")
    told = house.keys.verify((await house.exchange(friend.token)).caller, NOON)

    assert (own.allowed_movie_quota.limit, own.allowed_movie_quota.days) == (2, 7)
    assert boundless.allowed_movie_quota.limit == 0
    assert free.facts == {}
    assert not again.HasField("movie_quota")
    assert again.allowed_movie_quota == roles_pb2.Quota(limit=9, days=30)
    assert told.facts == {"movieQuota": [9, 30]}


async def test_what_is_wrong_with_a_profile_is_named(
    house: House, owner: Person, friend: Person
) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("display_name", {"display_name": "x" * 65}),
        ("display_name", {"display_name": "a\0"}),
        ("locale", {"locale": "klingon!"}),
        ("max_rating_age", {"max_rating_age": 22}),
        ("max_rating_age", {"max_rating_age": -1}),
        ("user.movie_quota.limit", {"movie_quota": {"limit": 1001}}),
        ("user.series_quota.days", {"series_quota": {"limit": 1, "days": -1}}),
        ("user.library_ids", {"library_ids": ["films"]}),
        ("library_ids", {"library_ids": [str(UUID(int=n)) for n in range(51)]}),
    ]
    for field, fields in wrong:
        refused = await refusal(update(house, owner, friend, **fields))
        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field)


async def test_people_are_found_by_a_part_of_what_they_are_called(
    house: House, owner: Person, friend: Person
) -> None:
    other = await house.member(owner, "Albert")
    await update(house, other, other, email="a_b%c@example.org")
    await update(house, friend, friend, display_name="Älska Ω")

    assert await named(house, owner, "RIED") == ["frieda"]
    assert await named(house, owner, "ÄLSKA") == ["frieda"]
    assert await named(house, owner, "example.org") == ["Albert"]
    assert await named(house, owner, "_b%c@exam") == ["Albert"]
    assert await named(house, owner, "__b%c@exam") == []
    assert await named(house, owner, "fri%da") == []
    assert await named(house, owner, "example\\") == []
    assert await named(house, owner, "%%%") == []
    assert await named(house, owner, "AL") == ["Albert"]
    assert await named(house, owner, "f") == ["frieda"]
    assert await named(house, owner, "le") == []
    assert sorted(await named(house, owner, "", 1)) == ["Albert", "frieda", "olga"]
    for wrong in ("x" * 101, "a\0b", "a\nb"):
        assert (await refusal(named(house, owner, wrong))).field == "query"


async def test_a_page_token_is_good_for_its_own_query_only(
    house: House, owner: Person, friend: Person
) -> None:
    page = await house.users.ListUsers(
        users_pb2.ListUsersRequest(page_size=1), metadata=owner.metadata
    )

    other = house.users.ListUsers(
        users_pb2.ListUsersRequest(query="fri", page_token=page.next_page_token),
        metadata=owner.metadata,
    )

    assert await reason(other) == "page_token_invalid"


async def test_it_is_known_who_brought_in_whom(
    house: House, owner: Person, friend: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    await house.member(admin, "ben")

    async def invitees(of: Person) -> list[str]:
        answer = await house.users.ListInvitees(
            users_pb2.ListInviteesRequest(user_id=of.user.id), metadata=owner.metadata
        )
        return [each.name for each in answer.users]

    assert sorted(await invitees(owner)) == ["adam", "frieda"]
    assert await invitees(admin) == ["ben"]
    assert await invitees(friend) == []


async def test_everybody_may_take_along_what_is_theirs(
    house: House, owner: Person, friend: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    invite = await house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(), metadata=admin.metadata
    )
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="mine"), metadata=admin.metadata
    )
    bot = await house.metadata(key.secret)

    async def export(metadata: Any) -> exports_pb2.OwnData:
        return await house.exports.ExportOwnData(
            exports_pb2.ExportOwnDataRequest(), metadata=metadata
        )

    secret, codes = await enabled(house, admin)

    own = await export(admin.metadata)

    assert own.user == admin.user
    assert [each.id for each in own.sessions] == [admin.session_id]
    assert list(own.keys) == [key.key]
    assert [each.role for each in own.invites] == ["friend"]
    assert own.second_factor_enabled_at.ToDatetime(UTC) == NOON
    did = {each.action for each in own.audit}
    assert did >= {"session.started", "key.created", "second_factor.enabled"}
    assert {each.actor_id for each in own.audit} == {admin.user.id}
    hidden = (admin.token, key.secret, invite.code, secret, codes[0], "argon2")
    assert not [each for each in hidden if each in str(own)]
    assert await reason(export(bot)) == "key_refused"
    friends = await export(friend.metadata)
    assert list(friends.invites) == []
    assert not friends.HasField("second_factor_enabled_at")


async def test_nothing_of_one_who_is_removed_stays(house: House, owner: Person) -> None:
    admin = await house.member(owner, "adam-the-removed", "admin")
    await update(
        house, admin, admin, email="adam@secret.example", display_name="Adam Secret"
    )
    brought = await house.member(admin, "ben")
    await house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(), metadata=admin.metadata
    )
    await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="adams"), metadata=admin.metadata
    )

    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=admin.user.id), metadata=owner.metadata
    )

    tables = await house.database.fetch(
        """
        SELECT table_name
          FROM information_schema.tables
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
        """
    )
    for table in tables:
        text = await house.database.fetchval(
            f"SELECT string_agg(t::text, '') FROM {table['table_name']} AS t"  # noqa: S608
        )
        # The audit log tells that an address was changed, and keeps its mark.
        told = (text or "").lower().replace("a***@secret.example", "")
        for trace in ("adam", "secret"):
            assert trace not in told, table["table_name"]
    left = await house.users.GetUser(
        users_pb2.GetUserRequest(user_id=brought.user.id), metadata=owner.metadata
    )
    assert left.invited_by == ""
