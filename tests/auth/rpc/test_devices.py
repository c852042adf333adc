"""Where somebody is signed in: so many devices, and all of them can be sent away."""

import asyncio
from datetime import timedelta

from google.protobuf.field_mask_pb2 import FieldMask

from medianest.auth.v1 import keys_pb2, sessions_pb2, users_pb2
from services.auth.domain.sessions import MOST_SESSIONS
from tests.auth.house import PASSWORD, House, Person, reason


async def end_others(house: House, by: Person) -> None:
    await house.sessions.EndOtherSessions(
        sessions_pb2.EndOtherSessionsRequest(), metadata=by.metadata
    )


async def count(house: House) -> int:
    return int(await house.database.fetchval("SELECT count(id) FROM sessions"))


async def fill(house: House, person: Person, missing: int) -> None:
    """So many sessions short of the most, later than the first."""
    await house.database.execute(
        """
        INSERT INTO sessions (id, user_id, token_sha256, created_at, last_seen_at,
                              expires_at, user_agent, address)
        SELECT lpad(to_hex(n), 32, 'f')::uuid, user_id,
               sha256(n::text::bytea), created_at, last_seen_at, expires_at, '', ''
          FROM sessions, generate_series(1, $2::int) AS n
         WHERE id = $1::uuid
        """,
        person.session_id,
        MOST_SESSIONS - 1 - missing,
    )


async def test_all_others_are_signed_out_and_the_one_that_asks_stays(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    others = [await house.sign_in("frieda") for _ in range(3)]

    await end_others(house, friend)
    await end_others(house, friend)

    assert (await house.exchange(friend.token)).user_id == friend.user.id
    assert (await house.exchange(owner.token)).user_id == owner.user.id
    for other in others:
        assert await reason(house.exchange(other.token)) == "session_unknown"
    assert (await house.event_types())[-3:] == ["session.ended"] * 3


async def test_a_key_signs_nobody_out(house: House, owner: Person) -> None:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=owner.metadata
    )
    asked = house.sessions.EndOtherSessions(
        sessions_pb2.EndOtherSessionsRequest(),
        metadata=await house.metadata(made.secret),
    )

    assert await reason(asked) == "key_refused"
    assert (await house.exchange(owner.token)).user_id == owner.user.id


async def test_one_session_too_many_ends_the_oldest(
    house: House, owner: Person
) -> None:
    await fill(house, owner, missing=1)
    house.clock.advance(timedelta(seconds=1))
    last = await house.sign_in("olga")
    whole = (await house.exchange(owner.token)).user_id

    one_more = await house.sign_in("olga")

    assert whole == owner.user.id
    assert await reason(house.exchange(owner.token)) == "session_unknown"
    assert await count(house) == MOST_SESSIONS
    for person in (last, one_more):
        assert (await house.exchange(person.token)).user_id == owner.user.id


async def test_there_are_no_more_sessions_when_many_sign_in_at_once(
    house: House, owner: Person
) -> None:
    await fill(house, owner, missing=1)

    # Without a look at the token: the next to sign in may have ended it by then.
    asked = sessions_pb2.CreateSessionRequest(login="olga", password=PASSWORD)
    opened = await asyncio.gather(
        *(house.sessions.CreateSession(asked) for _ in range(5))
    )

    assert await count(house) == MOST_SESSIONS
    assert len({each.session.id for each in opened}) == 5


async def test_of_signing_in_and_being_suspended_at_once_nobody_stays_signed_in(
    house: House, owner: Person
) -> None:
    for number in range(3):
        friend = await house.member(owner, f"friend{number}")
        suspend = users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=friend.user.id, suspended=True),
            update_mask=FieldMask(paths=["suspended"]),
        )

        await asyncio.gather(
            house.sign_in(friend.user.name),
            house.users.UpdateUser(suspend, metadata=owner.metadata),
            return_exceptions=True,
        )

        left = await house.database.fetchval(
            "SELECT count(id) FROM sessions WHERE user_id = $1::uuid", friend.user.id
        )
        assert left == 0
