"""Coming in, being known, going away."""

import asyncio
from datetime import timedelta

from grpc import StatusCode

from medianest.auth.v1 import keys_pb2, sessions_pb2, users_pb2
from services.auth.domain.exchange import BELIEVED_FOR
from services.auth.store.sessions import PostgresSessions
from tests.auth.house import PASSWORD, House, Person, Refusal, reason, refusal

IDLE_DAYS = 30


async def current(house: House, person: Person) -> sessions_pb2.Session:
    return await house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=person.metadata
    )


async def own(house: House, person: Person) -> list[sessions_pb2.Session]:
    listed = await house.sessions.ListSessions(
        sessions_pb2.ListSessionsRequest(page_size=100), metadata=person.metadata
    )
    return list(listed.sessions)


async def suspend(house: House, by: Person, whom: Person) -> None:
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user={"id": whom.user.id, "suspended": True},
            update_mask={"paths": ["suspended"]},
        ),
        metadata=by.metadata,
    )


async def test_one_signs_in_with_a_name_or_an_address_in_any_case(
    house: House, owner: Person
) -> None:
    for login in ["olga", "OLGA", "olga@example.org", "OLGA@Example.ORG"]:
        await house.users.UpdateUser(
            users_pb2.UpdateUserRequest(
                user={"id": owner.user.id, "email": "olga@example.org"},
                update_mask={"paths": ["email"]},
            ),
            metadata=owner.metadata,
        )

        assert (await house.sign_in(login)).user.id == owner.user.id


async def test_whatever_is_wrong_with_a_sign_in_the_answer_is_the_same(
    house: House, owner: Person
) -> None:
    for login, password in [
        ("olga", "wrong horse 7"),
        ("olga", PASSWORD.upper()),
        ("nobody", PASSWORD),
        ("nobody@example.org", PASSWORD),
        ("%", PASSWORD),
        ("' OR ''='", PASSWORD),
        ("olga--", PASSWORD),
        ("olga", "' OR ''='"),
    ]:
        refused = await refusal(house.sign_in(login, password))

        assert refused == Refusal(StatusCode.UNAUTHENTICATED, "credentials_wrong", "")


async def test_a_malformed_sign_in_is_told_what_is_wrong(
    house: House, owner: Person
) -> None:
    for login, password, field in [
        ("", PASSWORD, "login"),
        ("x" * 255, PASSWORD, "login"),
        ("ol\0ga", PASSWORD, "login"),
        ("ol\nga", PASSWORD, "login"),
        ("olga", "", "password"),
        ("olga", "x" * 1025, "password"),
    ]:
        refused = await refusal(house.sign_in(login, password))

        assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field), login


async def test_only_the_right_password_learns_that_an_account_is_suspended(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    await suspend(house, owner, friend)

    assert await reason(house.sign_in("frieda")) == "account_suspended"
    assert await reason(house.sign_in("frieda", "wrong")) == "credentials_wrong"


async def test_a_token_is_told_whose_it_is_and_what_they_may_do(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    told = await house.exchange(friend.token)
    caller = house.keys.verify(told.caller, house.clock.now())

    assert (told.user_id, told.session_id) == (friend.user.id, friend.session_id)
    assert (caller.name, caller.role) == ("frieda", "friend")
    assert caller.permissions == told.permissions
    assert told.expires_at.ToDatetime().replace(tzinfo=None) == (
        house.clock.now() + BELIEVED_FOR
    ).replace(tzinfo=None)


async def test_a_token_that_is_not_one_is_not_known(
    house: House, owner: Person
) -> None:
    for token in [
        "",
        "mns_",
        "mn_",
        "mns_" + "A" * 43,
        "mn_" + "A" * 43,
        "x",
        "é\0",
        "m" * 100_000,
    ]:
        refused = await refusal(house.exchange(token))

        assert refused == Refusal(StatusCode.UNAUTHENTICATED, "session_unknown", "")


async def test_tokens_are_not_kept_in_the_database(house: House, owner: Person) -> None:
    rows = await house.database.fetch("SELECT s::text AS text FROM sessions AS s")

    assert rows
    assert all(owner.token.removeprefix("mns_") not in row["text"] for row in rows)


async def test_a_session_that_is_not_used_ends(house: House, owner: Person) -> None:
    house.clock.advance(timedelta(days=IDLE_DAYS))

    assert await reason(house.exchange(owner.token)) == "session_unknown"


async def test_a_session_in_use_ends_at_last(house: House, owner: Person) -> None:
    for _ in range(3):
        house.clock.advance(timedelta(days=29))
        await house.exchange(owner.token)
        await house.sightings.write()
    house.clock.advance(timedelta(days=3, seconds=-10))
    last = await house.exchange(owner.token)
    house.clock.advance(timedelta(seconds=10))

    assert last.expires_at.seconds == int(house.clock.now().timestamp())
    assert await reason(house.exchange(owner.token)) == "session_unknown"


async def test_the_last_use_is_written_down_every_five_minutes_at_most(
    house: House, owner: Person
) -> None:
    began = (await current(house, owner)).last_seen_at

    house.clock.advance(timedelta(minutes=4))
    owner = await house.known_again(owner)
    await house.sightings.write()
    early = (await current(house, owner)).last_seen_at
    house.clock.advance(timedelta(minutes=1))
    owner = await house.known_again(owner)
    await house.sightings.write()
    late = (await current(house, owner)).last_seen_at

    assert early == began
    assert late.seconds == began.seconds + 300


async def test_one_sees_ones_own_sessions_latest_first(
    house: House, owner: Person
) -> None:
    await house.member(owner, "frieda")
    house.clock.advance(timedelta(seconds=1))
    metadata = (
        ("x-client-agent", "Fire" + "x" * 600),
        *house.from_address("10.0.0.7"),
    )
    signed_in = await house.sessions.CreateSession(
        sessions_pb2.CreateSessionRequest(login="olga", password=PASSWORD),
        metadata=metadata,
    )

    sessions = await own(house, owner)

    assert [each.id for each in sessions] == [signed_in.session.id, owner.session_id]
    assert [each.current for each in sessions] == [False, True]
    assert sessions[0].address == "10.0.0.7"
    assert sessions[0].user_agent == "Fire" + "x" * 508
    assert (await current(house, owner)).current


async def test_sessions_that_are_over_are_not_listed(
    house: House, owner: Person
) -> None:
    house.clock.advance(timedelta(days=IDLE_DAYS))
    again = await house.sign_in("olga")

    assert [each.id for each in await own(house, again)] == [again.session_id]


async def test_signing_out_ends_the_session_and_can_be_repeated(
    house: House, owner: Person
) -> None:
    for _ in range(2):
        await house.sessions.EndCurrentSession(
            sessions_pb2.EndCurrentSessionRequest(), metadata=owner.metadata
        )

    assert await reason(house.exchange(owner.token)) == "session_unknown"
    assert await reason(current(house, owner)) == "session_unknown"
    assert (await house.event_types()).count("session.ended") == 1


async def test_one_ends_another_of_ones_sessions(house: House, owner: Person) -> None:
    other = await house.sign_in("olga")
    ask = sessions_pb2.DeleteSessionRequest(session_id=other.session_id)

    await house.sessions.DeleteSession(ask, metadata=owner.metadata)
    again = house.sessions.DeleteSession(ask, metadata=owner.metadata)

    assert await reason(house.exchange(other.token)) == "session_unknown"
    assert (await house.exchange(owner.token)).session_id == owner.session_id
    assert await reason(again) == "session_missing"


async def test_nobody_ends_or_sees_the_sessions_of_others(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    ask = sessions_pb2.DeleteSessionRequest(session_id=owner.session_id)

    refused = await refusal(house.sessions.DeleteSession(ask, metadata=friend.metadata))

    assert refused == Refusal(StatusCode.NOT_FOUND, "session_missing", "")
    assert [each.id for each in await own(house, friend)] == [friend.session_id]
    assert (await house.exchange(owner.token)).session_id == owner.session_id


async def test_a_page_token_of_somebody_else_is_refused(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    await house.sign_in("olga")
    page = await house.sessions.ListSessions(
        sessions_pb2.ListSessionsRequest(page_size=1), metadata=owner.metadata
    )

    stolen = house.sessions.ListSessions(
        sessions_pb2.ListSessionsRequest(page_token=page.next_page_token),
        metadata=friend.metadata,
    )

    assert page.next_page_token
    assert await reason(stolen) == "page_token_invalid"


async def test_who_is_suspended_while_signing_in_has_no_session(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")

    async def sign_in() -> str:
        try:
            return (await house.sign_in("frieda")).token
        except Exception as exc:  # noqa: BLE001 - how it fails is not the question here
            return type(exc).__name__

    tokens, _ = await asyncio.gather(
        asyncio.gather(*(sign_in() for _ in range(6))), suspend(house, owner, friend)
    )

    left = await house.database.fetchval(
        "SELECT count(id) FROM sessions WHERE user_id = $1::text::uuid", friend.user.id
    )
    assert len(tokens) == 6
    assert left == 0


async def test_a_key_is_its_users_session(house: House, owner: Person) -> None:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=owner.metadata
    )
    metadata = await house.metadata(made.secret)

    session = await house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=metadata
    )
    out = house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(), metadata=metadata
    )

    assert session.id == f"key:{made.key.id}"
    assert session.user == owner.user
    assert session.current
    assert await reason(out) == "session_is_key"


async def test_sessions_that_are_over_are_forgotten(
    house: House, owner: Person
) -> None:
    house.clock.advance(timedelta(days=20))
    await house.sign_in("olga")
    house.clock.advance(timedelta(days=11))
    sessions = PostgresSessions(house.database)

    forgotten = await sessions.forget_over(house.clock.now(), timedelta(days=IDLE_DAYS))

    assert forgotten == 1
    assert await house.database.fetchval("SELECT count(id) FROM sessions") == 1
