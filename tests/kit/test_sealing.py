"""What is sealed is read with its key, at its place, and in no other way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sealing import Seal, SealBroken

OLD, NEW = "old:" + "11" * 32, "new:" + "22" * 32


@given(st.binary(max_size=200), st.text(max_size=50))
def test_what_is_sealed_opens_at_its_place(secret: bytes, place: str) -> None:
    seal = Seal(NEW)

    assert seal.open(seal.seal(secret, place), place) == secret


def test_the_same_secret_never_looks_the_same_twice() -> None:
    seal = Seal(NEW)

    assert seal.seal(b"token", "plex/1") != seal.seal(b"token", "plex/1")


def test_what_was_moved_to_another_place_stays_shut() -> None:
    sealed = Seal(NEW).seal(b"token", "plex/1")

    with pytest.raises(SealBroken):
        Seal(NEW).open(sealed, "plex/2")


def test_no_byte_can_be_changed_or_taken() -> None:
    seal = Seal(NEW)
    sealed = seal.seal(b"token", "plex/1")
    changed = [
        sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        for at in range(len(sealed))
    ]
    shorter = [sealed[:at] for at in range(len(sealed))]

    for broken in changed + shorter:
        with pytest.raises(SealBroken):
            seal.open(broken, "plex/1")


def test_what_an_old_key_sealed_is_read_while_it_is_known() -> None:
    sealed = Seal(OLD).seal(b"token", "plex/1")
    both = Seal(f"{NEW},{OLD}")

    assert both.open(sealed, "plex/1") == b"token"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal(b"token", "plex/1"))
    with pytest.raises(SealBroken):
        Seal(NEW).open(sealed, "plex/1")


@pytest.mark.parametrize(
    "text",
    ["", "k1", "k1:", "k1:zz", "k1:" + "11" * 31, ":" + "11" * 32, f"{OLD},{OLD}"],
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|hex"):
        Seal(text)
