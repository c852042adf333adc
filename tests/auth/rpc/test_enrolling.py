"""Who must have a second factor, and has none, can set one up and do nothing else."""

from collections.abc import Awaitable

import pytest
from grpc import StatusCode

from kit.caller import ENROLLING
from medianest.api.v1 import policy_pb2
from medianest.auth.v1 import (
    keys_pb2,
    roles_pb2,
    second_factors_pb2,
    sessions_pb2,
    users_pb2,
)
from services.auth.domain.permissions import Permission, word
from services.auth.domain.second_factors import Requirement
from services.auth.rpc.second_factors import REQUIREMENTS
from tests.auth.factors import code_at, confirm, disable, enabled, factor_of, offer
from tests.auth.factors import require as require_of
from tests.auth.house import House, Person, Refusal, reason, refusal
from tests.auth.rpc.test_permissions import METHODS, call, label

EVERYBODY = second_factors_pb2.EVERYBODY
MANAGERS = second_factors_pb2.MANAGERS
NOBODY = second_factors_pb2.NOBODY
OPEN = {
    "SessionsService.GetCurrentSession",
    "SessionsService.EndCurrentSession",
    "SecondFactorsService.GetSecondFactor",
    "SecondFactorsService.OfferSecondFactor",
    "SecondFactorsService.ConfirmSecondFactor",
}


async def is_enrolling(house: House, person: Person) -> bool:
    return bool((await house.exchange(person.token)).permissions & ENROLLING)


def keys_of(house: House, person: Person) -> Awaitable[keys_pb2.ListKeysResponse]:
    return house.api_keys.ListKeys(keys_pb2.ListKeysRequest(), metadata=person.metadata)


def test_every_requirement_has_its_word_in_the_contract() -> None:
    told = set(second_factors_pb2.RequiredOf.values()) - {0}

    assert set(REQUIREMENTS) == set(Requirement)
    assert set(REQUIREMENTS.values()) == told


@pytest.mark.parametrize(
    ("permission", "is_manager"),
    [
        (Permission.ADMIN, True),
        (Permission.MANAGE_USERS, True),
        (Permission.MANAGE_SETTINGS, True),
        (Permission.MANAGE_REQUESTS, False),
        (Permission.REQUEST, False),
    ],
)
def test_managers_are_those_who_may_do_harm(
    permission: Permission, *, is_manager: bool
) -> None:
    assert Requirement.MANAGERS.covers(word(permission)) == is_manager
    assert Requirement.EVERYBODY.covers(0)
    assert not Requirement.NOBODY.covers(word(permission))


async def test_who_must_and_has_none_may_set_one_up_and_nothing_else(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    await enabled(house, owner)
    await require_of(house, owner, EVERYBODY)
    friend = await house.known_again(friend)
    again = await house.sessions.CreateSession(
        sessions_pb2.CreateSessionRequest(login="frieda", password="correct horse 7")
    )

    # The session that there was, at once, and the next.
    assert again.session.enrolling
    for person in (friend, await house.enter(again)):
        assert (await house.exchange(person.token)).permissions == ENROLLING
        session = await house.sessions.GetCurrentSession(
            sessions_pb2.GetCurrentSessionRequest(), metadata=person.metadata
        )
        assert session.enrolling
        for method in METHODS:
            policy = method.GetOptions().Extensions[policy_pb2.policy]
            if policy.access == policy.PUBLIC or label(method) in OPEN:
                continue
            code = await call(house, method, person.metadata)
            assert code is StatusCode.PERMISSION_DENIED, label(method)
        refused = await refusal(keys_of(house, person))
        assert refused == Refusal(
            StatusCode.PERMISSION_DENIED, "second_factor_required", ""
        )


def test_what_is_open_to_them_is_what_the_contract_says() -> None:
    stated = {
        label(method)
        for method in METHODS
        if method.GetOptions().Extensions[policy_pb2.policy].enrolling
    }

    assert stated == OPEN


async def test_with_a_second_factor_they_may_what_they_could(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    before = (await house.exchange(friend.token)).permissions
    await enabled(house, owner)
    await require_of(house, owner, EVERYBODY)
    friend = await house.known_again(friend)
    offered = await offer(house, friend)
    await confirm(house, friend, code_at(offered.secret, house))

    friend = await house.known_again(friend)

    assert (await house.exchange(friend.token)).permissions == before
    assert not (await keys_of(house, friend)).keys
    # And may nothing again once they disable it.
    await disable(house, friend, code_at(offered.secret, house, 1))
    assert await is_enrolling(house, friend)


async def test_it_is_required_of_managers_alone(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    admin = await house.member(owner, "adam", "admin")
    await enabled(house, owner)
    await require_of(house, owner, MANAGERS)

    assert await is_enrolling(house, admin)
    assert not await is_enrolling(house, owner)
    assert not await is_enrolling(house, friend)
    assert not (await factor_of(house, friend)).required
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user={"id": friend.user.id, "role": "admin"},
            update_mask={"paths": ["role"]},
        ),
        metadata=owner.metadata,
    )
    # Who becomes one signs in anew, and must.
    friend = await house.sign_in("frieda")
    assert await is_enrolling(house, friend)
    assert (await factor_of(house, friend)).required


async def test_what_is_required_of_nobody_keeps_nobody_out(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    await enabled(house, owner)
    await require_of(house, owner, EVERYBODY)
    await require_of(house, owner, NOBODY)

    rule = await house.factors.GetSecondFactorRule(
        second_factors_pb2.GetSecondFactorRuleRequest(), metadata=owner.metadata
    )

    assert rule.required_of == NOBODY
    assert not await is_enrolling(house, friend)
    assert (await house.event_types()).count("second_factor.required") == 2


async def test_nobody_shuts_themselves_out(house: House, owner: Person) -> None:
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    key = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=owner.metadata
    )
    program = Person(owner.user, "", "", await house.metadata(key.secret))

    for by, of, why in [
        (owner, EVERYBODY, "second_factor_missing"),
        (admin, MANAGERS, "second_factor_missing"),
        (program, NOBODY, "key_refused"),
        (friend, NOBODY, "not_permitted"),
        (owner, second_factors_pb2.REQUIRED_OF_UNSPECIFIED, "invalid"),
        (owner, 99, "invalid"),
    ]:
        assert await reason(require_of(house, by, of)) == why  # type: ignore[arg-type]
    assert not await is_enrolling(house, owner)


async def test_programs_go_on(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=friend.metadata
    )
    await enabled(house, owner)

    await require_of(house, owner, EVERYBODY)

    told = await house.exchange(made.secret)
    assert told.permissions
    assert not told.permissions & ENROLLING


async def test_one_without_a_password_is_not_asked_for_more_than_one(
    house: House, owner: Person
) -> None:
    """They came in by another way, which has factors of its own."""
    friend = await house.member(owner, "frieda")
    await enabled(house, owner)
    await house.database.execute(
        "DELETE FROM passwords WHERE user_id = $1::text::uuid", friend.user.id
    )

    await require_of(house, owner, EVERYBODY)

    assert not await is_enrolling(house, friend)
    assert not (await factor_of(house, friend)).required
    assert await reason(offer(house, friend)) == "password_missing"


async def test_a_role_that_comes_to_manage_must_have_one_too(
    house: House, owner: Person
) -> None:
    await house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(name="helper"), metadata=owner.metadata
    )
    helper = await house.member(owner, "helen", "helper")
    await enabled(house, owner)
    await require_of(house, owner, MANAGERS)
    assert not await is_enrolling(house, helper)

    await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role={"name": "helper", "permissions": [Permission.MANAGE_USERS]},
            update_mask={"paths": ["permissions"]},
        ),
        metadata=owner.metadata,
    )

    assert await is_enrolling(house, await house.sign_in("helen"))
