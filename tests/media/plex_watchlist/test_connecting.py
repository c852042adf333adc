"""Who connects their watchlist at Plex, and how their token is kept."""

import json
from dataclasses import replace
from uuid import uuid4

import aiohttp
import pytest

from kit.sealing import Seal
from medianest.media.v1 import plex_watchlist_pb2
from services.media.domain.plex_watchlist.watchlist import SyncState
from services.media.rpc.plex_watchlist import STATE_TO_WIRE
from services.media.store.plex_watchlists import PostgresPlexWatchlists
from tests.data import RECORDED
from tests.media.plex_watchlist.conftest import ADA, Household
from tests.media.requests.house import a_caller
from tests.media.talk.house import NOT_IDS
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import Mood, PlexTV

State = plex_watchlist_pb2.PlexWatchlist
BOB = a_caller("Bob")
RADARR = RECORDED / "radarr/src/NzbDrone.Core.Test/Files/plex_watchlist.json"


def test_each_state_has_its_word_on_the_wire() -> None:
    assert set(STATE_TO_WIRE) == set(SyncState)
    assert {*STATE_TO_WIRE.values(), State.NOT_CONNECTED} == set(State.State.values())


async def test_one_connects_changes_and_disconnects(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    me = household.street.visitor(ADA)
    nothing = await me.call("GetPlexWatchlist")
    begun = await me.call("StartPlexWatchlistSignIn")
    waiting = await me.refused("ConnectPlexWatchlist", sign_in_id=begun.id)
    plextv.approve(begun.code, ada)
    connected = await me.call(
        "ConnectPlexWatchlist", sign_in_id=begun.id, request_movies=True
    )
    changed = await me.call("UpdatePlexWatchlist", request_series=True)
    for _ in range(2):
        await me.call("DisconnectPlexWatchlist")

    assert nothing == State()
    assert begun.code in begun.url
    assert waiting == "FAILED_PRECONDITION plex_not_approved"
    assert connected == State(state=State.CONNECTED, request_movies=True)
    assert changed == State(state=State.CONNECTED, request_series=True)
    assert await me.call("GetPlexWatchlist") == State()
    assert await me.refused("UpdatePlexWatchlist") == "NOT_FOUND plex_watchlist_missing"


async def test_a_sign_in_is_nobody_elses(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    me, other = household.street.visitor(ADA), household.street.visitor(BOB)
    begun = await me.call("StartPlexWatchlistSignIn")
    plextv.approve(begun.code, ada)

    missing = "NOT_FOUND plex_sign_in_missing"
    for text in (begun.id, str(uuid4()), *NOT_IDS):
        assert await other.refused("ConnectPlexWatchlist", sign_in_id=text) == missing
    assert await other.call("GetPlexWatchlist") == State()


async def test_nobody_without_a_name_and_no_key_connects(household: Household) -> None:
    nobody = household.street.visitor(None)
    key = household.street.visitor(replace(ADA, session_id="key:panel"))
    for method in household.street.methods:
        assert await nobody.refused(method) == "UNAUTHENTICATED caller_unknown"
        if method != "GetPlexWatchlist":
            assert await key.refused(method) == "PERMISSION_DENIED key_refused"


async def test_the_token_is_sealed_and_sealed_anew(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.connect(ada)
    [token] = plextv.tokens
    database = household.database

    async def sealed() -> bytes:
        found: bytes = await database.fetchval(
            "SELECT token_sealed FROM plex_watchlists"
        )
        return found

    before = await sealed()
    newer = Seal("new:" + "6b" * 32 + ",test:" + "5a" * 32)
    await PostgresPlexWatchlists(database, newer).reseal()
    after = await sealed()

    assert token.encode() not in before
    assert newer.is_current(after)
    assert not newer.is_current(before)
    opened = newer.open(after, f"plex watchlist {ADA.user_id}")
    assert opened.decode() == token


async def test_a_token_that_cannot_be_read_takes_a_new_sign_in(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.connect(ada)
    await household.database.execute(
        "UPDATE plex_watchlists SET token_sealed = '\\x00'"
    )

    await household.later()

    seen = await household.street.visitor(ADA).call("GetPlexWatchlist")
    assert seen.state == State.SIGN_IN_AGAIN
    assert plextv.asked("GET", "/library") == 0


async def test_a_plex_tv_that_is_away_is_unavailable(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    me = household.street.visitor(ADA)
    begun = await me.call("StartPlexWatchlistSignIn")
    plextv.approve(begun.code, ada)
    plextv.mood = Mood(status=503)

    assert (await me.refused("StartPlexWatchlistSignIn")).startswith("UNAVAILABLE")
    refused = await me.refused("ConnectPlexWatchlist", sign_in_id=begun.id)
    assert refused.startswith("UNAVAILABLE")
    plextv.mood = Mood()
    await me.call("ConnectPlexWatchlist", sign_in_id=begun.id)


@pytest.mark.skipif(not RADARR.exists(), reason="no recorded answers here")
async def test_the_simulated_watchlist_is_told_as_a_recorded_one(
    plextv: PlexTV, ada: Account
) -> None:
    recorded = json.loads(RADARR.read_text("utf-8-sig"))["MediaContainer"]
    plextv.watch(ada, "Arrival", 2016, "imdb://tt2543164")
    token = plextv.give_token(ada, "test")
    headers = {
        "Accept": "application/json",
        "X-Plex-Token": token,
        "X-Plex-Client-Identifier": "test",
    }
    async with aiohttp.ClientSession() as session:
        url = f"{plextv.url}/library/sections/watchlist/all?includeGuids=1"
        async with session.get(url, headers=headers) as answer:
            told = (await answer.json())["MediaContainer"]

    assert {key: type(value) for key, value in told.items()} == {
        key: type(value) for key, value in recorded.items()
    }
    [entry], seen = told["Metadata"], recorded["Metadata"][0]
    assert {key: type(value) for key, value in entry.items()} == {
        key: type(value) for key, value in seen.items()
    }
    assert entry["Guid"] == seen["Guid"]
