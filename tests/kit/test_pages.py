"""A page token leads to the next page of its list, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from kit.pages import Pages, PageTokenInvalid

KEY = b"k" * 32
PAGES = Pages(KEY)


@given(
    st.text(),
    st.lists(st.text() | st.integers() | st.floats(allow_nan=False), max_size=5),
)
def test_a_token_brings_back_the_key_it_was_made_of(
    of_list: str, key: list[str | int | float]
) -> None:
    token = PAGES.token(of_list, key)

    assert PAGES.read(of_list, token) == key
    assert token.isascii()
    assert "=" not in token


def test_the_first_page_has_no_token() -> None:
    assert PAGES.read("requests", "") is None


def test_a_token_is_good_in_every_replica() -> None:
    assert Pages(KEY).read("requests", PAGES.token("requests", ["a", 1])) == ["a", 1]


@pytest.mark.parametrize("other", ["monitors", "requests:state=pending", ""])
def test_a_token_of_another_list_or_other_filters_is_refused(other: str) -> None:
    token = PAGES.token("requests", ["2026-05-04", "u1"])

    with pytest.raises(PageTokenInvalid) as caught:
        PAGES.read(other, token)
    assert caught.value.field == "page_token"


def test_a_token_of_another_house_is_refused() -> None:
    with pytest.raises(PageTokenInvalid):
        PAGES.read("requests", Pages(b"x" * 32).token("requests", ["u1"]))


@given(st.text(min_size=1) | st.binary(min_size=1).map(lambda raw: raw.hex()))
def test_junk_is_refused_and_nothing_else_happens(junk: str) -> None:
    with pytest.raises(PageTokenInvalid):
        PAGES.read("requests", junk)


@given(st.data())
def test_a_changed_token_leads_nowhere_else(data: st.DataObject) -> None:
    key = ["2026-05-04T12:00:00Z", 603, "'; DROP TABLE requests; --"]
    token = PAGES.token("requests", key)
    place = data.draw(st.integers(0, len(token) - 1))
    changed = token[:place] + data.draw(st.characters()) + token[place + 1 :]

    try:
        found = PAGES.read("requests", changed)
    except PageTokenInvalid:
        return
    assert found == key


@pytest.mark.parametrize("count", [0, 1, 20, 21, 40, 41])
def test_pages_that_are_cut_hold_each_row_once(count: int) -> None:
    every = list(range(count))
    seen: list[int] = []
    token = None
    while token != "":
        key = PAGES.read("numbers", token or "")
        behind = int(key[0]) if key else -1
        rows = [row for row in every if row > behind][:21]
        page, token = PAGES.cut("numbers", rows, 20, lambda row: [row])
        assert len(page) <= 20
        seen += page

    assert seen == every


@pytest.mark.parametrize(("asked", "given"), [(0, 20), (1, 1), (100, 100)])
def test_a_page_has_as_many_rows_as_asked(asked: int, given: int) -> None:
    assert PAGES.size(asked) == given


@pytest.mark.parametrize("asked", [-1, 101, 2**31])
def test_a_page_of_no_sensible_size_is_refused(asked: int) -> None:
    with pytest.raises(Invalid) as caught:
        PAGES.size(asked)
    assert caught.value.field == "page_size"
