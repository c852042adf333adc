"""Items of lists are written once, and a page of them is what it would be anyway."""

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from gateway.encode import Encoder, Writers
from gateway.messages.items import Items
from medianest.media.v1 import libraries_pb2, requests_pb2, titles_pb2
from medianest.status.v1 import heartbeats_pb2
from tests.gateway.messages import messages

PAGES = (
    requests_pb2.ListMediaRequestsResponse,
    libraries_pb2.ListLibraryItemsResponse,
    heartbeats_pb2.ListHeartbeatsResponse,
    # Has two lists: it is written as any other message.
    titles_pb2.SearchTitlesResponse,
)
writers, items = Writers(), Items(256 * 1024)


def both(kind: type, raw: bytes) -> tuple[bytes | None, bytes | None]:
    """What is written without remembering items, and with; None for what cannot be
    read."""
    plain = Encoder(writers, kind.DESCRIPTOR, "")
    remembering = Encoder(writers, kind.DESCRIPTOR, "", items)
    told: list[bytes | None] = []
    for write in (plain.encode, lambda raw: remembering.told(raw)[1]):
        try:
            told.append(write(raw))
        except DecodeError:
            told.append(None)
    return told[0], told[1]


@pytest.mark.parametrize("kind", PAGES)
@given(data=st.data())
def test_a_page_is_written_as_it_would_be_without(
    kind: type, data: st.DataObject
) -> None:
    page = data.draw(messages(kind.DESCRIPTOR))
    raw = page.SerializeToString()

    for _ in range(2):
        plain, remembering = both(kind, raw)
        assert plain is not None
        assert remembering == plain


@pytest.mark.parametrize("kind", PAGES)
@given(data=st.data())
def test_bytes_that_are_in_disorder_are_read_as_protobuf_reads_them(
    kind: type, data: st.DataObject
) -> None:
    pieces = data.draw(
        st.lists(
            st.one_of(
                messages(kind.DESCRIPTOR).map(lambda page: page.SerializeToString()),
                st.binary(max_size=12),
                st.sampled_from([b"\x0a", b"\x0a\x80", b"\x0a\xff\xff\xff\xff\x0f"]),
            ),
            max_size=4,
        )
    )

    plain, remembering = both(kind, b"".join(pieces))

    assert remembering == plain


def test_a_token_is_told_though_the_items_are_not_read_again() -> None:
    page = requests_pb2.ListMediaRequestsResponse(next_page_token="on")
    page.requests.add(id="one")
    encoder = Encoder(writers, page.DESCRIPTOR, "", items)

    told, body = encoder.told(page.SerializeToString())

    assert told.next_page_token == "on"
    assert b'"one"' in body


def test_what_is_too_large_to_remember_is_written_all_the_same() -> None:
    page = requests_pb2.ListMediaRequestsResponse()
    page.requests.add(id="x" * 100_000)

    plain, remembering = both(type(page), page.SerializeToString())

    assert remembering == plain
