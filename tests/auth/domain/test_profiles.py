"""What may be said of somebody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from services.auth.domain.profiles import display_name, locale, rating_age


@pytest.mark.parametrize(
    ("given_", "written"),
    [
        ("", ""),
        ("en", "en"),
        ("PT-br", "pt-BR"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de-CH-1996", "de-CH-1996"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("gsw", "gsw"),
    ],
)
def test_a_language_tag_is_written_as_it_should_be(given_: str, written: str) -> None:
    assert locale(given_) == written


@pytest.mark.parametrize(
    "wrong",
    ["e", "english", "en_US", "en-", "-en", "en--US", "en-USA1-x", "én", "en\n", "\0"],
)
def test_what_is_no_language_tag_is_refused(wrong: str) -> None:
    with pytest.raises(Invalid):
        locale(wrong)


@given(st.text(max_size=40))
def test_a_tag_that_is_taken_is_taken_again_as_it_is(text: str) -> None:
    try:
        written = locale(text)
    except Invalid:
        return
    assert locale(written) == written
    assert len(written) <= 35


def test_a_display_name_is_anything_that_can_be_shown() -> None:
    assert display_name("  Ada Łovelace 🎬 ") == "Ada Łovelace 🎬"
    for wrong in ("x" * 65, "a\nb", "a\0b", "\u202eada"):
        with pytest.raises(Invalid):
            display_name(wrong)


def test_a_rating_is_for_children() -> None:
    assert [rating_age(age) for age in (None, 0, 12, 21)] == [None, 0, 12, 21]
    for wrong in (-1, 22, 2**31 - 1):
        with pytest.raises(Invalid):
            rating_age(wrong)
