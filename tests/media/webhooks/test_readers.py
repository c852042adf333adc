"""What programs post, in our words; and what strangers might."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.media.clients.webhooks.arr import radarr_said, sonarr_said
from services.media.clients.webhooks.seerr import seerr_said
from services.media.domain.webhooks.deliveries import About, DeliveryUnreadable, Look
from tests.media.webhooks.payloads import IMPORT_PROBLEM, Json, radarr, seerr, sonarr

READERS = [radarr_said, sonarr_said, seerr_said]
MATRIX, SEVERANCE = About(True, 603), About(False, 95396, 371980)


def sent(said: Json) -> bytes:
    return json.dumps(said).encode()


@pytest.mark.parametrize(
    ("said", "look"),
    [
        (radarr("Test"), Look.NOWHERE),
        (radarr("Grab"), Look.NOWHERE),
        (radarr("Download", isUpgrade=False), Look.LIBRARIES),
        (radarr("Download", isUpgrade=True), Look.LIBRARIES),
        (radarr("Rename"), Look.LIBRARIES),
        (radarr("MovieAdded"), Look.NOWHERE),
        (radarr("MovieDelete", deletedFiles=True), Look.REMOVALS),
        (radarr("MovieDelete", deletedFiles=False), Look.NOWHERE),
        (radarr("MovieFileDelete", deleteReason="manual"), Look.REMOVALS),
        (radarr("MovieFileDelete", deleteReason="upgrade"), Look.LIBRARIES),
        (radarr("ManualInteractionRequired", **IMPORT_PROBLEM), Look.NOWHERE),
        (radarr("Health", message="No indexers"), Look.NOWHERE),
    ],
)
def test_what_radarr_tells_is_a_reason_to_look(said: Json, look: Look) -> None:
    read = radarr_said(sent(said))

    assert (read.event, read.look) == (said["eventType"], look)
    assert (read.about, read.is_known) == (MATRIX, True)


@pytest.mark.parametrize(
    ("said", "look"),
    [
        (sonarr("Download"), Look.LIBRARIES),
        (sonarr("SeriesDelete", deletedFiles=True), Look.REMOVALS),
        (sonarr("EpisodeFileDelete", deleteReason="upgrade"), Look.LIBRARIES),
        (sonarr("EpisodeFileDelete", deleteReason="missingFromDisk"), Look.REMOVALS),
        (sonarr("Grab"), Look.NOWHERE),
    ],
)
def test_what_sonarr_tells_is_a_reason_to_look(said: Json, look: Look) -> None:
    read = sonarr_said(sent(said))

    assert (read.look, read.about, read.is_known) == (look, SEVERANCE, True)


def test_why_it_cannot_import_is_told_in_its_own_words() -> None:
    read = radarr_said(sent(radarr("ManualInteractionRequired", **IMPORT_PROBLEM)))

    assert read.message == (
        "The.Matrix.1999.1080p\nNot an upgrade for existing movie file"
    )


def test_what_seerr_tells_names_the_title() -> None:
    pending = seerr_said(sent(seerr("MEDIA_PENDING")))
    series = seerr_said(
        sent(seerr("MEDIA_AVAILABLE", media_type="tv", tmdbId="95396", tvdbId="371980"))
    )

    assert (pending.look, pending.about) == (Look.NOWHERE, MATRIX)
    assert (series.look, series.about) == (Look.LIBRARIES, SEVERANCE)
    assert pending.message.startswith("The Matrix (1999)\n")


@pytest.mark.parametrize(
    ("event", "is_of_queue"),
    [
        ("Grab", True),
        ("Download", True),
        ("ManualInteractionRequired", True),
        ("Test", False),
        ("Health", False),
        ("MovieFileDelete", False),
    ],
)
def test_what_moves_in_a_queue_is_a_reason_to_look_there(
    event: str, is_of_queue: bool
) -> None:
    assert radarr_said(sent(radarr(event))).is_of_queue == is_of_queue


@pytest.mark.parametrize("read", [radarr_said, sonarr_said])
def test_an_event_of_a_later_version_is_known_to_be_unknown(read: Any) -> None:
    assert not read(sent({"eventType": "SomethingNew"})).is_known


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "payload",
    [
        *(b"", b"{", b"[]", b"1", b"null", b"{}", b"\xff\x00", b"[" * 10_000),
        b'{"eventType": 1, "notification_type": []}',
        b'{"eventType": "", "notification_type": ""}',
        b'{"eventType": "a\\u0000b", "notification_type": "a\\nb"}',
        sent({"eventType": "x" * 101, "notification_type": "x" * 101}),
    ],
)
def test_what_no_such_program_posts_is_unreadable(read: Any, payload: bytes) -> None:
    with pytest.raises(DeliveryUnreadable):
        read(payload)


_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
_NAMES = st.sampled_from(
    [
        *("eventType", "notification_type", "movie", "series", "media", "message"),
        *("remoteMovie", "downloadStatusMessages", "deleteReason", "deletedFiles"),
    ]
)


@given(st.dictionaries(_NAMES, _JSON | st.dictionaries(_NAMES, _JSON)))
def test_whatever_is_posted_is_read_or_refused(said: Json) -> None:
    for read in READERS:
        try:
            found = read(sent(said))
        except DeliveryUnreadable:
            continue
        assert len(found.event) <= 100
        assert len(found.message) <= 1_000
        assert "\0" not in found.event + found.message


@pytest.mark.parametrize("number", [0, -1, True, 2**31, "x", "-3", 1.5, [], None, "٣"])
def test_an_id_that_is_none_names_no_title(number: Any) -> None:
    said = radarr("Grab", movie={"tmdbId": number}, remoteMovie=None)

    assert radarr_said(sent(said)).about is None
