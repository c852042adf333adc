"""An owner who has lost the way in gets it back on the machine where the house runs,
and nobody else gets it so."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from kit.caller import OPERATOR_SESSION, Caller
from kit.outbox import Feed
from kit.rpc.identity import METADATA_KEY
from kit.sealing import Seal
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import operator_pb2, ownership_pb2, passwords_pb2
from services.auth.clients.argon2 import Argon2Passwords
from services.auth.store.second_factors import PostgresFactors, reseal_factors
from tests.auth.factors import enabled, factor_of
from tests.auth.house import SEALING_KEYS, House, Metadata, Person, open_house, reason
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase

NEW = "battery staple 8"


def operator(house: House) -> Metadata:
    """As the launcher signs for itself."""
    caller = Caller(
        user_id=str(UUID(int=0)),
        name="operator",
        role="admin",
        permissions=1 << Permission.ADMIN,
        session_id=OPERATOR_SESSION,
        expires_at=house.clock.now() + timedelta(seconds=60),
    )
    return ((METADATA_KEY, house.keys.sign(caller)),)


async def issue(house: House, by: Metadata) -> passwords_pb2.PasswordReset:
    return await house.operator.IssueOwnerPasswordReset(
        operator_pb2.IssueOwnerPasswordResetRequest(), metadata=by
    )


async def redeem(house: House, token: str) -> None:
    await house.passwords.RedeemPasswordReset(
        passwords_pb2.RedeemPasswordResetRequest(token=token, password=NEW)
    )


async def disable(house: House, by: Metadata) -> None:
    await house.operator.DisableOwnerSecondFactor(
        operator_pb2.DisableOwnerSecondFactorRequest(), metadata=by
    )


async def sealed_otherwise(house: House, by: Metadata) -> int:
    sealing = await house.operator.GetSealing(
        operator_pb2.GetSealingRequest(), metadata=by
    )
    return sealing.by_other_keys


async def test_the_owner_chooses_a_new_password_once(
    house: House, owner: Person
) -> None:
    reset = await issue(house, operator(house))
    await redeem(house, reset.token)

    assert reset.user_id == owner.user.id
    assert await reason(house.exchange(owner.token)) == "session_unknown"
    assert await reason(house.sign_in("olga")) == "credentials_wrong"
    assert (await house.sign_in("olga", NEW)).user.role == "owner"
    assert await reason(redeem(house, reset.token)) == "reset_missing"


async def test_it_is_in_the_log(house: House, owner: Person) -> None:
    await redeem(house, (await issue(house, operator(house))).token)

    rows = await house.database.fetch(
        """
        SELECT action, actor_id, session_id, after ->> 'issuedBy' AS issued_by
          FROM audit
         WHERE action LIKE 'password.%' AND target = $1
         ORDER BY action DESC
        """,
        f"user:{owner.user.id}",
    )
    assert [tuple(row) for row in rows] == [
        ("password.reset_issued", None, "operator", None),
        ("password.reset", None, "", "operator"),
    ]


async def test_who_has_lost_the_app_signs_in_without_it(
    house: House, owner: Person
) -> None:
    await enabled(house, owner)

    await disable(house, operator(house))

    assert (await house.sign_in("olga")).user.id == owner.user.id
    assert not (await factor_of(house, owner)).enabled
    assert await reason(disable(house, operator(house))) == "second_factor_missing"


@pytest.mark.parametrize("call", [issue, disable, sealed_otherwise])
async def test_nobody_who_is_signed_in_is_the_operator(
    house: House, owner: Person, call: object
) -> None:
    assert callable(call)
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    people = (owner, admin, friend)

    said = [await reason(call(house, each.metadata)) for each in people]

    assert said == ["operator_only", "operator_only", "not_permitted"]


async def test_a_link_is_no_good_for_one_who_is_not_the_owner_any_more(
    house: House, owner: Person
) -> None:
    heir = await house.member(owner, "heidi", "admin")
    reset = await issue(house, operator(house))
    await house.ownership.TransferOwnership(
        ownership_pb2.TransferOwnershipRequest(user_id=heir.user.id),
        metadata=owner.metadata,
    )

    assert await reason(redeem(house, reset.token)) == "reset_missing"


async def test_an_empty_house_has_nobody_to_let_in(house: House) -> None:
    assert await reason(issue(house, operator(house))) == "owner_missing"


async def test_it_is_told_when_an_old_sealing_key_is_needed_no_more(
    make_database: MakeDatabase, passwords: Argon2Passwords, clock: StoppedClock
) -> None:
    database, url = await make_database("auth")
    feed = Feed(database, url, "auth", asyncio.Event())
    async with open_house(database, feed, passwords, clock) as house:
        await enabled(house, await house.owner())
        assert await sealed_otherwise(house, operator(house)) == 0
    both = f"k2:{'b6' * 32},{SEALING_KEYS}"
    async with open_house(database, feed, passwords, clock, sealing_keys=both) as house:
        before = await sealed_otherwise(house, operator(house))
        await reseal_factors(PostgresFactors(database, Seal(both)))
        after = await sealed_otherwise(house, operator(house))

        sealing = await house.operator.GetSealing(
            operator_pb2.GetSealingRequest(), metadata=operator(house)
        )

    assert (before, after) == (1, 0)
    assert sealing.key_id == "k2"
