"""Programs act for their user, within limits."""

import asyncio
from datetime import UTC, timedelta

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from kit.rpc.identity import METADATA_KEY
from kit.rpc.repeats import IDEMPOTENCY_KEY
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import invites_pb2, keys_pb2, sessions_pb2, users_pb2
from services.auth.domain.keys import MOST_KEYS
from tests.auth.house import House, Metadata, Person, Refusal, reason, refusal


async def make(
    house: House, metadata: Metadata, key: str = "", **fields: object
) -> keys_pb2.CreateKeyResponse:
    more = ((IDEMPOTENCY_KEY, key),) if key else ()
    return await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(**{"name": "Home Assistant", **fields}),
        metadata=(*metadata, *more),
    )


async def own(house: House, by: Person) -> list[keys_pb2.Key]:
    listed = await house.api_keys.ListKeys(
        keys_pb2.ListKeysRequest(page_size=100), metadata=by.metadata
    )
    return list(listed.keys)


async def test_a_key_acts_as_its_user(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")

    made = await make(house, friend.metadata)
    told = await house.exchange(made.secret)

    assert made.secret.startswith("mn_")
    assert made.key.prefix == made.secret[:7]
    assert not made.key.HasField("expires_at")
    assert (told.user_id, told.session_id) == (friend.user.id, f"key:{made.key.id}")
    assert told.permissions == (await house.exchange(friend.token)).permissions


async def test_when_a_key_was_last_used_is_written_down_now_and_then(
    house: House, owner: Person
) -> None:
    made = await make(house, owner.metadata)
    unused = (await own(house, owner))[0]

    await house.exchange(made.secret)
    await house.sightings.write()
    first = (await own(house, owner))[0]
    await house.exchange(made.secret)
    await house.sightings.write()

    assert not unused.HasField("last_used_at")
    assert first.last_used_at.ToDatetime(UTC) == house.clock.now()
    assert (await own(house, owner))[0] == first


async def test_a_key_is_cut_down_to_its_scope(house: House, owner: Person) -> None:
    scope = [Permission.REQUEST, Permission.MANAGE_USERS]

    made = await make(house, owner.metadata, permissions=scope)

    assert (await house.exchange(made.secret)).permissions == (
        1 << Permission.REQUEST
        | 1 << Permission.REQUEST_MOVIE
        | 1 << Permission.REQUEST_TV
        | 1 << Permission.MANAGE_USERS
    )


async def test_a_key_is_cut_down_to_what_its_user_may_when_it_is_used(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    scope = [Permission.REQUEST, Permission.VIEW_SERVICES]
    made = await make(house, friend.metadata, permissions=scope)

    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=friend.user.id, role="viewer"),
            update_mask=FieldMask(paths=["role"]),
        ),
        metadata=owner.metadata,
    )

    after = (await house.exchange(made.secret)).permissions
    assert not after & 1 << Permission.REQUEST


async def test_nobody_makes_a_key_that_may_more_than_they(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    for beyond in (Permission.ADMIN, Permission.MANAGE_USERS, Permission.WATCH_EVENTS):
        refused = await refusal(make(house, friend.metadata, permissions=[beyond]))

        assert refused == Refusal(
            StatusCode.PERMISSION_DENIED, "beyond_your_permissions", ""
        )


@pytest.mark.parametrize("scope", [[], [Permission.MANAGE_USERS]], ids=["all", "some"])
async def test_no_key_gets_at_its_users_account(
    house: House, owner: Person, scope: list[int]
) -> None:
    made = await make(house, owner.metadata, permissions=scope)
    metadata = await house.metadata(made.secret)

    refused = [
        make(house, metadata),
        house.api_keys.ListKeys(keys_pb2.ListKeysRequest(), metadata=metadata),
        house.sessions.ListSessions(
            sessions_pb2.ListSessionsRequest(), metadata=metadata
        ),
        house.api_keys.DeleteKey(
            keys_pb2.DeleteKeyRequest(key_id=made.key.id), metadata=metadata
        ),
        house.sessions.DeleteSession(
            sessions_pb2.DeleteSessionRequest(session_id=owner.session_id),
            metadata=metadata,
        ),
        house.users.UpdateUser(
            users_pb2.UpdateUserRequest(
                user={"id": owner.user.id, "email": "eve@example.org"},
                update_mask={"paths": ["email"]},
            ),
            metadata=metadata,
        ),
    ]

    assert {await reason(each) for each in refused} == {"key_refused"}


async def test_nobody_gives_a_role_beyond_their_own_permissions(
    house: House, owner: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    made = await make(house, owner.metadata, permissions=[Permission.MANAGE_USERS])
    metadata = await house.metadata(made.secret)

    def change(whom: Person, **fields: object) -> object:
        return house.users.UpdateUser(
            users_pb2.UpdateUserRequest(
                user={"id": whom.user.id, **fields},
                update_mask={"paths": list(fields)},
            ),
            metadata=metadata,
        )

    beyond = [
        house.invites.CreateInvite(
            invites_pb2.CreateInviteRequest(role=role), metadata=metadata
        )
        for role in ("admin", "friend", "viewer")
    ]
    beyond += [change(friend, role="admin"), change(friend, suspended=True)]
    beyond += [change(admin, suspended=True), change(admin, role="viewer")]
    beyond += [
        house.users.DeleteUser(
            users_pb2.DeleteUserRequest(user_id=admin.user.id), metadata=metadata
        )
    ]

    assert {await reason(each) for each in beyond} == {"beyond_your_permissions"}


async def test_a_key_expires_and_a_caller_of_it_no_later(
    house: House, owner: Person
) -> None:
    made = await make(house, owner.metadata, expires_in_days=1)
    house.clock.advance(timedelta(days=1, seconds=-10))
    last = await house.exchange(made.secret)
    house.clock.advance(timedelta(seconds=10))

    assert last.expires_at == made.key.expires_at
    assert await reason(house.exchange(made.secret)) == "session_unknown"


async def test_a_key_that_is_deleted_or_whose_user_is_suspended_is_not_known(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    deleted, left = [await make(house, friend.metadata) for _ in range(2)]
    ask = keys_pb2.DeleteKeyRequest(key_id=deleted.key.id)

    await house.api_keys.DeleteKey(ask, metadata=friend.metadata)
    again = house.api_keys.DeleteKey(ask, metadata=friend.metadata)
    known = await house.exchange(left.secret)
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user={"id": friend.user.id, "suspended": True},
            update_mask={"paths": ["suspended"]},
        ),
        metadata=owner.metadata,
    )

    assert await reason(again) == "key_missing"
    assert known.user_id == friend.user.id
    assert await reason(house.exchange(deleted.secret)) == "session_unknown"
    assert await reason(house.exchange(left.secret)) == "session_unknown"
    assert await reason(make(house, friend.metadata)) == "session_unknown"


async def test_keys_are_ones_own(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    made = await make(house, owner.metadata, permissions=[Permission.REQUEST])
    stolen = house.api_keys.DeleteKey(
        keys_pb2.DeleteKeyRequest(key_id=made.key.id), metadata=friend.metadata
    )

    assert await reason(stolen) == "key_missing"
    assert await own(house, friend) == []
    assert await own(house, owner) == [made.key]


async def test_keys_are_listed_newest_first_in_pages(
    house: House, owner: Person
) -> None:
    made = []
    for number in range(3):
        house.clock.advance(timedelta(seconds=1))
        made.append((await make(house, owner.metadata, name=f"key {number}")).key)
    first = await house.api_keys.ListKeys(
        keys_pb2.ListKeysRequest(page_size=2), metadata=owner.metadata
    )
    second = await house.api_keys.ListKeys(
        keys_pb2.ListKeysRequest(page_size=2, page_token=first.next_page_token),
        metadata=owner.metadata,
    )

    assert [*first.keys, *second.keys] == made[::-1]
    assert second.next_page_token == ""


async def test_a_repeated_create_gives_the_key_and_not_its_secret(
    house: House, owner: Person
) -> None:
    first = await make(house, owner.metadata, key="once")
    second = await make(house, owner.metadata, key="once")

    assert (second.key, second.secret) == (first.key, "")
    assert len(await own(house, owner)) == 1
    other = make(house, owner.metadata, key="once", name="another")
    assert await reason(other) == "idempotency_key_reused"


async def test_a_user_has_so_many_keys_also_when_asking_at_once(
    house: House, owner: Person
) -> None:
    for _ in range(MOST_KEYS - 1):
        await make(house, owner.metadata)

    outcomes = await asyncio.gather(
        *(make(house, owner.metadata) for _ in range(4)), return_exceptions=True
    )

    assert sum(not isinstance(each, BaseException) for each in outcomes) == 1
    refused = await refusal(make(house, owner.metadata))
    assert refused == Refusal(StatusCode.RESOURCE_EXHAUSTED, "too_many_keys", "")


async def test_what_is_wrong_with_a_key_is_named(house: House, owner: Person) -> None:
    for field, value in [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 65),
        ("name", "a\0b"),
        ("name", "a\nb"),
        ("permissions", [0]),
        ("permissions", [6]),
        ("permissions", [-1]),
        ("permissions", [64]),
        ("permissions", [5, 2**31 - 1]),
        ("expires_in_days", -1),
        ("expires_in_days", 3651),
        ("expires_in_days", 2**31 - 1),
    ]:
        refused = await refusal(make(house, owner.metadata, **{field: value}))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field), value


async def test_a_key_called_like_sql_is_only_called_so(
    house: House, owner: Person
) -> None:
    made = await make(house, owner.metadata, name="'); DROP TABLE api_keys; -- 🎬")

    assert (await own(house, owner))[0].name == made.key.name


async def test_an_idempotency_key_that_is_too_long_is_invalid(
    house: House, owner: Person
) -> None:
    refused = await refusal(make(house, owner.metadata, key="k" * 256))

    assert refused.field == "Idempotency-Key"


async def test_a_caller_that_auth_did_not_sign_is_nobody(
    house: House, owner: Person
) -> None:
    for assertion in ["", "v1.k1.e30.x", "v1.k2.e30.x", "x" * 4000]:
        listed = house.api_keys.ListKeys(
            keys_pb2.ListKeysRequest(), metadata=((METADATA_KEY, assertion),)
        )

        assert await reason(listed) == "caller_unknown"
