"""Guessing passwords is slow work, for whoever does it from wherever, and an owner is
not locked out of their own home by it."""

import asyncio
import json
from collections.abc import Awaitable
from datetime import timedelta
from functools import partial

import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2
from grpc import StatusCode, aio

from kit.outbox import Feed
from kit.postgres import Database
from kit.rpc.addresses import ADDRESS_KEY
from kit.rpc.status import DETAILS_KEY
from medianest.auth.v1 import locks_pb2, sessions_pb2
from services.auth.clients.argon2 import Argon2Passwords
from services.auth.domain.guesses import MOST
from services.auth.store.tries import PostgresTries
from tests.auth.house import (
    PASSWORD,
    House,
    Metadata,
    Person,
    Refusal,
    open_house,
    reason,
    refusal,
)
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.waiting import eventually

THROTTLED = "sign_in_throttled"
GUESS = "wrong horse 7"
WRONG = "credentials_wrong"


class CountedPasswords:
    """The true ones, and how often they were looked at."""

    def __init__(self, passwords: Argon2Passwords) -> None:
        self._passwords = passwords
        self.looked = 0

    async def hash(self, password: str) -> str:
        return await self._passwords.hash(password)

    async def matches(self, password: str, hashed: str | None) -> bool:
        self.looked += 1
        return await self._passwords.matches(password, hashed)


def trying(
    house: House, login: str, password: str = GUESS, address: str = "", **more: str
) -> Awaitable[sessions_pb2.SignedIn]:
    metadata: Metadata = house.from_address(address) if address else ()
    return house.sessions.CreateSession(
        sessions_pb2.CreateSessionRequest(login=login, password=password),
        metadata=(*metadata, *more.items()),
    )


async def fail(house: House, login: str, times: int, address: str = "") -> list[str]:
    return [await reason(trying(house, login, address=address)) for _ in range(times)]


async def counted(house: House) -> dict[str, tuple[int, int]]:
    rows = await house.database.fetch(
        "SELECT scope, failures, refused FROM sign_in_tries"
    )
    return {row["scope"]: (row["failures"], row["refused"]) for row in rows}


async def wait_told(call: Awaitable[object]) -> float:
    """How long the caller is told to wait."""
    with pytest.raises(aio.AioRpcError) as refused:
        await call
    trailers = dict(refused.value.trailing_metadata() or ())
    told = error_details_pb2.RetryInfo(retry_delay=Duration())
    for detail in status_pb2.Status.FromString(trailers[DETAILS_KEY]).details:
        if detail.Is(told.DESCRIPTOR):
            detail.Unpack(told)
    return told.retry_delay.ToTimedelta().total_seconds()


@pytest.mark.parametrize("login", ["olga", "nobody", "nobody@example.org"])
async def test_after_five_wrong_passwords_one_waits_longer_and_longer(
    house: House, owner: Person, login: str
) -> None:
    assert await fail(house, login, 6) == [*[WRONG] * 5, THROTTLED]
    refused = await refusal(trying(house, login))
    assert refused == Refusal(StatusCode.RESOURCE_EXHAUSTED, THROTTLED, "")

    for wait in (30, 60, 120):
        assert await wait_told(trying(house, login)) == wait
        house.clock.advance(timedelta(seconds=wait))
        assert await reason(trying(house, login)) == WRONG


async def test_the_right_password_waits_too_and_is_not_told_from_a_wrong_one(
    house: House, owner: Person
) -> None:
    await fail(house, "olga", 5)

    right = await refusal(trying(house, "olga", PASSWORD))
    wrong = await refusal(trying(house, "olga"))
    assert right == wrong == Refusal(StatusCode.RESOURCE_EXHAUSTED, THROTTLED, "")

    house.clock.advance(timedelta(seconds=30))
    assert (await trying(house, "olga", PASSWORD)).token


async def test_the_right_password_ends_the_counting(
    house: House, owner: Person
) -> None:
    for _ in range(5):
        await fail(house, "olga", 4)
        await trying(house, "olga", PASSWORD)

    assert await fail(house, "olga", 5) == [WRONG] * 5


async def test_of_fifty_at_once_in_two_replicas_five_are_looked_at(
    make_database: MakeDatabase, passwords: Argon2Passwords, clock: StoppedClock
) -> None:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    looking = CountedPasswords(passwords)
    async with (
        open_house(database, feed, looking, clock) as one,
        open_house(database, feed, looking, clock) as other,
    ):
        await one.owner()
        reasons = await asyncio.gather(
            *(reason(trying(house, "olga")) for house in (one, other) * 25)
        )
        tallies = await counted(one)

    assert sorted(reasons) == [WRONG] * 5 + [THROTTLED] * 45
    assert looking.looked == 5
    assert tallies["account_at_address"] == (5, 45)


async def test_who_hangs_up_has_tried_all_the_same(house: House, owner: Person) -> None:
    for number in range(5):
        call = asyncio.ensure_future(trying(house, "olga"))
        await eventually(partial(has_tried, house.database, number + 1))
        call.cancel()

    assert await reason(trying(house, "olga")) == THROTTLED


async def has_tried(database: Database, times: int) -> bool:
    return bool(
        await database.fetchval(
            "SELECT true FROM sign_in_tries WHERE failures >= $1 LIMIT 1", times
        )
    )


async def test_nothing_is_forgotten_by_starting_again(
    make_database: MakeDatabase, passwords: Argon2Passwords, clock: StoppedClock
) -> None:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_house(database, feed, passwords, clock) as house:
        await house.owner()
        await fail(house, "olga", 5)
    async with open_house(database, feed, passwords, clock) as house:
        assert await reason(trying(house, "olga")) == THROTTLED


async def test_nobody_chooses_the_address_that_they_are_counted_under(
    house: House, owner: Person
) -> None:
    said = [
        await reason(trying(house, "olga", **{ADDRESS_KEY: f"192.0.2.{number}"}))
        for number in range(6)
    ]

    assert said == [*[WRONG] * 5, THROTTLED]


async def test_a_flood_from_everywhere_does_not_lock_an_owner_out_of_their_home(
    house: House, owner: Person
) -> None:
    await trying(house, "olga", PASSWORD, address="10.0.0.7")
    for number in range(10):
        await fail(house, "olga", 5, address=f"192.0.2.{number}")

    assert await reason(trying(house, "olga", PASSWORD, "198.51.100.1")) == THROTTLED
    assert (await trying(house, "olga", PASSWORD, "10.0.0.7")).token
    assert await fail(house, "olga", 6, "10.0.0.7") == [*[WRONG] * 5, THROTTLED]


async def test_many_accounts_from_one_address_are_one_burst(
    house: House, owner: Person
) -> None:
    said = [
        (await fail(house, f"somebody{number}", 1, "192.0.2.1"))[0]
        for number in range(31)
    ]

    assert said == [*[WRONG] * 30, THROTTLED]
    assert await fail(house, "somebody", 1, "192.0.2.2") == [WRONG]


async def bursts(house: House) -> list[dict[str, object]]:
    rows = await house.database.fetch(
        "SELECT data, rooms FROM outbox WHERE type = 'sign_in.throttled' ORDER BY id"
    )
    return [{**json.loads(row["data"]), "rooms": row["rooms"]} for row in rows]


async def test_a_burst_is_told_once_where_admins_hear_it(
    house: House, owner: Person
) -> None:
    await fail(house, "olga", 9)
    house.clock.advance(timedelta(seconds=30))
    await fail(house, "olga", 3)
    await fail(house, "nobody", 9)

    known, unknown = await bursts(house)

    assert known["scope"] == unknown["scope"] == "account_at_address"
    assert known["userId"] == owner.user.id
    assert known["rooms"] == ["users", f"user:{owner.user.id}"]
    assert "userId" not in unknown
    assert unknown["rooms"] == ["users"]


async def test_what_was_typed_is_kept_nowhere(house: House, owner: Person) -> None:
    typed = "my-password-in-the-wrong-field"
    await fail(house, typed, 7)
    await fail(house, "olga", 1)

    for table in ("sign_in_tries", "audit", "outbox"):
        kept = await house.database.fetchval(
            f"SELECT json_agg(each)::text FROM {table} AS each"  # noqa: S608 - ours
        )
        assert typed not in kept
        assert typed.encode().hex() not in kept


async def test_a_wrong_password_is_in_the_audit_log(
    house: House, owner: Person
) -> None:
    await fail(house, "olga", 1, "192.0.2.1")
    await fail(house, "nobody", 6, "192.0.2.2")

    rows = await house.database.fetch(
        """
        SELECT action, target, address, count(id)
          FROM audit
         WHERE actor_id IS NULL
         GROUP BY action, target, address
        """
    )

    assert {tuple(row) for row in rows} == {
        ("session.refused", f"user:{owner.user.id}", "192.0.2.1", 1),
        ("session.refused", "user:unknown", "192.0.2.2", 5),
        ("sign_in.throttled", "user:unknown", "192.0.2.2", 1),
    }


async def locks(house: House, by: Person) -> list[locks_pb2.Lock]:
    answer = await house.locks.ListLocks(
        locks_pb2.ListLocksRequest(), metadata=by.metadata
    )
    return list(answer.locks)


async def unlock(house: House, by: Person, user_id: str) -> None:
    await house.locks.UnlockUser(
        locks_pb2.UnlockUserRequest(user_id=user_id), metadata=by.metadata
    )


async def test_an_admin_sees_who_is_locked_and_unlocks_them(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")
    await fail(house, "frieda", 7, "192.0.2.1")
    await fail(house, "nobody", 6, "192.0.2.1")

    by_user = {lock.user_id: lock for lock in await locks(house, owner)}
    lock = by_user[frieda.user.id]
    assert set(by_user) == {frieda.user.id, ""}
    assert (lock.scope, lock.address) == ("account_at_address", "192.0.2.1")
    assert (lock.failures, lock.refused) == (5, 2)
    assert lock.locked_until.seconds == house.clock.now().timestamp() + 30

    await unlock(house, owner, frieda.user.id)
    await unlock(house, owner, frieda.user.id)

    assert {lock.user_id for lock in await locks(house, owner)} == {""}
    assert (await trying(house, "frieda", PASSWORD, "192.0.2.1")).token
    # Gateways count, too, and hear of it: by no name.
    data = await house.database.fetchval(
        "SELECT data FROM outbox WHERE type = 'user.unlocked' LIMIT 1"
    )
    assert json.loads(data) == {"userId": frieda.user.id}


async def test_only_who_manages_users_unlocks_and_only_somebody(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")

    assert await reason(unlock(house, frieda, frieda.user.id)) == "not_permitted"
    assert await reason(locks(house, frieda)) == "not_permitted"
    assert await reason(unlock(house, owner, frieda.session_id)) == "user_missing"
    assert await reason(unlock(house, owner, "olga")) == "invalid"


async def test_locks_are_paged(house: House, owner: Person) -> None:
    for number in range(3):
        await fail(house, f"nobody{number}", 5, f"192.0.2.{number}")
    seen: list[str] = []
    token = ""
    while token or not seen:
        page = await house.locks.ListLocks(
            locks_pb2.ListLocksRequest(page_size=2, page_token=token),
            metadata=owner.metadata,
        )
        seen += [lock.id for lock in page.locks]
        token = page.next_page_token

    assert len(seen) == len(set(seen)) == 3


async def test_what_counts_no_more_is_removed(house: House, owner: Person) -> None:
    tries = PostgresTries(house.database)
    await fail(house, "nobody", 1)
    await fail(house, "olga", 6)
    await trying(house, "olga", PASSWORD, "10.0.0.7")

    house.clock.advance(timedelta(hours=2))
    removed = await tries.forget_old(house.clock.now())
    house.clock.advance(timedelta(days=2))
    later = await tries.forget_old(house.clock.now())

    # What one failed try leaves; the lock; and who is at home stays.
    assert (removed, later) == (5, 1)
    assert set(await counted(house)) == {"account_at_address"}


async def test_who_shows_one_unknown_token_after_another_must_wait(
    house: House, owner: Person
) -> None:
    def shown(token: str, address: str) -> Awaitable[object]:
        return house.sessions.ExchangeToken(
            sessions_pb2.ExchangeTokenRequest(token=token),
            metadata=house.from_address(address),
        )

    for number in range(MOST):
        assert await reason(shown(f"mns_{number}", "192.0.2.1")) == "session_unknown"

    assert await reason(shown("mns_more", "192.0.2.1")) == "guessed_too_often"
    assert await reason(shown(owner.token, "192.0.2.1")) == "guessed_too_often"
    assert await shown(owner.token, "192.0.2.2")
    told = await house.event_types()
    assert told.count("tokens.guessed") == 1
    house.clock.advance(timedelta(minutes=1))
    assert await shown(owner.token, "192.0.2.1")
