"""Who has forgotten their password is helped by an admin, with a link."""

import asyncio
import hashlib
from datetime import timedelta

from grpc import StatusCode, aio

from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import (
    keys_pb2,
    passwords_pb2,
    programs_pb2,
    roles_pb2,
    users_pb2,
)
from tests.auth.house import PASSWORD, House, Person, Refusal, reason, refusal

NEW = "staple the whole battery"


async def issue(house: House, by: Person, user_id: str) -> passwords_pb2.PasswordReset:
    return await house.passwords.IssuePasswordReset(
        passwords_pb2.IssuePasswordResetRequest(user_id=user_id), metadata=by.metadata
    )


async def redeem(house: House, token: str, password: str = NEW) -> None:
    await house.passwords.RedeemPasswordReset(
        passwords_pb2.RedeemPasswordResetRequest(token=token, password=password)
    )


async def update(house: House, by: Person, user: users_pb2.User, field: str) -> None:
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(user=user, update_mask={"paths": [field]}),
        metadata=by.metadata,
    )


async def test_the_link_sets_the_password_and_ends_all_sessions(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    reset = await issue(house, owner, friend.user.id)
    await redeem(house, reset.token)

    assert reset.user_id == friend.user.id
    assert reset.expires_at.seconds == int(house.clock.now().timestamp()) + 24 * 3600
    assert await reason(house.exchange(friend.token)) == "session_unknown"
    assert await reason(house.sign_in("frieda")) == "credentials_wrong"
    assert (await house.sign_in("frieda", NEW)).user.id == friend.user.id


async def test_a_link_is_good_once(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)
    await redeem(house, reset.token)

    again = await refusal(redeem(house, reset.token, "another good password"))

    assert again == Refusal(StatusCode.NOT_FOUND, "reset_missing", "")
    assert (await house.sign_in("frieda", NEW)).user.id == friend.user.id


async def test_of_many_redeeming_at_once_one_sets_the_password(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)
    news = [f"staple battery number {number}" for number in range(5)]

    outcomes = await asyncio.gather(
        *(redeem(house, reset.token, new) for new in news), return_exceptions=True
    )

    refused = [each for each in outcomes if isinstance(each, aio.AioRpcError)]
    assert {each.code() for each in refused} == {StatusCode.NOT_FOUND}
    assert len(refused) == 4
    won = news[outcomes.index(None)]
    assert (await house.sign_in("frieda", won)).user.id == friend.user.id


async def test_a_new_link_takes_the_place_of_the_old_one(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    first = await issue(house, owner, friend.user.id)
    second = await issue(house, owner, friend.user.id)

    assert await reason(redeem(house, first.token)) == "reset_missing"
    await redeem(house, second.token)


async def test_a_link_is_good_for_a_day(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)

    house.clock.advance(timedelta(hours=24))

    assert await reason(redeem(house, reset.token)) == "reset_missing"
    assert (await house.sign_in("frieda")).user.id == friend.user.id


async def test_a_change_of_the_password_makes_the_link_void(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)
    await house.passwords.ChangePassword(
        passwords_pb2.ChangePasswordRequest(
            current_password=PASSWORD, new_password=NEW
        ),
        metadata=friend.metadata,
    )

    assert await reason(redeem(house, reset.token)) == "reset_missing"


async def test_what_is_no_token_is_no_link(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)
    for token in [
        "",
        "mnr_",
        "mnr_" + "A" * 43,
        reset.token.upper(),
        reset.token + "x",
        reset.token[:-1],
        "\0" + reset.token,
        reset.token + "\0",
        friend.token,
        "é" * 50,
        "mnr_" + "A" * 100_000,
    ]:
        assert await reason(redeem(house, token)) == "reset_missing", token[:50]


async def test_a_link_outlives_a_password_that_is_refused(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)
    for wrong in ["", "nine char", "frieda2026", "1234567890", "x" * 1025]:
        refused = await refusal(redeem(house, reset.token, wrong))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "password")
    await redeem(house, reset.token)


async def test_links_are_for_those_whom_one_manages(
    house: House, owner: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k", permissions=[Permission.MANAGE_USERS]),
        metadata=owner.metadata,
    )
    limited = Person(owner.user, "", "", await house.metadata(key.secret))
    missing = "0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50"

    for by, whom, why in [
        (friend, owner.user.id, "not_permitted"),
        (friend, friend.user.id, "not_permitted"),
        (admin, owner.user.id, "owner_unchangeable"),
        (admin, admin.user.id, "is_yourself"),
        (owner, owner.user.id, "is_yourself"),
        (limited, friend.user.id, "beyond_your_permissions"),
        (owner, missing, "user_missing"),
        (owner, "", "invalid"),
        (owner, "frieda", "invalid"),
        (owner, friend.user.id + "\0", "invalid"),
    ]:
        assert await reason(issue(house, by, whom)) == why
    assert await house.database.fetchval("SELECT count(1) FROM password_resets") == 0


async def test_a_link_is_void_when_its_maker_may_not_make_it_any_more(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    for number, (field, value) in enumerate(
        [("role", "friend"), ("suspended", True), ("removed", True)]
    ):
        admin = await house.member(owner, f"adam{number}", "admin")
        reset = await issue(house, admin, friend.user.id)
        if field == "removed":
            await house.users.DeleteUser(
                users_pb2.DeleteUserRequest(user_id=admin.user.id),
                metadata=owner.metadata,
            )
        else:
            user = users_pb2.User(id=admin.user.id, **{field: value})
            await update(house, owner, user, field)

        assert await reason(redeem(house, reset.token)) == "reset_missing", field


async def test_a_token_is_not_kept_in_the_database(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    reset = await issue(house, owner, friend.user.id)

    kept = await house.database.fetchval("SELECT token_sha256 FROM password_resets")

    assert kept == hashlib.sha256(reset.token.encode()).digest()


async def test_a_program_is_given_no_password(house: House, owner: Person) -> None:
    program = await house.programs.CreateProgram(
        programs_pb2.CreateProgramRequest(name="kodi", role="viewer"),
        metadata=owner.metadata,
    )

    assert await reason(issue(house, owner, program.id)) == "password_missing"


async def test_a_link_is_as_good_as_its_maker_s_role_is_by_now(
    house: House, owner: Person
) -> None:
    def role(*permissions: int) -> roles_pb2.Role:
        return roles_pb2.Role(name="helper", permissions=permissions)

    helping = (Permission.MANAGE_USERS, Permission.REQUEST)
    await house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(name="helper", permissions=helping),
        metadata=owner.metadata,
    )
    helper = await house.member(owner, "helen", "helper")
    child = await house.member(owner, "carl", "child")
    good = await issue(house, helper, child.user.id)
    await redeem(house, good.token)
    void = await issue(house, helper, child.user.id)

    await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=role(Permission.REQUEST), update_mask={"paths": ["permissions"]}
        ),
        metadata=owner.metadata,
    )

    assert await reason(redeem(house, void.token)) == "reset_missing"
