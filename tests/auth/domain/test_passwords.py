"""Which passwords are taken."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from services.auth.clients.breached import BreachedPasswords
from services.auth.domain.passwords import Strength, bare, normalized

KNOWN = ("olga", "olga.petrova@example.org")
strength = Strength(BreachedPasswords())


def refused(password: str) -> str:
    try:
        strength.ensure(password, KNOWN)
    except Invalid as exc:
        return f"{exc.field}: {exc.message}"
    return ""


@pytest.mark.parametrize(
    "password",
    [
        "correct horse 7",
        "battery staple 8",
        "correct horse battery",
        "lower case words only",
        "olga likes the sea",
        "пароль у меня свой",
        "päß\0wörd 🎬",
        "x" * 500 + "abcdef" * 80,
    ],
)
def test_words_of_ones_own_will_do(password: str) -> None:
    assert refused(password) == ""


@pytest.mark.parametrize(
    "password", ["", "nine char", "x" * 1025, "\ufdfa" * 1024, "n" * 3_000_000]
)
def test_a_password_has_10_to_1024_characters(password: str) -> None:
    assert "10 to 1024 characters" in refused(password)


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "abababababab", "1212121212"])
def test_a_few_characters_over_and_over_are_no_password(password: str) -> None:
    assert "repeats" in refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "olga.petrova@example.org",
        "OLGA.Petrova2026",
        "olgaolgaolga12",
        "Medianest2026",
        "olgamedianest!",
        # Full-width letters are the same letters.
        "ｏｌｇａｏｌｇａ2026",
    ],
)
def test_what_everybody_knows_is_no_password(password: str) -> None:
    assert "everybody knows" in refused(password)


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "qwertyuiop",
        "Password123",
        "P@ssw0rd2026!",
        "!!dragon1987!!",
        "iloveyou12345",
        "ＱＷＥＲＴＹＵＩＯＰ",
    ],
)
def test_what_is_tried_first_is_no_password(password: str) -> None:
    assert "tried first" in refused(password)


def test_the_list_is_of_some_thousands_in_order_and_whole() -> None:
    breached = BreachedPasswords()

    assert 4_000 < len(breached._digests) <= 5_000
    assert "password" in breached
    assert "Password" not in breached
    assert "no such password as this" not in breached
    assert hashlib.sha256(b"password").digest()[:6] in breached._digests


@given(st.text(max_size=80))
def test_whatever_is_typed_is_taken_or_refused_alike_in_each_form(text: str) -> None:
    assert refused(text) == refused(normalized(text))
    assert bare(bare(text)) == bare(text) or not bare(text).isalpha()
