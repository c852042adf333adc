"""Only auth says who somebody is, and nobody else can make it up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.caller import Caller
from kit.rpc.identity import CallerKeys, CallerUnknown
from tests.clock import NOON

OLD = "old:" + "0a" * 32
NEW = "new:" + "0b" * 32
ADA = Caller(
    "0190-ada", "Ada Łovelace", "member", 1 << 44 | 1 << 5, "s1", NOON + timedelta(60)
)


@pytest.fixture
def keys() -> CallerKeys:
    return CallerKeys(OLD)


def test_what_was_signed_is_what_is_read(keys: CallerKeys) -> None:
    assert CallerKeys(OLD).verify(keys.sign(ADA), NOON) == ADA


def test_what_else_is_known_of_somebody_is_signed_with_them(keys: CallerKeys) -> None:
    child = replace(ADA, facts={"maxRatingAge": 12, "movieQuota": [2, 7]})

    assert keys.verify(keys.sign(child), NOON) == child


def test_an_assertion_fits_into_metadata(keys: CallerKeys) -> None:
    assertion = keys.sign(ADA)

    assert assertion.isascii()
    assert assertion.isprintable()


def test_an_assertion_ends_with_its_time(keys: CallerKeys) -> None:
    assertion = keys.sign(ADA)
    keys.verify(assertion, ADA.expires_at - timedelta(microseconds=1))

    with pytest.raises(CallerUnknown, match="expired"):
        keys.verify(assertion, ADA.expires_at)


def test_keys_change_without_anybody_being_sent_away() -> None:
    both, only_new = CallerKeys(f"{NEW},{OLD}"), CallerKeys(NEW)
    by_old, by_both = CallerKeys(OLD).sign(ADA), both.sign(ADA)

    assert both.verify(by_old, NOON) == ADA
    assert only_new.verify(by_both, NOON) == ADA
    with pytest.raises(CallerUnknown):
        only_new.verify(by_old, NOON)


def test_another_key_of_the_same_name_is_another_key(keys: CallerKeys) -> None:
    forged = CallerKeys("old:" + "ff" * 32).sign(ADA)

    with pytest.raises(CallerUnknown, match="not signed by this house"):
        keys.verify(forged, NOON)


def test_no_part_can_be_changed_or_exchanged() -> None:
    keys = CallerKeys(f"{OLD},{NEW}")
    mine = keys.sign(ADA).split(".")
    admin = Caller("u2", "eve", "owner", 2, "s2", ADA.expires_at)
    theirs = CallerKeys("old:" + "ff" * 32).sign(admin).split(".")

    for part, changed in (
        (0, "v2"),
        (1, "new"),
        (1, "none"),
        (1, ""),
        (2, theirs[2]),
        (2, ""),
        (3, theirs[3]),
        (3, ""),
    ):
        forged = [*mine[:part], changed, *mine[part + 1 :]]
        with pytest.raises(CallerUnknown):
            keys.verify(".".join(forged), NOON)


@given(st.text() | st.text("v1.old-_=AZ09", max_size=80))
def test_junk_is_refused_and_nothing_else_happens(junk: str) -> None:
    with pytest.raises(CallerUnknown):
        CallerKeys(OLD).verify(junk, NOON)


@given(st.data())
def test_no_change_of_a_character_makes_somebody_else(data: st.DataObject) -> None:
    keys = CallerKeys(OLD)
    assertion = keys.sign(ADA)
    place = data.draw(st.integers(0, len(assertion) - 1))
    changed = assertion[:place] + data.draw(st.characters()) + assertion[place + 1 :]

    # base64 has several spellings for one value: the last bits of the last character.
    try:
        found = keys.verify(changed, NOON)
    except CallerUnknown:
        return
    assert found == ADA


def test_what_was_refused_once_is_refused_again(keys: CallerKeys) -> None:
    forged = CallerKeys("old:" + "ff" * 32).sign(ADA)

    for _ in range(2):
        with pytest.raises(CallerUnknown):
            keys.verify(forged, NOON)


@pytest.mark.parametrize(
    "text", ["", "k1", "k1:", "k1:zz", "k1:" + "ab" * 31, f"{OLD},k2:abcd", f"{OLD},"]
)
def test_keys_that_are_too_short_or_no_keys_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|hex"):
        CallerKeys(text)


@pytest.mark.parametrize("text", [f":{'ab' * 32}", f"a.b:{'ab' * 32}", f"{OLD},{OLD}"])
def test_names_that_would_not_be_found_again_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="key"):
        CallerKeys(text)


def test_an_admin_may_everything_and_others_what_they_may() -> None:
    admin = Caller("u", "olga", "owner", 1 << 1, "s", ADA.expires_at)

    assert all(admin.may(permission) for permission in range(1, 64))
    assert {each for each in range(1, 64) if ADA.may(each)} == {5, 44}
