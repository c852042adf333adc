"""Whatever plex.tv does, only signing in with Plex suffers, and soon says so."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from grpc import StatusCode

from kit.breaker import UpstreamResting
from kit.errors import Unavailable
from kit.http import UpstreamAway
from services.auth.clients.plex import Plex, open_plex
from services.auth.domain.errors import AttemptExpired, TokenRevoked
from tests.auth.house import PASSWORD, refusal
from tests.auth.plex import PlexHouse
from tests.clock import NOON, StoppedClock
from tests.simulators.plextv.server import PlexTV

PIN = {"id": 7, "code": "abcd1234", "expiresIn": 1800, "authToken": None}
USER = {"id": 7, "username": "ada", "email": "a@example.org", "thumb": ""}
SERVER = {"provides": "server", "clientIdentifier": "machine"}
NOT_JSON = (b"", b"{", b"\xff\xfe", b"<MediaContainer/>", b"null", b"7", b'"text"')


@pytest.fixture
async def client(plextv: PlexTV) -> AsyncIterator[Plex]:
    servers = frozenset({"machine"})
    async with open_plex(f"{plextv.url}/", "house-1", servers, StoppedClock()) as plex:
        yield plex


def says(plextv: PlexTV, said: Any) -> None:
    plextv.mood.body = said if isinstance(said, bytes) else json.dumps(said).encode()


async def test_it_names_itself_and_shows_tokens_in_headers_alone(
    plextv: PlexTV, client: Plex
) -> None:
    ada = plextv.add_account("ada")
    token = plextv.give_token(ada, "house-1")

    asked = await client.ask()
    await client.token(asked.reference)
    await client.refresh(token)
    await client.has_access(token)
    await client.revoke(token)

    assert plextv.tokens == {}
    assert len(plextv.seen) == 6
    for seen in plextv.seen:
        assert seen.headers["X-Plex-Client-Identifier"] == "house-1"
        assert seen.headers["X-Plex-Product"] == "MediaNest"
        assert token not in seen.path


async def test_the_page_to_approve_at_is_plex_s_own() -> None:
    servers: frozenset[str] = frozenset()
    async with open_plex("https://plex.tv", "house-1", servers, StoppedClock()) as plex:
        assert plex._page == "https://app.plex.tv/auth#?"


@pytest.mark.parametrize(
    "said",
    [
        *NOT_JSON,
        [],
        {},
        {**PIN, "id": "7"},
        {**PIN, "id": True},
        {**PIN, "id": -7},
        {**PIN, "code": None},
        {**PIN, "code": "a b&c=d"},
        {**PIN, "code": "x" * 65},
        {**PIN, "expiresIn": "soon"},
        {**PIN, "expiresIn": 1.5},
    ],
    ids=str,
)
async def test_a_pin_that_is_none_is_plex_tv_being_away(
    plextv: PlexTV, client: Plex, said: Any
) -> None:
    says(plextv, said)

    with pytest.raises(UpstreamAway):
        await client.ask()


async def test_how_long_a_pin_lasts_is_believed_within_reason(
    plextv: PlexTV, client: Plex
) -> None:
    for said_s, believed_s in ((1, 30), (1800, 1800), (10**12, 3600)):
        says(plextv, {**PIN, "expiresIn": said_s})

        asked = await client.ask()

        assert (asked.expires_at - NOON).total_seconds() == believed_s


@pytest.mark.parametrize(
    "token", [7, ["a"], "two words", "line\nbreak", "ümlaut", "x" * 1025], ids=repr
)
async def test_a_token_that_is_none_is_never_sent(
    plextv: PlexTV, client: Plex, token: Any
) -> None:
    says(plextv, {**PIN, "authToken": token})

    with pytest.raises(UpstreamAway):
        await client.token("7")


@pytest.mark.parametrize("said", [PIN, {**PIN, "authToken": ""}, {"id": 7}], ids=str)
async def test_a_pin_without_a_token_is_not_approved(
    plextv: PlexTV, client: Plex, said: Any
) -> None:
    says(plextv, said)

    assert await client.token("7") is None


@pytest.mark.parametrize(
    "said",
    [
        *NOT_JSON,
        [],
        {},
        {**USER, "id": None},
        {**USER, "id": 0},
        {**USER, "id": "7"},
        {**USER, "id": 7.0},
        {**USER, "username": ["ada"]},
        {**USER, "email": 7},
        {**USER, "thumb": {}},
    ],
    ids=str,
)
async def test_nobody_is_recognized_by_half_an_answer(
    plextv: PlexTV, client: Plex, said: Any
) -> None:
    says(plextv, said)

    with pytest.raises(UpstreamAway):
        await client.profile("token")


@pytest.mark.parametrize(
    "said",
    [
        *NOT_JSON,
        {},
        [7],
        [[]],
        [{**SERVER, "provides": 1}],
        [SERVER | {"provides": {}}],
    ],
    ids=str,
)
async def test_half_an_answer_gives_no_access(
    plextv: PlexTV, client: Plex, said: Any
) -> None:
    says(plextv, said)

    with pytest.raises(UpstreamAway):
        await client.has_access("token")


@pytest.mark.parametrize(
    ("said", "access"),
    [
        ([], False),
        ([SERVER], True),
        ([{**SERVER, "provides": "client,server"}], True),
        ([{**SERVER, "provides": "pubsub-server"}], False),
        ([{**SERVER, "clientIdentifier": "MACHINE"}], False),
        ([{**SERVER, "clientIdentifier": "machine2"}], False),
        ([{"provides": "server"}], False),
        ([{}], False),
    ],
    ids=str,
)
async def test_access_is_to_a_server_of_the_house(
    plextv: PlexTV, client: Plex, said: Any, access: bool
) -> None:
    says(plextv, said)

    assert await client.has_access("token") is access


async def test_without_servers_nobody_has_access_and_nobody_is_asked(
    plextv: PlexTV,
) -> None:
    servers: frozenset[str] = frozenset()
    async with open_plex(plextv.url, "house-1", servers, StoppedClock()) as plex:
        assert not await plex.has_access("token")
    assert plextv.seen == []


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 429, 500, 502, 301])
async def test_only_a_401_says_that_a_token_is_no_good(
    plextv: PlexTV, client: Plex, status: int
) -> None:
    plextv.mood.status = status

    for call in (client.profile, client.has_access, client.refresh, client.revoke):
        with pytest.raises(Unavailable):
            await call("token")


async def test_a_401_ends_a_token_and_a_404_a_pin(client: Plex) -> None:
    with pytest.raises(TokenRevoked):
        await client.profile("unknown")
    with pytest.raises(AttemptExpired):
        await client.token("77")
    await client.revoke("unknown")


@pytest.mark.parametrize(
    "mood", [{"hangs_up": True}, {"drips": True}, {"is_silent": True}], ids=str
)
async def test_an_answer_that_does_not_end_is_given_up(
    plextv: PlexTV, client: Plex, mood: dict[str, bool]
) -> None:
    for name, value in mood.items():
        setattr(plextv.mood, name, value)

    async with asyncio.timeout(10):
        with pytest.raises(UpstreamAway):
            await client.profile("token")


async def test_a_huge_answer_is_not_read_to_its_end(
    plextv: PlexTV, client: Plex
) -> None:
    says(plextv, {**USER, "services": ["x" * 1000] * 5000})

    with pytest.raises(UpstreamAway, match="more than it may"):
        await client.profile("token")


async def test_long_names_are_cut_and_what_cannot_be_shown_is_left_out(
    plextv: PlexTV, client: Plex
) -> None:
    says(plextv, {**USER, "username": "a\x00da\u202e" + "x" * 9000})

    profile = await client.profile("token")

    assert profile.name == "ada" + "x" * 509


async def test_after_many_failures_plex_tv_is_left_alone(
    plextv: PlexTV, client: Plex
) -> None:
    plextv.mood.status = 500
    for _ in range(12):
        with pytest.raises(Unavailable):
            await client.ask()

    with pytest.raises(UpstreamResting) as resting:
        await client.ask()

    assert resting.value.retry_after
    assert resting.value.retry_after.total_seconds() > 1


async def test_a_dead_plex_tv_leaves_passwords_and_sessions_alone(
    plex: PlexHouse,
) -> None:
    await plex.house.owner()
    ada = await plex.sign_in(plex.ada)
    attempt = await plex.begin()
    await plex.plextv.stop()

    begun = await refusal(plex.begin())
    completed = await refusal(plex.complete(attempt))
    by_password = await plex.house.sign_in("olga", PASSWORD)
    still = await plex.house.exchange(ada.token)

    assert begun.code is completed.code is StatusCode.UNAVAILABLE
    assert begun.reason == completed.reason == "upstream_away"
    assert by_password.user.role == "owner"
    assert still.user_id == ada.user.id


@pytest.mark.parametrize("only", ["/api/v2/pins", "/api/v2/user", "/api/v2/resources"])
async def test_when_plex_tv_is_back_the_same_attempt_goes_on(
    plex: PlexHouse, only: str
) -> None:
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)
    plex.plextv.mood.only, plex.plextv.mood.status = only, 500
    refused = await refusal(plex.complete(attempt))
    assert refused.code is StatusCode.UNAVAILABLE
    assert await plex.count("users") == await plex.count("identities") == 0

    plex.plextv.mood.status = 200

    assert (await plex.entered(await plex.complete(attempt))).user.name == "ada"
