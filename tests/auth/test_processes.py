"""Two processes of auth on one database, both busy, and one of them is killed: what was
answered is done, and what was begun is done whole or not at all."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from grpc import StatusCode, aio

from kit.postgres import Database
from medianest.auth.v1 import (
    invites_pb2,
    keys_pb2,
    passwords_pb2,
    sessions_pb2,
    setup_pb2,
    users_pb2,
)
from tests.auth.house import PASSWORD, SETUP_TOKEN, Metadata
from tests.auth.replicas import Replica, replicas
from tests.conftest import MakeDatabase
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(120)

_NO_ANSWER = StatusCode.UNAVAILABLE
_CRASHED = (StatusCode.INTERNAL, StatusCode.UNKNOWN)
Method = Callable[[Replica], Callable[..., Awaitable[Any]]]


@dataclass
class Crowd:
    """Who asks both processes at once, and what they were answered."""

    two: list[Replica]
    olga: str
    answered: int = 0
    crashed: list[str] = field(default_factory=list)
    joined: list[sessions_pb2.SignedIn] = field(default_factory=list)
    keys_made: set[str] = field(default_factory=set)
    keys_deleted: set[str] = field(default_factory=set)
    """Or perhaps: the one that was asked was killed."""

    async def ask(
        self, method: Method, *requests: Message, by: Metadata = ()
    ) -> list[Any]:
        """One each in turn, all at once; what was answered with yes."""
        asked = [
            self._ask(method(replica)(request, metadata=by))
            for replica, request in zip(cycle(self.two), requests, strict=False)
        ]
        return [each for each in await asyncio.gather(*asked) if each is not None]

    async def _ask(self, call: Awaitable[Any]) -> Any:
        try:
            answer = await call
        except aio.AioRpcError as error:
            self.answered += error.code() is not _NO_ANSWER
            if error.code() in _CRASHED:
                self.crashed.append(str(error))
            return None
        self.answered += 1
        return answer

    async def owner(self) -> Metadata:
        return await self.two[0].metadata(self.olga)

    async def join(self, name: str) -> sessions_pb2.SignedIn:
        code = await self.invite(max_uses=1)
        return await self.two[0].invites.RedeemInvite(redemption(code, name))

    async def invite(self, max_uses: int) -> str:
        invite = await self.two[0].invites.CreateInvite(
            invites_pb2.CreateInviteRequest(role="friend", max_uses=max_uses),
            metadata=await self.owner(),
        )
        return invite.code

    async def redeem_the_last_uses(self) -> None:
        """Six people for two uses, again and again."""
        names = map("newcomer{}".format, count())
        while True:
            code = await self.invite(max_uses=2)
            tries = [redemption(code, next(names)) for _ in range(6)]
            self.joined += await self.ask(lambda at: at.invites.RedeemInvite, *tries)

    async def be_changed(self, name: str, *changes: users_pb2.User) -> None:
        """Somebody signs in at both while the owner changes this and that of them."""
        joined = await self.join(name)
        enter = sessions_pb2.CreateSessionRequest(login=name, password=PASSWORD)
        for change in cycle(changes):
            change.id = joined.session.user.id
            mask = FieldMask(paths=["role" if change.role else "suspended"])
            update = users_pb2.UpdateUserRequest(user=change, update_mask=mask)
            owner = await self.owner()
            await asyncio.gather(
                self.ask(lambda at: at.sessions.CreateSession, enter, enter),
                self.ask(lambda at: at.users.UpdateUser, update, update, by=owner),
            )

    async def change_the_password(self, name: str) -> None:
        """At both at once, until nobody is told what became of it."""
        token, current = (await self.join(name)).token, PASSWORD
        for number in count():
            asked = passwords_pb2.ChangePasswordRequest(
                current_password=current, new_password=f"battery staple {number}"
            )
            changed = await self.ask(
                lambda at: at.passwords.ChangePassword,
                asked,
                asked,
                by=await self.two[0].metadata(token),
            )
            if not changed:
                return
            [signed_in] = changed
            token, current = signed_in.token, asked.new_password

    async def make_and_delete_keys(self, name: str) -> None:
        joined = await self.join(name)
        create = keys_pb2.CreateKeyRequest(name="panel")
        while True:
            kim = await self.two[0].metadata(joined.token)
            made = await self.ask(
                lambda at: at.api_keys.CreateKey, create, create, by=kim
            )
            self.keys_made |= {each.key.id for each in made}
            for each in made[:1]:
                self.keys_deleted.add(each.key.id)
                delete = keys_pb2.DeleteKeyRequest(key_id=each.key.id)
                await self.ask(lambda at: at.api_keys.DeleteKey, delete, delete, by=kim)


def redemption(code: str, name: str) -> invites_pb2.RedeemInviteRequest:
    return invites_pb2.RedeemInviteRequest(code=code, name=name, password=PASSWORD)


@pytest.fixture
async def database(make_database: MakeDatabase) -> tuple[Database, str]:
    return await make_database("auth")


@pytest.fixture
async def crowd(database: tuple[Database, str], redis_url: str) -> AsyncIterator[Crowd]:
    async with replicas(database[1], redis_url) as two:
        olga = await two[0].setup.CreateOwner(
            setup_pb2.CreateOwnerRequest(
                setup_token=SETUP_TOKEN, name="olga", password=PASSWORD
            ),
            wait_for_ready=True,
        )
        await two[1].metadata(olga.token)
        yield Crowd(two, olga.token)


async def test_a_kill_in_the_middle_leaves_nothing_half_done(
    database: tuple[Database, str], crowd: Crowd
) -> None:
    kept, _ = database
    viewer, admin = users_pb2.User(role="viewer"), users_pb2.User(role="admin")
    gone, back = users_pb2.User(suspended=True), users_pb2.User(suspended=False)
    busy = [
        asyncio.create_task(each)
        for each in (
            crowd.redeem_the_last_uses(),
            crowd.be_changed("rita", admin, viewer),
            crowd.be_changed("sam", gone, back),
            crowd.change_the_password("petra"),
            crowd.make_and_delete_keys("kim"),
        )
    ]
    await eventually(lambda: crowd.answered >= 60, within_s=60)

    crowd.two[1].kill()

    before = crowd.answered
    await eventually(lambda: crowd.answered >= before + 30, within_s=60)
    for each in busy:
        each.cancel()
    ended = await asyncio.gather(*busy, return_exceptions=True)
    assert [each for each in ended if isinstance(each, Exception)] == []
    assert crowd.crashed == []
    await eventually(lambda: is_quiet(kept))

    assert await half_done(kept) == []
    assert await unkept(kept, crowd) == []
    assert len(crowd.joined) > 2
    assert len(crowd.keys_made) > 2


async def is_quiet(database: Database) -> bool:
    """Whether what the killed one began is over, too."""
    return not await database.fetchval(
        """
        SELECT count(pid)
          FROM pg_stat_activity
         WHERE datname = current_database()
           AND pid <> pg_backend_pid()
           AND backend_type = 'client backend'
           AND state <> 'idle'
        """
    )


async def unkept(database: Database, crowd: Crowd) -> list[str]:
    """What somebody was told, and is not so."""
    joined = [each.session.user.id for each in crowd.joined]
    users = await database.fetch("SELECT id::text FROM users")
    keys = await database.fetch("SELECT id::text FROM api_keys")
    return [
        *set(joined) - {row["id"] for row in users},
        *crowd.keys_made - crowd.keys_deleted - {row["id"] for row in keys},
    ]


HALVES = {
    "an invite used other than by those who joined by it": """
        SELECT id
          FROM invites
         WHERE uses > max_uses
            OR uses <> (SELECT count(audit.id)
                          FROM audit
                          JOIN users ON users.id = actor_id
                         WHERE action = 'invite.redeemed'
                           AND target = 'invite:' || invites.id)
        """,
    "an account without its invite, password or event": """
        SELECT id
          FROM users
         WHERE role <> 'owner'
           AND (1 <> (SELECT count(audit.id)
                        FROM audit
                       WHERE action = 'invite.redeemed' AND actor_id = users.id)
                OR 1 <> (SELECT count(outbox.id)
                           FROM outbox
                          WHERE type = 'invite.redeemed'
                            AND data ->> 'userId' = users.id::text)
                OR NOT EXISTS (SELECT 1 FROM passwords WHERE user_id = users.id))
        """,
    "a redemption without its account": """
        SELECT actor_id
          FROM audit
         WHERE action = 'invite.redeemed' AND actor_id NOT IN (SELECT id FROM users)
        """,
    "a session that was not started, or has ended, or one that did not end": """
          WITH told AS (
               SELECT key FROM outbox WHERE type = 'session.started'
               EXCEPT
               SELECT key FROM outbox WHERE type = 'session.ended')
        SELECT coalesce(told.key, sessions.id::text)
          FROM told
          FULL JOIN sessions ON sessions.id::text = told.key
         WHERE told.key IS NULL OR sessions.id IS NULL
        """,
    "a session in the log that was not, or not in it": """
          WITH told AS (
               SELECT 'session:' || key AS target
                 FROM outbox
                WHERE type = 'session.started'),
               logged AS (SELECT target FROM audit WHERE action = 'session.started')
        SELECT coalesce(told.target, logged.target)
          FROM told
          FULL JOIN logged USING (target)
         WHERE told.target IS NULL OR logged.target IS NULL
        """,
    "a session from before its user was suspended, or could do more": """
        SELECT sessions.id
          FROM sessions
          JOIN outbox AS started
            ON started.key = sessions.id::text AND started.type = 'session.started'
          JOIN outbox AS changed
            ON changed.key = user_id::text AND changed.type = 'user.changed'
         WHERE changed.id > started.id
           AND (changed.data ->> 'role' = 'admin'
                OR changed.data ->> 'suspended' = 'true')
        UNION ALL
        SELECT sessions.id
          FROM sessions
          JOIN users ON users.id = user_id
         WHERE suspended
        """,
    "a change that is not in the log, or not told": """
        SELECT id
          FROM users
         WHERE version - 1 <> (SELECT count(audit.id)
                                 FROM audit
                                WHERE action = 'user.changed'
                                  AND target = 'user:' || users.id)
            OR version - 1 <> (SELECT count(outbox.id)
                                 FROM outbox
                                WHERE type = 'user.changed'
                                  AND key = users.id::text)
        """,
    "a password of which there are no, or more, sessions": """
        SELECT users.id
          FROM users
         WHERE name = 'petra'
           AND (1 <> (SELECT count(id) FROM sessions WHERE user_id = users.id)
                OR 1 + (SELECT count(id)
                          FROM audit
                         WHERE action = 'password.changed'
                           AND target = 'user:' || users.id)
                   <> (SELECT count(id)
                         FROM outbox
                        WHERE type = 'session.started'
                          AND data ->> 'userId' = users.id::text))
        """,
    "a key that was not made, or is deleted, or not in the log": """
          WITH told AS (
               SELECT key FROM outbox WHERE type = 'key.created'
               EXCEPT
               SELECT key FROM outbox WHERE type = 'key.removed'),
               logged AS (
               SELECT target FROM audit WHERE action = 'key.created'
               EXCEPT
               SELECT target FROM audit WHERE action = 'key.removed')
        SELECT coalesce(told.key, api_keys.id::text, target)
          FROM told
          FULL JOIN api_keys ON api_keys.id::text = told.key
          FULL JOIN logged ON target = 'key:' || api_keys.id
         WHERE told.key IS NULL OR api_keys.id IS NULL OR target IS NULL
        """,
}


async def half_done(database: Database) -> list[str]:
    return [
        f"{what}: {row[0]}"
        for what, query in HALVES.items()
        for row in await database.fetch(query)
    ]
