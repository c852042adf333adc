"""Names are reduced to what people type."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.domain.names import LONGEST_WORD, key_of, tokens, words_of


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("The Matrix", "matrix"),
        ("Amélie", "amelie"),
        ("L'Été meurtrier", "lete meurtrier"),
        ("Die Hard", "die hard"),
        ("The Godfather: Part II", "godfather part 2"),
        ("Fast & Furious", "fast and furious"),
        ("WALL·E", "wall e"),
        ("Straße nach ŁÓDŹ", "strasse nach lodz"),
        ("İstanbul", "istanbul"),
        ("Ёлки", "елки"),
        ("기생충", "기생충"),
        ("千と千尋", "千 と 千 尋"),
        ("שָׁלוֹם", "שלום"),
        ("The", "the"),
        ("If....", "if"),
        ("$", "$"),
        ("  ", ""),
        ("", ""),
    ],
)
def test_two_spellings_of_a_name_have_one_key(name: str, key: str) -> None:
    assert key_of(name) == key
    assert key_of(name.upper()) == key_of(name.lower())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Spider-Man", {"spider", "man", "spiderman"}),
        ("E.T.", {"e", "t", "et"}),
        ("Le Destin d'Amélie", {"le", "destin", "damelie", "amelie"}),
        ("Ocean's Eleven", {"oceans", "eleven"}),
        ("Rocky IV", {"rocky", "4"}),
        ("🎬", {"🎬"}),
    ],
)
def test_a_name_is_found_by_its_parts_and_by_the_whole(
    name: str, words: set[str]
) -> None:
    assert set(words_of(name)) == words


@given(st.text())
def test_any_text_is_reduced_once_and_for_all(text: str) -> None:
    once = " ".join(tokens(text))

    assert " ".join(tokens(once)) == once
    assert all(0 < len(word) <= LONGEST_WORD for word in tokens(text))
    assert set(tokens(text)) <= set(words_of(text)) or not tokens(text)


def test_a_name_of_one_endless_word_takes_no_time() -> None:
    began = time.perf_counter()

    words_of("x" * 20_000)

    assert time.perf_counter() - began < 0.1
