"""What a role may, and what is left of it."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.caller import Caller
from kit.errors import Invalid
from medianest.api.v1 import permissions_pb2
from services.auth.domain.errors import BeyondYourPermissions, KeyLimited
from services.auth.domain.permissions import (
    ADMIN,
    ALL,
    Permission,
    cut,
    is_within,
    listed,
    word,
)
from services.auth.domain.roles import (
    ROLES,
    ensure_giveable,
    ensure_whole,
    givers,
)
from tests.clock import NOON

WORDS = st.sets(st.sampled_from(list(Permission))).map(lambda some: word(*some))


def a_caller(role: str, permissions: int | None = None) -> Caller:
    bits = ROLES[role] if permissions is None else permissions
    return Caller("u", "ada", role, bits, "s", NOON + timedelta(minutes=1))


def test_the_numbers_are_those_of_the_contract() -> None:
    ours = {permission.name: permission.value for permission in Permission}

    assert {"UNSPECIFIED": 0, **ours} == dict(permissions_pb2.Permission.items())


def test_each_role_may_more_than_the_one_below_it() -> None:
    ladder = [ROLES[name] for name in ("viewer", "friend", "trusted", "admin", "owner")]

    assert all(is_within(lower, higher) for lower, higher in pairwise(ladder))
    assert is_within(ROLES["child"], ROLES["friend"])
    assert not is_within(ROLES["trusted"], ROLES["friend"])


def test_a_friend_asks_and_sees_only_his_own() -> None:
    friend = set(listed(ROLES["friend"]))

    assert Permission.REQUEST in friend
    assert Permission.VIEW_SERVICES in friend
    assert Permission.REQUEST_VIEW not in friend
    assert Permission.AUTO_APPROVE not in friend


@pytest.mark.parametrize("role", ["child", "viewer"])
def test_a_child_and_a_viewer_may_less_than_a_friend(role: str) -> None:
    assert set(listed(ROLES[role])) < set(listed(ROLES["friend"]))


@given(owned=WORDS, scope=WORDS)
def test_a_key_never_may_more_than_its_user_or_its_scope(
    owned: int, scope: int
) -> None:
    left = cut(owned, scope)

    assert is_within(left, owned)
    assert not scope or is_within(left, scope)


@given(owned=WORDS)
def test_a_scope_takes_nothing_away_that_it_names(owned: int) -> None:
    assert cut(owned, 0) == owned
    assert cut(ADMIN, owned) == owned or not owned
    assert is_within(ALL, owned) == (bool(owned & ADMIN) or owned == ALL)


@given(permissions=WORDS, role=st.sampled_from(sorted(set(ROLES) - {"owner"})))
def test_nobody_gives_what_they_have_not(permissions: int, role: str) -> None:
    giver = a_caller("admin", permissions)

    if is_within(ROLES[role], permissions):
        ensure_giveable(role, giver)
    else:
        with pytest.raises(BeyondYourPermissions):
            ensure_giveable(role, giver)


@pytest.mark.parametrize("role", ["owner", "", "king", "Friend"])
def test_not_even_the_owner_gives_a_role_that_is_none_to_give(role: str) -> None:
    with pytest.raises(Invalid):
        ensure_giveable(role, a_caller("owner"))


def test_only_managers_invite() -> None:
    assert set(givers("friend")) == {"owner", "admin"}
    assert set(givers("admin")) == {"owner", "admin"}


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_key_is_whole_when_it_may_all_that_its_role_may(role: str) -> None:
    ensure_whole(a_caller(role))
    ensure_whole(a_caller(role, ALL))
    with pytest.raises(KeyLimited):
        ensure_whole(a_caller(role, word(Permission.DOWNLOAD)))
