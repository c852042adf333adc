"""The gateway is told what happens, with a token that is good for nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

import pytest
from grpc import aio

from kit.outbox import Feed
from medianest.api.v1 import events_pb2
from medianest.auth.v1 import (
    invites_pb2,
    keys_pb2,
    sessions_pb2,
    setup_pb2,
    users_pb2,
)
from services.auth.clients.argon2 import Argon2Passwords
from tests.auth.house import GATEWAY_TOKEN, House, open_house, reason
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase


@pytest.fixture
async def house(
    make_database: MakeDatabase, passwords: Argon2Passwords, clock: StoppedClock
) -> AsyncIterator[House]:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    telling = asyncio.create_task(feed.run())
    async with open_house(
        database, feed, passwords, clock, gateway_token=GATEWAY_TOKEN
    ) as opened:
        yield opened
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


async def take(
    house: House, count: int, after: str = "auth:0"
) -> list[events_pb2.Event]:
    """So many, behind the roles that there were from the beginning."""
    metadata = await house.metadata(GATEWAY_TOKEN)
    stream = house.events.WatchEvents(
        events_pb2.WatchEventsRequest(after=after), metadata=metadata, timeout=10
    )
    taken: list[events_pb2.Event] = []
    while len(taken) < count:
        event = await stream.read()
        if event.type != "role.created":
            taken.append(event)
    stream.cancel()
    return taken


async def test_the_gateway_hears_whose_session_ended(house: House) -> None:
    owner = await house.owner()
    await house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(), metadata=owner.metadata
    )

    created, started, ended = await take(house, 3)

    assert created.type == "user.created"
    assert dict(created.data) == {
        "userId": owner.user.id,
        "role": "owner",
        "suspended": False,
        "libraryIds": [],
        "initial": "O",
    }
    assert (started.type, ended.type) == ("session.started", "session.ended")
    assert dict(ended.data) == {"sessionId": owner.session_id, "userId": owner.user.id}
    assert list(ended.rooms) == ["users", f"user:{owner.user.id}"]
    assert list(ended.tags) == ["sessions"]


async def test_everything_that_happens_is_told_in_order_and_tells_no_secret(
    house: House,
) -> None:
    owner = await house.owner()
    ask = invites_pb2.CreateInviteRequest(max_uses=1)
    invite = await house.invites.CreateInvite(ask, metadata=owner.metadata)
    friend = await house.enter(await house.redeem(invite.code, "frieda"))
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=friend.metadata
    )
    await house.api_keys.DeleteKey(
        keys_pb2.DeleteKeyRequest(key_id=key.key.id), metadata=friend.metadata
    )
    await house.invites.DeleteInvite(
        invites_pb2.DeleteInviteRequest(code=invite.code), metadata=owner.metadata
    )
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=friend.user.id), metadata=owner.metadata
    )

    told = await take(house, 11)

    assert [event.type for event in told] == [
        "user.created",
        "session.started",
        "invite.created",
        "user.created",
        "session.started",
        "invite.redeemed",
        "key.created",
        "key.removed",
        "invite.removed",
        "session.ended",
        "user.removed",
    ]
    text = "".join(str(event) for event in told)
    for secret in (owner.token, friend.token, key.secret, invite.code):
        assert secret not in text


async def test_the_gateways_token_is_good_for_watching_only(house: House) -> None:
    await house.owner()
    metadata = await house.metadata(GATEWAY_TOKEN)

    listed = house.users.ListUsers(users_pb2.ListUsersRequest(), metadata=metadata)
    session = house.sessions.GetCurrentSession(
        sessions_pb2.GetCurrentSessionRequest(), metadata=metadata
    )
    key = house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=metadata
    )

    assert await reason(listed) == "not_permitted"
    assert await reason(session) == "session_unknown"
    assert await reason(key) == "session_unknown"


async def test_a_place_of_another_service_is_refused(house: House) -> None:
    metadata = await house.metadata(GATEWAY_TOKEN)
    stream = house.events.WatchEvents(
        events_pb2.WatchEventsRequest(after="media:1"), metadata=metadata, timeout=10
    )

    with pytest.raises(aio.AioRpcError, match="after is an event id of this service"):
        await stream.read()


async def test_two_replicas_are_one_house(
    house: House, passwords: Argon2Passwords
) -> None:
    async with open_house(
        house.database, house.feed, passwords, house.clock
    ) as replica:
        owner = await house.owner()
        house.clock.advance(timedelta(seconds=1))
        again = await replica.sign_in("olga")
        page = await house.sessions.ListSessions(
            sessions_pb2.ListSessionsRequest(page_size=1), metadata=again.metadata
        )
        rest = await replica.sessions.ListSessions(
            sessions_pb2.ListSessionsRequest(page_token=page.next_page_token),
            metadata=again.metadata,
        )

        assert not (await replica.setup.GetSetup(setup_pb2.GetSetupRequest())).needed
        assert [each.id for each in page.sessions] == [again.session_id]
        assert [each.id for each in rest.sessions] == [owner.session_id]
