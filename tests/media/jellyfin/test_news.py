"""What Jellyfin's Webhook plugin sends is a reason to look, or is refused."""

from typing import Any

import orjson
import pytest

from kit.errors import Invalid
from services.media.clients.jellyfin_news import News, What, read_news

SERVER = "58f180d8d2b34927bcfd73eee400ffad"
ITEM = "54918f75ee8f6c8b8dc5efd680644f29"


def sent(event: str, **more: Any) -> bytes:
    """As the plugin sends it with all properties."""
    told = {
        "ServerId": SERVER,
        "ServerName": "Jellyfin at home",
        "ServerVersion": "10.11.2",
        "ServerUrl": "http://jellyfin.lan:8096",
        "NotificationType": event,
        "Timestamp": "2026-11-21T13:00:00.1234567+01:00",
        "UtcTimestamp": "2026-11-21T12:00:00.1234567Z",
        "Name": "L&uuml;gen",
        "ItemId": "54918f75-ee8f-6c8b-8dc5-efd680644f29",
        "ItemType": "Episode",
        "RunTimeTicks": 31200000000,
        "SeriesName": "Dark",
        "SeasonNumber": 1,
        "EpisodeNumber": 2,
        "Provider_tvdb": "6412343",
    }
    return orjson.dumps({**told, **more})


@pytest.mark.parametrize(
    ("event", "what"),
    [
        ("ItemAdded", What.ADDED),
        ("ItemDeleted", What.REMOVED),
        ("PlaybackStart", What.PLAYED),
        ("PlaybackProgress", What.PLAYED),
        ("PlaybackStop", What.PLAYED),
    ],
)
def test_it_is_said_what_changed(event: str, what: What) -> None:
    assert read_news(sent(event)) == News(SERVER, what, ITEM)


@pytest.mark.parametrize(
    "body",
    [
        sent("UserCreated"),
        sent("TaskCompleted"),
        sent("AuthenticationFailure"),
        sent("ItemAdded", ItemType="Person"),
        sent("ItemDeleted", ItemType="Book"),
        sent("PlaybackStart", ItemType="TvChannel"),
    ],
    ids=lambda body: orjson.loads(body)["NotificationType"],
)
def test_what_is_not_about_what_we_read_is_let_be(body: bytes) -> None:
    assert read_news(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b'"ItemAdded"',
        b"Episode 2 of Dark was added",
        b'{"ServerId": "',
        b"[" * 100_000,
        sent("ItemAdded", ServerId=None),
        sent("ItemAdded", ServerId=7),
        sent("ItemAdded", ServerId="../.."),
        sent("ItemAdded", ItemId=None),
        sent("ItemAdded", ItemId=""),
        sent("ItemAdded", ItemId={"$ne": ""}),
        sent("ItemAdded", ItemId="a" * 101),
        sent("ItemAdded", ItemType=None),
        sent("ItemAdded", NotificationType=["ItemAdded"]),
    ],
    ids=lambda body: body[:12].decode(errors="replace") or "nothing",
)
def test_anything_else_is_refused_with_the_mend(body: bytes) -> None:
    with pytest.raises(Invalid, match="Send All Properties") as refused:
        read_news(body)

    assert refused.value.field == "body"
