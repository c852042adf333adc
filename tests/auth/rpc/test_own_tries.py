"""Who has somebody's session guesses neither their password nor their codes."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from medianest.auth.v1 import locks_pb2, passwords_pb2, sessions_pb2, users_pb2
from tests.auth.factors import code_at, confirm, disable, enabled, offer, renew
from tests.auth.house import PASSWORD, House, Person, reason

THROTTLED = "sign_in_throttled"
GUESS, NO_CODE = "wrong horse 7", "000000"
Guess = Callable[[House, Person], Awaitable[object]]


def change(
    house: House, by: Person, current: str = GUESS, new: str = "battery staple 8"
) -> Awaitable[sessions_pb2.SignedIn]:
    asked = passwords_pb2.ChangePasswordRequest(
        current_password=current, new_password=new
    )
    return house.passwords.ChangePassword(asked, metadata=by.metadata)


GUESSES: dict[str, tuple[Guess, str]] = {
    "a change": (change, "password_wrong"),
    "an offer": (lambda house, by: offer(house, by, GUESS), "password_wrong"),
    "disabling": (
        lambda house, by: disable(house, by, NO_CODE, GUESS),
        "password_wrong",
    ),
    "a code to disable": (lambda house, by: disable(house, by, NO_CODE), "code_wrong"),
    "a code to renew": (lambda house, by: renew(house, by, NO_CODE), "code_wrong"),
    "a recovery code": (
        lambda house, by: renew(house, by, "aaaa-bbbb-cccc-dddd"),
        "code_wrong",
    ),
}


@pytest.mark.parametrize("what", GUESSES)
async def test_after_five_wrong_ones_the_right_one_waits_too(
    house: House, owner: Person, what: str
) -> None:
    guess, wrong = GUESSES[what]
    secret, _ = await enabled(house, owner)

    said = [await reason(guess(house, owner)) for _ in range(6)]

    assert said == [*[wrong] * 5, THROTTLED]
    assert await reason(renew(house, owner, code_at(secret, house))) == THROTTLED
    assert await reason(change(house, owner, PASSWORD)) == THROTTLED
    house.clock.advance(timedelta(seconds=30))
    assert await renew(house, owner, code_at(secret, house))


async def test_the_first_code_is_not_guessed_either(
    house: House, owner: Person
) -> None:
    secret = (await offer(house, owner)).secret

    said = [await reason(confirm(house, owner, NO_CODE)) for _ in range(6)]

    assert said == [*["code_wrong"] * 5, THROTTLED]
    house.clock.advance(timedelta(seconds=30))
    assert await confirm(house, owner, code_at(secret, house))


async def test_they_are_counted_together_with_those_of_signing_in(
    house: House, owner: Person
) -> None:
    for _ in range(3):
        await reason(change(house, owner))
    for _ in range(2):
        await reason(house.sign_in("OLGA", GUESS))

    assert await reason(change(house, owner, PASSWORD)) == THROTTLED
    assert await reason(house.sign_in("olga")) == THROTTLED


async def test_of_many_at_once_five_are_looked_at(house: House, owner: Person) -> None:
    said = await asyncio.gather(*(reason(change(house, owner)) for _ in range(20)))

    assert Counter(said) == {"password_wrong": 5, THROTTLED: 15}


async def test_who_knows_the_password_guesses_no_more_codes_by_it(
    house: House, owner: Person
) -> None:
    await enabled(house, owner)
    for _ in range(4):
        await reason(renew(house, owner, NO_CODE))

    thief = await house.enter(await change(house, owner, PASSWORD))
    said = [await reason(renew(house, thief, NO_CODE)) for _ in range(2)]

    assert said == ["code_wrong", THROTTLED]


async def test_what_is_right_or_of_no_use_is_not_counted(
    house: House, owner: Person
) -> None:
    secret, _ = await enabled(house, owner)
    for _ in range(7):
        assert await reason(offer(house, owner)) == "second_factor_exists"
        assert await reason(change(house, owner, GUESS, "short")) == "invalid"

    house.clock.advance(timedelta(seconds=30))
    assert await renew(house, owner, code_at(secret, house))


async def test_a_thief_elsewhere_does_not_keep_the_owner_out(
    house: House, owner: Person
) -> None:
    for _ in range(6):
        call = house.passwords.ChangePassword(
            passwords_pb2.ChangePasswordRequest(
                current_password=GUESS, new_password="battery staple 8"
            ),
            metadata=(*owner.metadata, *house.from_address("192.0.2.1")),
        )
        said = await reason(call)

    assert said == THROTTLED
    assert (await house.sign_in("olga")).token


async def test_an_admin_sees_it_in_the_log_and_unlocks(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")
    for _ in range(5):
        await reason(change(house, frieda))

    rows = await house.database.fetch(
        "SELECT action, session_id, target, before, after FROM audit"
        " WHERE actor_id = $1 AND action <> 'session.started'"
        "   AND action <> 'invite.redeemed'",
        frieda.user.id,
    )
    assert Counter(row["action"] for row in rows) == {
        "password.refused": 5,
        "sign_in.throttled": 1,
    }
    assert {(row["session_id"], row["target"]) for row in rows} == {
        (frieda.session_id, f"user:{frieda.user.id}")
    }
    assert GUESS not in str(rows)
    assert (await house.event_types()).count("sign_in.throttled") == 1

    asked = users_pb2.GetUserRequest(user_id=frieda.user.id)
    seen = await house.users.GetUser(asked, metadata=owner.metadata)
    own = await house.users.GetUser(asked, metadata=frieda.metadata)
    assert seen.locked_until.seconds == house.clock.now().timestamp() + 30
    assert (seen.HasField("second_factor"), seen.second_factor) == (True, False)
    assert not own.HasField("locked_until")
    assert not own.HasField("second_factor")

    await house.locks.UnlockUser(
        locks_pb2.UnlockUserRequest(user_id=frieda.user.id), metadata=owner.metadata
    )

    listed = await house.users.ListUsers(
        users_pb2.ListUsersRequest(), metadata=owner.metadata
    )
    assert not any(user.HasField("locked_until") for user in listed.users)
    assert (await change(house, frieda, PASSWORD)).token
