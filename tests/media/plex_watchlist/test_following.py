"""What is on a connected watchlist at Plex is on the one here, and asked for once."""

from datetime import timedelta

import pytest

from kit.caller import Caller
from medianest.media.v1 import plex_watchlist_pb2
from services.media.domain.plex_watchlist.watchlist import (
    AUTO_REQUEST,
    AUTO_REQUEST_MOVIE,
)
from services.media.domain.requests.permissions import REQUEST
from services.media.store.requesters import PostgresRequesters
from tests.media.plex_watchlist.conftest import ADA, Household
from tests.media.requests.house import OWNER, Desk, Shelf, a_caller
from tests.simulators.plextv.people import Account
from tests.simulators.plextv.server import Mood, PlexTV

State = plex_watchlist_pb2.PlexWatchlist
BOB = a_caller("Bob", REQUEST, AUTO_REQUEST)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def state(household: Household, of: Caller = ADA) -> State:
    found: State = await household.street.visitor(of).call("GetPlexWatchlist")
    return found


async def test_what_is_on_it_comes_and_is_asked_for_as_its_owner(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    plextv.watch(ada, "Arrival", 2016, "imdb://tt2543164", "tmdb://329865")
    plextv.watch(ada, "Severance", 2022, "tmdb://95396", kind="show")
    await household.connect(ada)

    assert await household.later()

    assert await household.watchlist() == ["Severance", "Arrival"]
    assert await household.asked() == [
        ("Arrival", ADA.user_id),
        ("Severance", ADA.user_id),
    ]
    seen = await state(household)
    assert (seen.state, seen.entry_count, seen.unknown_count, seen.detail) == (
        State.CONNECTED,
        2,
        0,
        "",
    )
    assert seen.HasField("read_at")
    assert not await household.following.follow_next()


async def test_a_title_that_is_known_is_not_made_twice(
    household: Household, plextv: PlexTV, ada: Account, shelf: Shelf
) -> None:
    await shelf.title("arrival")
    plextv.watch(ada, "Arrival", 1999, "imdb://tt2543164")
    plextv.watch(ada, "Nobody knows this", 2001)
    await household.connect(ada)

    await household.later()

    assert await household.database.fetchval("SELECT count(id) FROM titles") == 1
    assert await household.watchlist() == ["arrival"]
    assert (await state(household)).unknown_count == 1


async def test_more_than_a_page_is_read(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    for number in range(1, 231):
        plextv.watch(ada, f"Film {number}", 2000, f"tmdb://{number}")
    await household.connect(ada, asks=False)

    await household.later()

    count = await household.database.fetchval("SELECT count(title_id) FROM watchlist")
    assert count == 230
    assert (await household.watchlist())[:2] == ["Film 230", "Film 229"]


async def test_what_was_canceled_or_declined_is_not_asked_for_again(
    household: Household, plextv: PlexTV, ada: Account, desk: Desk
) -> None:
    for number in (1, 2):
        plextv.watch(ada, f"Film {number}", 2000, f"tmdb://{number}")
    await household.connect(ada)
    await household.later()
    one, two = await desk.seen_by(ADA)
    await desk.deciding.cancel(one.id, by=ADA)
    await desk.deciding.decline(two.id, "No.", by=OWNER)

    await household.later(timedelta(days=2))
    await household.street.visitor(ADA).call("DisconnectPlexWatchlist")
    await household.connect(ada)
    await household.later(timedelta(days=2))

    assert len(await household.asked()) == 2


async def test_what_is_taken_off_here_does_not_come_back(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.later()
    await household.database.execute("DELETE FROM watchlist")

    assert await household.later()

    assert await household.watchlist() == []


@pytest.mark.parametrize(
    ("caller", "asks", "names"),
    [
        (a_caller("Ada", REQUEST), True, []),
        (a_caller("Ada", AUTO_REQUEST), True, []),
        (a_caller("Ada", REQUEST, AUTO_REQUEST), False, []),
        (a_caller("Ada", REQUEST, AUTO_REQUEST_MOVIE), True, ["Arrival"]),
        (a_caller("Ada", 1), True, ["Arrival", "Severance"]),
    ],
    ids=["no auto", "may not ask", "does not want", "films only", "admin"],
)
async def test_only_what_somebody_may_and_wants_is_asked_for(
    household: Household,
    plextv: PlexTV,
    ada: Account,
    caller: Caller,
    asks: bool,
    names: list[str],
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    plextv.watch(ada, "Severance", 2022, "tmdb://95396", kind="show")
    await household.connect(ada, caller, asks=asks)

    await household.later()

    assert [name for name, _ in await household.asked()] == names
    assert len(await household.watchlist()) == 2


async def test_nobody_asks_by_what_they_might_do_before(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.connect(ada)
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    # Auth tells that something of hers has changed.
    await PostgresRequesters(household.database).doubt_user(
        ADA.user_id, household.clock.now() + MINUTE
    )

    await household.later()
    unasked = await household.asked()
    await state(household, a_caller("Ada", REQUEST))
    await household.later()
    demoted = await household.asked()
    await state(household, ADA)
    await household.later()

    assert unasked == demoted == []
    assert await household.asked() == [("Arrival", ADA.user_id)]


async def test_who_was_signed_before_the_change_is_not_believed_behind_it(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.connect(ada)
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await PostgresRequesters(household.database).doubt_user(
        ADA.user_id, household.clock.now() + MINUTE
    )

    # A gateway that has not heard of it yet lets her in as before.
    await state(household, ADA)
    await household.later()
    unasked = await household.asked()
    await state(household, ADA)
    await household.later()

    assert unasked == []
    assert await household.asked() == [("Arrival", ADA.user_id)]


async def test_a_role_that_changed_is_doubted_with_all_in_it(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.connect(ada)
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    requesters = PostgresRequesters(household.database)
    await requesters.doubt_role("another", household.clock.now() + HOUR)
    await requesters.doubt_role(ADA.role, household.clock.now() - HOUR)
    kept = await household.database.fetchval("SELECT permissions FROM plex_watchlists")
    await requesters.doubt_role(ADA.role, household.clock.now() + HOUR)

    await household.later()

    assert kept == ADA.permissions
    assert await household.asked() == []


@pytest.mark.parametrize(
    "mood",
    [
        Mood(status=503),
        Mood(status=404),
        Mood(status=429, retry_after="60"),
        Mood(hangs_up=True),
        Mood(body=b"{"),
        Mood(body=b"[]"),
        Mood(body=b'{"MediaContainer": {"size": 0, "totalSize": 7, "offset": 0}}'),
        Mood(body=b'{"MediaContainer": {"size": 1, "totalSize": 0, "Metadata": []}}'),
    ],
    ids=str,
)
async def test_a_plex_that_is_away_or_odd_changes_nothing(
    household: Household, plextv: PlexTV, ada: Account, mood: Mood
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.later()
    plextv.mood = mood

    await household.later()
    away = await state(household)
    is_left_alone = not await household.later()
    plextv.mood = Mood()
    plextv.watch(ada, "Nope", 2022, "tmdb://762504")
    await household.later(HOUR)

    assert (away.state, away.entry_count) == (State.AWAY, 1)
    assert is_left_alone
    assert await household.watchlist() == ["Nope", "Arrival"]
    assert (await state(household)).state == State.CONNECTED


async def test_who_signs_out_at_plex_signs_in_again(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.later()
    plextv.forget_tokens()

    await household.later()
    out = await state(household)
    asked = plextv.asked("GET", "/library/sections/watchlist")
    is_left_alone = not await household.later(timedelta(days=1))
    await household.connect(ada)
    await household.later()

    assert out.state == State.SIGN_IN_AGAIN
    assert "Connect it again" in out.detail
    assert is_left_alone
    assert asked == 2
    assert (await state(household)).state == State.CONNECTED
    assert await household.watchlist() == ["Arrival"]


async def test_what_is_refused_for_now_is_asked_for_later(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    await household.database.execute(
        "INSERT INTO requesters (user_id, name) VALUES ('id-of-Olga', 'Olga')"
    )
    await household.database.execute(
        """
        INSERT INTO blocks (id, keyword, keyword_key, reason, added_by, added_at)
        VALUES (gen_random_uuid(), 'arrival', 'arrival', '', 'id-of-Olga', now())
        """
    )
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.later()
    refused = await household.asked()
    await household.database.execute("DELETE FROM blocks")

    await household.later()
    too_early = await household.asked()
    await household.later(6 * HOUR)

    assert refused == too_early == []
    assert await household.asked() == [("Arrival", ADA.user_id)]


async def test_each_is_read_once_at_a_time_and_by_nobody_who_lost_it(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.connect(plextv.add_account("bob"), BOB)
    followed = household.following._followed
    now = household.clock.now()

    claims = [await followed.claim(now, now + HOUR) for _ in range(3)]
    again = await followed.claim(now + 2 * HOUR, now + 3 * HOUR)

    assert [each.user_id for each in claims if each] == [ADA.user_id, BOB.user_id]
    assert claims[2] is None
    assert again is not None
    assert again.token not in str(again)
    await household.street.visitor(ADA).call("DisconnectPlexWatchlist")
    assert await household.watchlist() == []


async def test_who_is_removed_is_followed_no_more(
    household: Household, plextv: PlexTV, ada: Account
) -> None:
    plextv.watch(ada, "Arrival", 2016, "tmdb://329865")
    await household.connect(ada)
    await household.later()

    await PostgresRequesters(household.database).forget(
        ADA.user_id, 1, household.clock.now()
    )

    assert not await household.later()
    left = await household.database.fetchval(
        """
        SELECT (SELECT count(user_id) FROM plex_watchlists)
             + (SELECT count(user_id) FROM plex_watchlist_titles)
             + (SELECT count(user_id) FROM watchlist)
        """
    )
    assert left == 0
