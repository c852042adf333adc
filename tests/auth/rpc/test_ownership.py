"""There is always one owner."""

import asyncio
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.auth.v1 import keys_pb2, ownership_pb2, users_pb2
from tests.auth.house import House, Metadata, Person, Refusal, reason, refusal


async def hand_over(
    house: House, metadata: Metadata, to: str, if_version: int = 0
) -> users_pb2.User:
    return await house.ownership.TransferOwnership(
        ownership_pb2.TransferOwnershipRequest(user_id=to, if_version=if_version),
        metadata=metadata,
    )


async def owners(house: House) -> list[str]:
    rows = await house.database.fetch("SELECT name FROM users WHERE role = 'owner'")
    return [row["name"] for row in rows]


async def test_the_owner_hands_the_house_over_and_is_an_admin(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    heir = await hand_over(house, owner.metadata, friend.user.id, 1)

    assert (heir.role, heir.version) == ("owner", 2)
    assert await owners(house) == ["frieda"]
    assert await reason(house.exchange(friend.token)) == "session_unknown"
    back = await house.sign_in("frieda")
    assert back.user.role == "owner"
    assert (await house.sign_in("olga")).user.role == "admin"
    assert (await house.event_types()).count("user.changed") == 2
    again = await reason(hand_over(house, back.metadata, back.user.id))
    assert again == "not_yours"


async def test_of_two_transfers_at_once_one_is_done(
    house: House, owner: Person
) -> None:
    for number in range(4):
        heirs = [await house.member(owner, f"heir{number}{x}") for x in "ab"]

        outcomes = await asyncio.gather(
            *(reason(hand_over(house, owner.metadata, h.user.id)) for h in heirs),
            return_exceptions=True,
        )

        refused = [each for each in outcomes if isinstance(each, str)]
        assert refused == ["not_yours"]
        [name] = await owners(house)
        owner = await house.sign_in(name)


async def test_of_a_transfer_and_a_suspension_at_once_the_owner_is_not_suspended(
    house: House, owner: Person
) -> None:
    for number in range(4):
        heir = await house.member(owner, f"heir{number}")
        suspend = users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=heir.user.id, suspended=True),
            update_mask=FieldMask(paths=["suspended"]),
        )

        await asyncio.gather(
            hand_over(house, owner.metadata, heir.user.id),
            house.users.UpdateUser(suspend, metadata=owner.metadata),
            return_exceptions=True,
        )

        [name] = await owners(house)
        owner = await house.sign_in(name)


async def test_only_the_owner_does_it_and_in_person(
    house: House, owner: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=owner.metadata
    )
    key = await house.metadata(made.secret)

    by_admin = await refusal(hand_over(house, admin.metadata, admin.user.id))
    by_friend = await reason(hand_over(house, friend.metadata, friend.user.id))
    by_key = await refusal(hand_over(house, key, friend.user.id))

    assert by_admin == Refusal(StatusCode.PERMISSION_DENIED, "not_yours", "")
    assert by_friend == "not_permitted"
    assert by_key == Refusal(StatusCode.PERMISSION_DENIED, "key_refused", "")
    assert await owners(house) == ["olga"]


async def test_nobody_who_cannot_be_owner_becomes_one(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=friend.user.id, suspended=True),
            update_mask=FieldMask(paths=["suspended"]),
        ),
        metadata=owner.metadata,
    )

    suspended = await reason(hand_over(house, owner.metadata, friend.user.id))
    late = await reason(hand_over(house, owner.metadata, friend.user.id, 1))
    nobody = await reason(hand_over(house, owner.metadata, str(uuid4())))
    wrong = await refusal(hand_over(house, owner.metadata, "me"))

    assert (suspended, late, nobody) == (
        "owner_unfit",
        "version_changed",
        "user_missing",
    )
    assert wrong.field == "user_id"
    assert await owners(house) == ["olga"]
