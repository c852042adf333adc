"""Tokens of accounts elsewhere are kept shut, kept good, and ended for good."""

from datetime import timedelta
from typing import Any

import pytest
import structlog

from kit.sealing import Seal
from services.auth.clients.argon2 import Argon2Passwords
from services.auth.store.held_tokens import place
from tests.auth.house import SEALING_KEYS, Person
from tests.auth.plex import PlexHouse, open_plex_house

NEXT_DAY = timedelta(days=1, minutes=1)
NEW_KEY = "k2:" + "b6" * 32


async def stored(plex: PlexHouse) -> Any:
    return await plex.house.database.fetchrow(
        """
        SELECT id, token_sealed, token_revoked_at, check_at, name, avatar_url
          FROM identities
        """
    )


async def look_on(plex: PlexHouse, after: timedelta = NEXT_DAY) -> None:
    plex.house.clock.advance(after)
    await plex.house.upkeep.look_after_all()


async def test_a_token_is_stored_shut(plex: PlexHouse) -> None:
    await plex.sign_in(plex.ada)
    token = next(iter(plex.plextv.tokens))

    row = await stored(plex)

    assert token.encode() not in row["token_sealed"]
    opened = Seal(SEALING_KEYS).open(row["token_sealed"], place(row["id"]))
    assert opened == token.encode()


async def test_what_opens_a_pin_is_stored_shut(plex: PlexHouse) -> None:
    attempt = await plex.begin()
    pin = next(iter(plex.plextv.pins.values()))

    row = await plex.house.database.fetchrow(
        "SELECT reference_sealed, verifier_sha256 FROM identity_attempts"
    )

    assert row is not None
    assert str(pin.id).encode() not in row["reference_sealed"]
    assert attempt.verifier.encode() not in row["verifier_sha256"]


async def test_a_token_is_checked_once_a_day_and_made_to_last(
    plex: PlexHouse,
) -> None:
    await plex.sign_in(plex.ada)
    asked = plex.plextv.asked("GET", "/api/v2/user")
    plex.ada.username = "countess"

    await look_on(plex, timedelta(hours=23))
    early = plex.plextv.asked("GET", "/api/v2/user")
    await look_on(plex, timedelta(hours=2))
    await plex.house.upkeep.look_after_all()

    assert early == asked
    assert plex.plextv.asked("GET", "/api/v2/user") == asked + 1
    assert plex.plextv.asked("GET", "/api/v2/ping") == 1
    assert (await stored(plex))["name"] == "countess"


async def test_a_token_that_plex_does_not_take_is_noted_and_let_go(
    plex: PlexHouse,
) -> None:
    ada = await plex.sign_in(plex.ada)
    plex.plextv.forget_tokens()

    await look_on(plex)

    row = await stored(plex)
    assert row["token_sealed"] is None
    assert row["token_revoked_at"] == plex.house.clock.now()
    assert (await plex.house.event_types())[-1] == "identity.revoked"
    linked = await plex.identities(await plex.house.known_again(ada))
    assert linked[0].HasField("token_revoked_at")
    again = await plex.sign_in(plex.ada)
    assert not (await plex.identities(again))[0].HasField("token_revoked_at")


@pytest.mark.parametrize(
    "mood",
    [
        {"status": 500},
        {"status": 429, "retry_after": "9"},
        {"status": 403},
        {"status": 404},
        {"status": 422},
        {"hangs_up": True},
        {"body": b"<html>Hello from your hotel's wifi</html>"},
        {"body": b"[]"},
        {"body": b'{"id": "1"}'},
    ],
    ids=str,
)
async def test_whatever_else_plex_says_a_token_stays(
    plex: PlexHouse, mood: dict[str, Any]
) -> None:
    await plex.sign_in(plex.ada)
    before = await stored(plex)
    for name, value in mood.items():
        setattr(plex.plextv.mood, name, value)

    await look_on(plex)

    after = await stored(plex)
    assert after["token_sealed"] == before["token_sealed"]
    assert after["avatar_url"] == before["avatar_url"]
    # It is asked again, in an hour.
    wait = after["check_at"] - plex.house.clock.now()
    assert wait == timedelta(hours=1)


async def test_a_plex_that_is_gone_changes_nothing(plex: PlexHouse) -> None:
    ada = await plex.sign_in(plex.ada)
    before = await stored(plex)
    await plex.plextv.stop()

    await look_on(plex)

    after = await stored(plex)
    assert after["token_sealed"] == before["token_sealed"]
    assert (await plex.house.exchange(ada.token)).user_id == ada.user.id


async def test_the_answer_to_an_old_token_says_nothing_of_the_new(
    plex: PlexHouse,
) -> None:
    await plex.sign_in(plex.ada)
    held = plex.house.upkeep._held
    plex.house.clock.advance(NEXT_DAY)
    now = plex.house.clock.now()
    checked = await held.take_checks(now, now + NEXT_DAY, 10)
    await plex.sign_in(plex.ada)

    await held.note_revoked(checked[0], now)

    assert len(checked) == 1
    assert (await stored(plex))["token_sealed"] is not None


async def test_a_check_is_one_process_s(plex: PlexHouse) -> None:
    await plex.sign_in(plex.ada)
    held = plex.house.upkeep._held
    plex.house.clock.advance(NEXT_DAY)
    now = plex.house.clock.now()

    taken = [
        await held.take_checks(now, now + timedelta(hours=1), 10) for _ in range(2)
    ]

    assert [len(each) for each in taken] == [1, 0]


async def test_when_the_key_changes_tokens_are_sealed_anew(
    plex: PlexHouse, passwords: Argon2Passwords
) -> None:
    for number in range(120):
        account = plex.plextv.add_account(f"friend{number}")
        plex.plextv.servers[0].shared_with.add(account.id)
    for account in list(plex.plextv.accounts.values())[3:60]:
        await plex.sign_in(account)

    async with open_plex_house(
        plex.house.database,
        plex.house.feed,
        passwords,
        plex.house.clock,
        plex.plextv,
        sealing_keys=f"{NEW_KEY},{SEALING_KEYS}",
    ) as changed:
        await changed.house.upkeep.look_after_all()

    rows = await plex.house.database.fetch("SELECT id, token_sealed FROM identities")
    new_alone = Seal(NEW_KEY)
    opened = {
        new_alone.open(row["token_sealed"], place(row["id"])).decode() for row in rows
    }
    assert len(rows) == 57
    assert opened == set(plex.plextv.tokens)


async def test_a_key_that_is_lost_costs_the_tokens_and_nothing_else(
    plex: PlexHouse, passwords: Argon2Passwords
) -> None:
    await plex.sign_in(plex.ada)
    attempt = await plex.begin()
    async with open_plex_house(
        plex.house.database,
        plex.house.feed,
        passwords,
        plex.house.clock,
        plex.plextv,
        sealing_keys=NEW_KEY,
    ) as changed:
        await changed.house.upkeep.look_after_all()
        changed.plextv.approve(attempt.code, changed.ada)
        with pytest.raises(Exception, match="Begin again"):
            await changed.complete(attempt)
        await look_on(changed)
        row = await stored(changed)
        again = await changed.sign_in(changed.ada)

        assert row["token_revoked_at"] is not None
        assert again.user.name == "ada"
        assert (await stored(changed))["token_sealed"] is not None


async def test_a_token_that_should_end_ends_when_plex_is_back(
    plex: PlexHouse,
) -> None:
    owner = await plex.house.owner()
    linked = await plex.link(owner, plex.eve)
    plex.plextv.mood.status = 503

    await plex.unlink(owner, linked.id, revoke=True)
    await plex.house.upkeep.look_after_all()
    waiting = await plex.count("identity_revocations")
    plex.plextv.mood.status = 200
    await look_on(plex, timedelta(hours=1))

    assert waiting == 1
    assert plex.plextv.tokens == {}
    assert await plex.count("identity_revocations") == 0


async def test_a_token_that_ended_by_itself_needs_no_ending(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    linked = await plex.link(owner, plex.eve)
    plex.plextv.forget_tokens()

    await plex.unlink(owner, linked.id, revoke=True)
    await plex.house.upkeep.look_after_all()

    assert await plex.count("identity_revocations") == 0


async def test_what_is_over_is_forgotten(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    linked = await plex.link(owner, plex.eve)
    await plex.begin()
    plex.plextv.mood.status = 503
    await plex.unlink(owner, linked.id, revoke=True)

    await look_on(plex, timedelta(days=8))

    assert await plex.count("identity_attempts") == 0
    assert await plex.count("identity_revocations") == 0


async def test_no_secret_is_in_a_log_an_answer_or_an_event(plex: PlexHouse) -> None:
    owner: Person = await plex.house.owner()
    with structlog.testing.capture_logs() as logs:
        attempt = await plex.begin()
        plex.plextv.approve(attempt.code, plex.ada)
        done = await plex.complete(attempt)
        ada = await plex.entered(done)
        linked = await plex.link(owner, plex.eve)
        listed = [*await plex.identities(ada), *await plex.identities(owner)]
        await look_on(plex)
        secrets = {
            *plex.plextv.tokens,
            *(str(pin.id) for pin in plex.plextv.pins.values()),
        }
        plex.plextv.mood.status = 500
        await look_on(plex)
        owner = await plex.house.known_again(owner)
        await plex.unlink(owner, linked.id, revoke=True)
        await plex.house.upkeep.look_after_all()
        plex.plextv.mood.status = 200
        plex.plextv.forget_tokens()
        await look_on(plex, timedelta(days=2))

    events = await plex.house.database.fetch("SELECT data::text AS data FROM outbox")
    answers = [str(each) for each in (attempt, done, linked, *listed)]
    told = [*answers, *(row["data"] for row in events), str(logs)]
    assert len(secrets) >= 4
    assert logs
    for secret in secrets:
        assert not any(secret in text for text in told)
    assert not any(attempt.verifier in text for text in told[1:])
