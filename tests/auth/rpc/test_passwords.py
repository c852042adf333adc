"""A password is changed by its owner, and by nobody else."""

import asyncio
from datetime import timedelta

import pytest
from grpc import StatusCode, aio

from medianest.auth.v1 import keys_pb2, passwords_pb2, sessions_pb2
from services.auth.domain.errors import CredentialsWrong
from services.auth.domain.sessions import Device, Lifetime, open_session
from services.auth.store.sessions import PostgresSessions
from services.auth.store.users import PostgresUsers
from tests.auth.house import PASSWORD, House, Person, Refusal, reason, refusal

NEW = "staple the whole battery"


async def change(
    house: House, by: Person, new: str = NEW, current: str = PASSWORD
) -> sessions_pb2.SignedIn:
    return await house.passwords.ChangePassword(
        passwords_pb2.ChangePasswordRequest(current_password=current, new_password=new),
        metadata=by.metadata,
    )


async def test_the_new_password_is_good_and_the_old_one_is_not(
    house: House, owner: Person
) -> None:
    await change(house, owner)

    assert (await house.sign_in("olga", NEW)).user.id == owner.user.id
    assert await reason(house.sign_in("olga")) == "credentials_wrong"


async def test_a_change_ends_all_sessions_and_opens_one(
    house: House, owner: Person
) -> None:
    other = await house.sign_in("olga")

    again = await change(house, owner)

    assert again.token not in (owner.token, other.token)
    assert (await house.exchange(again.token)).session_id == again.session.id
    for ended in (owner, other):
        assert await reason(house.exchange(ended.token)) == "session_unknown"
    assert (await house.event_types()).count("session.ended") == 2


async def test_keys_go_on_when_the_password_is_another(
    house: House, owner: Person
) -> None:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=owner.metadata
    )

    await change(house, owner)

    assert (await house.exchange(made.secret)).user_id == owner.user.id


async def test_without_the_current_password_nothing_changes(
    house: House, owner: Person
) -> None:
    for current in [PASSWORD.upper(), PASSWORD + " ", "\0", NEW]:
        refused = await refusal(change(house, owner, current=current))

        assert refused == Refusal(
            StatusCode.PERMISSION_DENIED, "password_wrong", "current_password"
        )
    assert (await house.exchange(owner.token)).session_id == owner.session_id
    assert (await house.sign_in("olga")).user.id == owner.user.id


async def test_what_is_wrong_with_a_change_is_named(
    house: House, owner: Person
) -> None:
    for new, current, field in [
        (NEW, "", "current_password"),
        (NEW, "x" * 1025, "current_password"),
        ("", PASSWORD, "new_password"),
        ("nine char", PASSWORD, "new_password"),
        ("x" * 1025, PASSWORD, "new_password"),
        ("qwertyuiop", PASSWORD, "new_password"),
        ("olga2026!!", PASSWORD, "new_password"),
        ("\0" * 12, PASSWORD, "new_password"),
    ]:
        refused = await refusal(change(house, owner, new, current))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field), new


async def test_a_key_does_not_change_the_password(house: House, owner: Person) -> None:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=owner.metadata
    )
    by = Person(owner.user, "", made.secret, await house.metadata(made.secret))

    assert await reason(change(house, by)) == "key_refused"


async def test_a_session_that_has_just_ended_changes_nothing(
    house: House, owner: Person
) -> None:
    await house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(), metadata=owner.metadata
    )

    assert await reason(change(house, owner)) == "session_unknown"
    assert (await house.sign_in("olga")).user.id == owner.user.id


async def test_of_two_changes_at_once_one_holds(house: House, owner: Person) -> None:
    news = [f"staple battery number {number}" for number in range(4)]

    outcomes = await asyncio.gather(
        *(change(house, owner, new) for new in news), return_exceptions=True
    )

    won = [
        new
        for new, outcome in zip(news, outcomes, strict=True)
        if not isinstance(outcome, BaseException)
    ]
    assert len(won) == 1
    assert all(
        isinstance(each, aio.AioRpcError | sessions_pb2.SignedIn) for each in outcomes
    )
    assert (await house.sign_in("olga", won[0])).user.id == owner.user.id
    assert await house.database.fetchval("SELECT count(id) FROM sessions") == 2


async def test_nobody_signs_in_with_a_password_that_was_changed_meanwhile(
    house: House, owner: Person
) -> None:
    """The old one was looked up and found right; then it was changed."""
    sessions = PostgresSessions(house.database)
    account = await sessions.find_account("olga")
    assert account is not None
    assert account.password_set_at is not None
    await change(house, owner)
    day = timedelta(days=1)
    late = open_session(
        await PostgresUsers(house.database).find(account.user.id),
        Device("", ""),
        house.clock.now(),
        Lifetime(day, day),
    )

    with pytest.raises(CredentialsWrong):
        await sessions.start(late, account.password_set_at, None)

    assert await reason(house.exchange(late.token)) == "session_unknown"
