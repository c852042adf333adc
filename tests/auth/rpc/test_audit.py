"""Who did what is written down as it is done."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from google.protobuf.field_mask_pb2 import FieldMask

from medianest.api.v1 import permissions_pb2
from medianest.auth.v1 import invites_pb2, keys_pb2, sessions_pb2, users_pb2
from tests.auth.house import PASSWORD, SETUP_TOKEN, House, Person

Row = Mapping[str, Any]


async def entries(house: House, action: str) -> list[Row]:
    rows = await house.database.fetch(
        """
        SELECT action, at, actor_id, session_id, address, target, before, after
          FROM audit
         WHERE action = $1
         ORDER BY at, id
        """,
        action,
    )
    return [
        {**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])}
        for row in rows
    ]


def by(row: Row) -> tuple[str, str]:
    return str(row["actor_id"]), row["session_id"]


async def change(house: House, by: Person, **fields: Any) -> users_pb2.User:
    return await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(**fields),
            update_mask=FieldMask(paths=[name for name in fields if name != "id"]),
        ),
        metadata=by.metadata,
    )


async def test_setting_up_is_written_down(house: House) -> None:
    owner = await house.owner()

    (set_up,) = await entries(house, "house.set_up")
    (started,) = await entries(house, "session.started")

    assert by(set_up) == by(started) == (owner.user.id, owner.session_id)
    assert set_up["target"] == f"user:{owner.user.id}"
    assert started["target"] == f"session:{owner.session_id}"
    assert set_up["address"] == "127.0.0.1"


async def test_a_change_is_written_down_with_before_and_after(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")
    await change(house, owner, id=frieda.user.id, role="trusted", suspended=False)
    house.clock.advance(timedelta(seconds=1))
    await change(house, owner, id=frieda.user.id, email="frieda@example.org")
    house.clock.advance(timedelta(seconds=1))
    await change(house, owner, id=frieda.user.id, suspended=True)

    role, email, suspended = await entries(house, "user.changed")

    assert by(role) == (owner.user.id, owner.session_id)
    assert role["target"] == f"user:{frieda.user.id}"
    assert (role["before"], role["after"]) == ({"role": "friend"}, {"role": "trusted"})
    assert email["after"] == {"email": "f***@example.org"}
    assert suspended["before"] == {"suspended": False}
    assert suspended["after"] == {"suspended": True}


async def test_what_changes_nothing_is_not_written_down(
    house: House, owner: Person
) -> None:
    await change(house, owner, id=owner.user.id, email="")

    assert await entries(house, "user.changed") == []


async def test_keys_invites_and_sessions_are_written_down(
    house: House, owner: Person
) -> None:
    cut = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="bot", permissions=[permissions_pb2.REQUEST]),
        metadata=owner.metadata,
    )
    await house.api_keys.DeleteKey(
        keys_pb2.DeleteKeyRequest(key_id=cut.key.id), metadata=owner.metadata
    )
    invite = await house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(role="child"), metadata=owner.metadata
    )
    child = await house.enter(await house.redeem(invite.code, "carl"))
    await house.invites.DeleteInvite(
        invites_pb2.DeleteInviteRequest(code=invite.code), metadata=owner.metadata
    )
    await house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(), metadata=child.metadata
    )
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=child.user.id), metadata=owner.metadata
    )

    (key_created,) = await entries(house, "key.created")
    (key_removed,) = await entries(house, "key.removed")
    (created,) = await entries(house, "invite.created")
    (redeemed,) = await entries(house, "invite.redeemed")
    (removed,) = await entries(house, "invite.removed")
    (ended,) = await entries(house, "session.ended")
    (gone,) = await entries(house, "user.removed")

    assert key_created["target"] == key_removed["target"] == f"key:{cut.key.id}"
    assert key_created["after"]["permissions"] == ["REQUEST"]
    assert created["target"] == redeemed["target"] == removed["target"]
    assert created["after"]["role"] == "child"
    assert by(redeemed) == by(ended) == (child.user.id, child.session_id)
    assert ended["target"] == f"session:{child.session_id}"
    assert gone["target"] == f"user:{child.user.id}"
    for each in (key_created, key_removed, created, removed, gone):
        assert by(each) == (owner.user.id, owner.session_id)


async def test_no_secret_is_in_it(house: House, owner: Person) -> None:
    invite = await house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(), metadata=owner.metadata
    )
    carl = await house.enter(await house.redeem(invite.code, "carl"))
    await change(house, carl, id=carl.user.id, email="carl.the.great@example.org")
    cut = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="bot"), metadata=owner.metadata
    )
    hashes = await house.database.fetch("SELECT hash FROM passwords")

    written = await house.database.fetchval("SELECT json_agg(audit)::text FROM audit")

    for secret in (
        *(PASSWORD, SETUP_TOKEN, invite.code, owner.token, carl.token, cut.secret),
        *(cut.key.prefix, "carl.the.great", carl.metadata[0][1]),
        *(row["hash"] for row in hashes),
    ):
        assert secret not in written
