"""What a role may, and what is left of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medianest.api.v1 import permissions_pb2
from services.auth.domain.permissions import (
    ADMIN,
    ALL,
    Permission,
    cut,
    is_within,
    listed,
    whole,
    word,
)
from services.auth.domain.roles import grows, may_give

WORDS = st.sets(st.sampled_from(list(Permission))).map(lambda some: word(*some))


def test_the_numbers_are_those_of_the_contract() -> None:
    ours = {permission.name: permission.value for permission in Permission}

    assert {"UNSPECIFIED": 0, **ours} == dict(permissions_pb2.Permission.items())


@pytest.mark.parametrize(
    ("given", "implied"),
    [
        ("REQUEST", "REQUEST_MOVIE REQUEST_TV"),
        ("REQUEST_4K", "REQUEST_4K_MOVIE REQUEST_4K_TV"),
        ("AUTO_APPROVE", "AUTO_APPROVE_MOVIE AUTO_APPROVE_TV"),
        ("AUTO_APPROVE_4K", "AUTO_APPROVE_4K_MOVIE AUTO_APPROVE_4K_TV"),
        ("AUTO_REQUEST", "AUTO_REQUEST_MOVIE AUTO_REQUEST_TV"),
        (
            "MANAGE_REQUESTS",
            "REQUEST_ADVANCED REQUEST_VIEW RECENT_VIEW WATCHLIST_VIEW",
        ),
        ("MANAGE_ISSUES", "VIEW_ISSUES CREATE_ISSUES"),
        ("MANAGE_BLOCKLIST", "VIEW_BLOCKLIST"),
        ("MANAGE_SERVICES", "VIEW_SERVICES"),
        ("MANAGE_DOWNLOADS", "DOWNLOAD"),
    ],
)
def test_a_permission_implies_what_seerrs_users_know(given: str, implied: str) -> None:
    bits = word(Permission[given])

    names = {permission.name for permission in listed(whole(bits) & ~bits)}

    assert names == set(implied.split())


@given(bits=WORDS)
def test_what_is_implied_implies_nothing_more(bits: int) -> None:
    assert whole(whole(bits)) == whole(bits)
    assert is_within(whole(bits), bits)
    assert not bits & ~whole(bits)


@given(before=WORDS, after=WORDS)
def test_who_may_more_than_before_may_not_be_within_it(before: int, after: int) -> None:
    assert grows(before, after) != is_within(after, before)
    assert not grows(ADMIN, after)


@given(granted=WORDS, giver=WORDS)
def test_only_managers_let_in_and_nobody_beyond_themselves(
    granted: int, giver: int
) -> None:
    manages = is_within(word(Permission.MANAGE_USERS), giver)

    assert may_give(granted, giver) == (manages and is_within(granted, giver))


@given(owned=WORDS, scope=WORDS)
def test_a_key_never_may_more_than_its_user_or_its_scope(
    owned: int, scope: int
) -> None:
    left = cut(owned, scope)

    assert is_within(left, owned)
    assert not scope or is_within(left, scope)


@given(owned=WORDS)
def test_a_scope_takes_nothing_away_that_it_names(owned: int) -> None:
    assert cut(owned, 0) == whole(owned)
    assert cut(ADMIN, owned) == whole(owned) or not owned
    assert is_within(ALL, owned) == (bool(owned & ADMIN) or whole(owned) == ALL)
