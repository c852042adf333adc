"""Who is let in, by whom, and as what."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from grpc import StatusCode, aio

from kit.rpc.repeats import IDEMPOTENCY_KEY
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import invites_pb2, keys_pb2, users_pb2
from services.auth.clients.argon2 import OWASP, Argon2Passwords
from tests.auth.house import (
    PASSWORD,
    House,
    Person,
    Refusal,
    open_house,
    reason,
    refusal,
)


async def invite(
    house: House, by: Person, key: str = "", **fields: object
) -> invites_pb2.Invite:
    more = ((IDEMPOTENCY_KEY, key),) if key else ()
    return await house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(**fields), metadata=(*by.metadata, *more)
    )


async def codes(house: House, by: Person) -> list[str]:
    listed = await house.invites.ListInvites(
        invites_pb2.ListInvitesRequest(page_size=100), metadata=by.metadata
    )
    return [each.code for each in listed.invites]


async def test_a_friend_gets_in_by_an_invite(house: House, owner: Person) -> None:
    made = await invite(house, owner)

    signed_in = await house.redeem(made.code, "frieda")

    assert (made.role, made.max_uses, made.uses) == ("friend", 1, 0)
    assert made.expires_at.seconds - made.created_at.seconds == 7 * 86_400
    assert signed_in.session.user.name == "frieda"
    assert signed_in.session.user.role == "friend"
    assert signed_in.session.user.invited_by == owner.user.id
    assert (await house.sign_in("FRIEDA")).user.id == signed_in.session.user.id
    assert await house.event_types() == [
        "user.created",
        "session.started",
        "invite.created",
        "user.created",
        "session.started",
        "invite.redeemed",
        "session.started",
    ]


async def test_a_limited_key_is_not_told_the_code_of_an_invite_beyond_it(
    house: House, owner: Person
) -> None:
    beyond = await invite(house, owner, role="admin")
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(
            name="bot", permissions=[Permission.MANAGE_USERS, Permission.REQUEST]
        ),
        metadata=owner.metadata,
    )
    bot = replace(owner, metadata=await house.metadata(key.secret))

    # With the code it could make itself an admin's account.
    assert await codes(house, bot) == [""]
    assert await codes(house, owner) == [beyond.code]


async def test_an_invite_is_used_as_often_as_it_says(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner, max_uses=2)
    await house.redeem(made.code, "ada")
    await house.redeem(made.code, "bob")

    refused = await refusal(house.redeem(made.code, "eve"))

    assert refused == Refusal(StatusCode.FAILED_PRECONDITION, "invite_spent", "")


async def test_of_many_taking_the_last_use_at_once_one_gets_in(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner)

    outcomes = await asyncio.gather(
        *(house.redeem(made.code, f"friend{n}") for n in range(8)),
        return_exceptions=True,
    )

    assert sum(not isinstance(each, aio.AioRpcError) for each in outcomes) == 1
    assert await house.database.fetchval("SELECT count(id) FROM users") == 2
    assert await house.database.fetchval("SELECT uses FROM invites") == 1


async def test_of_two_taking_one_name_at_once_one_has_it(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner, max_uses=5)

    outcomes = await asyncio.gather(
        reason(house.redeem(made.code, "ada")),
        reason(house.redeem(made.code, "ADA")),
        return_exceptions=True,
    )

    assert "name_taken" in outcomes
    assert sum(isinstance(each, AssertionError) for each in outcomes) == 1
    assert await house.database.fetchval("SELECT uses FROM invites") == 1


async def test_a_name_or_address_that_is_taken_costs_no_use(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner)
    ask = invites_pb2.RedeemInviteRequest(code=made.code, password=PASSWORD)
    await house.database.execute("UPDATE users SET email = 'olga@example.org'")

    ask.name = "OLGA"
    name = await refusal(house.invites.RedeemInvite(ask))
    ask.name, ask.email = "frieda", "Olga@Example.org"
    email = await refusal(house.invites.RedeemInvite(ask))

    assert name == Refusal(StatusCode.ALREADY_EXISTS, "name_taken", "name")
    assert email == Refusal(StatusCode.ALREADY_EXISTS, "email_taken", "email")
    assert (await house.redeem(made.code, "frieda")).token


async def test_an_invite_shows_its_libraries_to_those_whom_it_brings_in(
    house: House, owner: Person
) -> None:
    films, series = str(uuid4()), str(uuid4())

    made = await invite(house, owner, library_ids=[films, series, films])
    friend = await house.enter(await house.redeem(made.code, "frieda"))
    wrong = await refusal(invite(house, owner, library_ids=["films"]))

    assert sorted(made.library_ids) == sorted([films, series])
    assert friend.user.library_ids == made.library_ids
    assert wrong == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "library_ids")


async def test_an_invite_whose_time_comes_meanwhile_says_so(
    house: House, owner: Person, passwords: Argon2Passwords
) -> None:
    """It is open when it is looked at, and over when the password is hashed."""
    made = await invite(house, owner, expires_in_days=1)

    class Slow(Argon2Passwords):
        async def hash(self, password: str) -> str:
            house.clock.advance(timedelta(seconds=1))
            return await passwords.hash(password)

    house.clock.advance(timedelta(days=1) - timedelta(milliseconds=500))
    with closing(Slow(1, OWASP)) as slow:
        async with open_house(house.database, house.feed, slow, house.clock) as replica:
            assert await reason(replica.redeem(made.code, "late")) == "invite_expired"


async def test_an_invite_that_is_over_lets_nobody_in(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner, expires_in_days=1)
    house.clock.advance(timedelta(days=1))

    assert await reason(house.redeem(made.code, "late")) == "invite_expired"


async def test_a_code_that_there_is_not_is_missing(house: House, owner: Person) -> None:
    for code in ["", "nope", "x" * 65, "a/b", "é", "a\0b", "' OR 1=1"]:
        withdraw = house.invites.DeleteInvite(
            invites_pb2.DeleteInviteRequest(code=code), metadata=owner.metadata
        )

        assert (await refusal(house.redeem(code, "eve"))).code is StatusCode.NOT_FOUND
        assert await reason(withdraw) == "invite_missing"


async def test_an_invite_that_is_withdrawn_lets_nobody_in(
    house: House, owner: Person
) -> None:
    made = await invite(house, owner)

    await house.invites.DeleteInvite(
        invites_pb2.DeleteInviteRequest(code=made.code), metadata=owner.metadata
    )

    assert await reason(house.redeem(made.code, "eve")) == "invite_missing"
    assert await codes(house, owner) == []
    assert (await house.event_types())[-1] == "invite.removed"


@pytest.mark.parametrize(
    "change",
    [
        users_pb2.UpdateUserRequest(
            user={"role": "friend"}, update_mask={"paths": ["role"]}
        ),
        users_pb2.UpdateUserRequest(
            user={"suspended": True}, update_mask={"paths": ["suspended"]}
        ),
    ],
    ids=["demoted", "suspended"],
)
async def test_nobody_comes_in_on_the_word_of_one_who_has_no_say_any_more(
    house: House, owner: Person, change: users_pb2.UpdateUserRequest
) -> None:
    admin = await house.member(owner, "adam", "admin")
    made = await invite(house, admin, role="admin")
    change.user.id = admin.user.id
    await house.users.UpdateUser(change, metadata=owner.metadata)

    assert await reason(house.redeem(made.code, "eve")) == "invite_missing"


async def test_the_invites_of_one_who_is_removed_go_too(
    house: House, owner: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    made = await invite(house, admin)
    friend = await house.enter(await house.redeem(made.code, "frieda"))
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=admin.user.id), metadata=owner.metadata
    )

    left = await house.users.GetUser(
        users_pb2.GetUserRequest(user_id=friend.user.id), metadata=friend.metadata
    )

    assert made.code not in await codes(house, owner)
    assert left.invited_by == ""


async def test_what_is_wrong_with_an_invite_is_named(
    house: House, owner: Person
) -> None:
    for field, value in [
        ("role", "owner"),
        ("role", "king"),
        ("role", "FRIEND"),
        ("role", "friend\0"),
        ("max_uses", -1),
        ("max_uses", 101),
        ("max_uses", 2**31 - 1),
        ("expires_in_days", -1),
        ("expires_in_days", 366),
    ]:
        refused = await refusal(invite(house, owner, **{field: value}))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field), value


async def test_the_same_idempotency_key_makes_one_invite(
    house: House, owner: Person
) -> None:
    first, second, *_ = await asyncio.gather(
        *(invite(house, owner, key="once", max_uses=3) for _ in range(4))
    )

    assert first == second
    assert await codes(house, owner) == [first.code]
    other = invite(house, owner, key="once", max_uses=4)
    assert await reason(other) == "idempotency_key_reused"


async def test_invites_are_listed_newest_first_in_pages(
    house: House, owner: Person
) -> None:
    made = []
    for _ in range(5):
        house.clock.advance(timedelta(seconds=1))
        made.append((await invite(house, owner)).code)

    seen: list[str] = []
    token = ""
    for size in (2, 2, 2):
        page = await house.invites.ListInvites(
            invites_pb2.ListInvitesRequest(page_size=size, page_token=token),
            metadata=owner.metadata,
        )
        seen += [each.code for each in page.invites]
        token = page.next_page_token

    assert seen == made[::-1]
    assert token == ""


async def test_one_who_is_gone_invites_nobody(house: House, owner: Person) -> None:
    admin = await house.member(owner, "adam", "admin")
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=admin.user.id), metadata=owner.metadata
    )

    assert await reason(invite(house, admin)) == "session_unknown"
    assert await reason(invite(house, admin, key=uuid4().hex)) == "session_unknown"
