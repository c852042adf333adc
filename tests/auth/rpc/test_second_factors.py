"""What is asked for beside a password, and who is let in with it."""

import asyncio
import hashlib
from datetime import timedelta

import pyotp
import pytest
from grpc import StatusCode, aio

from medianest.auth.v1 import keys_pb2, second_factors_pb2
from tests.auth.factors import (
    code_at,
    confirm,
    disable,
    enabled,
    factor_of,
    offer,
    renew,
)
from tests.auth.house import PASSWORD, House, Person, Refusal, reason, refusal

HALF_A_MINUTE = timedelta(seconds=30)


async def test_from_the_first_code_on_a_sign_in_takes_one(
    house: House, owner: Person
) -> None:
    offered = await offer(house, owner)
    before = await house.sign_in("olga")
    app = pyotp.parse_uri(offered.uri)
    codes = await confirm(house, owner, code_at(offered.secret, house))
    house.clock.advance(HALF_A_MINUTE)

    assert (app.name, app.issuer) == ("olga", "MediaNest")
    assert len(set(codes)) == 10
    needed = await refusal(house.sign_in("olga"))
    assert needed == Refusal(StatusCode.UNAUTHENTICATED, "second_factor_needed", "code")
    person = await house.sign_in("olga", code=code_at(offered.secret, house))
    assert person.user.id == owner.user.id
    # The other session had shown no code.
    assert await reason(house.exchange(before.token)) == "session_unknown"
    assert (await house.exchange(owner.token)).session_id == owner.session_id


async def test_only_the_right_password_learns_that_a_code_is_asked_for(
    house: House, owner: Person
) -> None:
    secret, _ = await enabled(house, owner)

    for code in ["", code_at(secret, house), "000000"]:
        wrong = await refusal(house.sign_in("olga", "wrong horse 7", code))

        assert wrong == Refusal(StatusCode.UNAUTHENTICATED, "credentials_wrong", "")


async def test_a_code_is_good_once(house: House, owner: Person) -> None:
    secret, _ = await enabled(house, owner)
    code = code_at(secret, house)
    await house.sign_in("olga", code=code)

    for late in (timedelta(0), HALF_A_MINUTE):
        house.clock.advance(late)
        again = await refusal(house.sign_in("olga", code=code))
        assert again == Refusal(StatusCode.PERMISSION_DENIED, "code_wrong", "code")


async def test_the_code_that_confirmed_is_used(house: House, owner: Person) -> None:
    offered = await offer(house, owner)
    code = code_at(offered.secret, house)
    await confirm(house, owner, code)

    assert await reason(house.sign_in("olga", code=code)) == "code_wrong"


async def test_of_many_with_the_same_code_at_once_one_gets_in(
    house: House, owner: Person
) -> None:
    secret, codes = await enabled(house, owner)

    for is_recovery in (False, True):
        # Until the failures before are forgotten.
        house.clock.advance(timedelta(days=2))
        code = codes[0] if is_recovery else code_at(secret, house)
        outcomes = await asyncio.gather(
            *(house.sign_in("olga", code=code) for _ in range(5)),
            return_exceptions=True,
        )

        refused = [each for each in outcomes if isinstance(each, aio.AioRpcError)]
        assert len(refused) == 4
        # The last of them may find that the others have failed too often.
        assert {each.code() for each in refused} <= {
            StatusCode.PERMISSION_DENIED,
            StatusCode.RESOURCE_EXHAUSTED,
        }
    # Nothing is half done: one session for each code, beside the one that there was.
    assert await house.database.fetchval("SELECT count(id) FROM sessions") == 3


@pytest.mark.parametrize(
    ("steps", "is_good"), [(-2, False), (-1, True), (1, True), (2, False)]
)
async def test_clocks_may_go_wrong_by_half_a_minute(
    house: House, owner: Person, steps: int, is_good: bool
) -> None:
    secret, _ = await enabled(house, owner)
    house.clock.advance(2 * HALF_A_MINUTE)
    code = code_at(secret, house, steps)

    if is_good:
        assert (await house.sign_in("olga", code=code)).user.id == owner.user.id
    else:
        assert await reason(house.sign_in("olga", code=code)) == "code_wrong"


async def test_what_is_no_code_is_told_so(house: House, owner: Person) -> None:
    secret, codes = await enabled(house, owner)
    for spoil in (
        lambda good: good[:-1],
        lambda good: good + "0",
        lambda good: "\0" + good,
        lambda _: "-1",
        lambda _: "１２３４５６",
        lambda _: "' OR 1=1",
        lambda _: " ",
        lambda _: codes[0][:-1],
        lambda _: "a" * 16,
        lambda _: secret,
    ):
        # Until what was tried before is forgotten.
        house.clock.advance(timedelta(days=2))
        code = spoil(code_at(secret, house))
        assert await reason(house.sign_in("olga", code=code)) == "code_wrong", code
    assert await reason(house.sign_in("olga", code="x" * 65)) == "invalid"
    good = code_at(secret, house)
    await house.sign_in("olga", code=f" {good[:3]} {good[3:]} ")


async def test_guessing_codes_costs_waiting_as_guessing_passwords_does(
    house: House, owner: Person
) -> None:
    secret, _ = await enabled(house, owner)
    house.clock.advance(2 * HALF_A_MINUTE)
    for _ in range(5):
        assert await reason(house.sign_in("olga", code="000")) == "code_wrong"

    code = code_at(secret, house)
    assert await reason(house.sign_in("olga", code=code)) == "sign_in_throttled"


async def test_a_recovery_code_is_good_once_however_it_is_typed(
    house: House, owner: Person
) -> None:
    _, codes = await enabled(house, owner)

    await house.sign_in("olga", code=codes[0])
    await house.sign_in("olga", code=codes[1].upper().replace("-", " "))

    for used in codes[:2]:
        assert await reason(house.sign_in("olga", code=used)) == "code_wrong"
    assert (await factor_of(house, owner)).recovery_codes_left == 8


async def test_new_recovery_codes_take_the_place_of_the_old(
    house: House, owner: Person
) -> None:
    secret, old = await enabled(house, owner)

    assert await reason(renew(house, owner, "000000")) == "code_wrong"
    new = await renew(house, owner, code_at(secret, house))

    assert not set(new) & set(old)
    assert await reason(house.sign_in("olga", code=old[0])) == "code_wrong"
    await house.sign_in("olga", code=new[0])
    assert (await factor_of(house, owner)).recovery_codes_left == 9


async def test_another_persons_codes_are_good_for_nothing(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    secret, codes = await enabled(house, friend)
    await enabled(house, owner)

    for code in (code_at(secret, house), codes[0]):
        assert await reason(house.sign_in("olga", code=code)) == "code_wrong"


async def test_an_offer_asks_for_the_password_and_nothing_yet(
    house: House, owner: Person
) -> None:
    assert await reason(offer(house, owner, "wrong horse 7")) == "password_wrong"
    assert await reason(offer(house, owner, "")) == "invalid"
    first = await offer(house, owner)
    second = await offer(house, owner)

    assert first.secret != second.secret
    assert (await house.sign_in("olga")).user.id == owner.user.id
    assert not (await factor_of(house, owner)).enabled
    stale = confirm(house, owner, code_at(first.secret, house))
    assert await reason(stale) == "code_wrong"
    await confirm(house, owner, code_at(second.secret, house))
    assert await reason(offer(house, owner)) == "second_factor_exists"
    assert await reason(confirm(house, owner, "000000")) == "second_factor_exists"


async def test_of_many_confirming_at_once_one_has_recovery_codes(
    house: House, owner: Person
) -> None:
    offered = await offer(house, owner)
    code = code_at(offered.secret, house)

    outcomes = await asyncio.gather(
        *(confirm(house, owner, code) for _ in range(5)), return_exceptions=True
    )

    won = [each for each in outcomes if isinstance(each, list)]
    assert len(won) == 1
    await house.sign_in("olga", code=won[0][0])
    assert (await factor_of(house, owner)).recovery_codes_left == 9


async def test_without_an_offer_there_is_nothing_to_confirm(
    house: House, owner: Person
) -> None:
    for call in (
        confirm(house, owner, "000000"),
        renew(house, owner, "000000"),
        disable(house, owner, "000000"),
    ):
        assert await reason(call) == "second_factor_missing"


async def test_it_is_disabled_with_the_password_and_a_code(
    house: House, owner: Person
) -> None:
    secret, _ = await enabled(house, owner)
    good = code_at(secret, house)

    assert await reason(disable(house, owner, "000000")) == "code_wrong"
    assert await reason(disable(house, owner, good, "wrong")) == "password_wrong"
    await disable(house, owner, good)

    assert (await house.sign_in("olga")).user.id == owner.user.id
    assert not (await factor_of(house, owner)).enabled
    assert await house.database.fetchval("SELECT count(1) FROM recovery_codes") == 0


async def test_an_admin_disables_it_for_those_whom_they_manage(
    house: House, owner: Person
) -> None:
    admin = await house.member(owner, "adam", "admin")
    friend = await house.member(owner, "frieda")
    await enabled(house, friend)
    await enabled(house, owner)
    await enabled(house, admin)

    def disable_of(by: Person, whom: str) -> object:
        return house.factors.DisableSecondFactorOf(
            second_factors_pb2.DisableSecondFactorOfRequest(user_id=whom),
            metadata=by.metadata,
        )

    for by, whom, why in [
        (friend, owner.user.id, "not_permitted"),
        (admin, owner.user.id, "owner_unchangeable"),
        (admin, admin.user.id, "is_yourself"),
        (admin, "", "invalid"),
        (admin, "0190f6a2-6c1e-7d4b-9a35-2f1c8e7b6d50", "user_missing"),
    ]:
        assert await reason(disable_of(by, whom)) == why  # type: ignore[arg-type]
    await disable_of(admin, friend.user.id)  # type: ignore[misc]

    assert (await house.sign_in("frieda")).user.id == friend.user.id
    again = disable_of(admin, friend.user.id)
    assert await reason(again) == "second_factor_missing"  # type: ignore[arg-type]


async def test_a_key_has_nothing_to_do_with_it(house: House, owner: Person) -> None:
    secret, _ = await enabled(house, owner)
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="Home Assistant"), metadata=owner.metadata
    )
    key = Person(owner.user, "", made.secret, await house.metadata(made.secret))
    code = code_at(secret, house)

    for call in (
        offer(house, key),
        confirm(house, key, code),
        renew(house, key, code),
        disable(house, key, code),
    ):
        assert await reason(call) == "key_refused"


async def test_a_secret_is_kept_sealed_and_codes_as_digests(
    house: House, owner: Person
) -> None:
    secret, codes = await enabled(house, owner)

    kept = await house.database.fetchval("SELECT sealed_secret FROM second_factors")
    rows = await house.database.fetch("SELECT code_sha256 FROM recovery_codes")

    assert secret.encode() not in kept
    digests = {
        hashlib.sha256(code.replace("-", "").encode()).digest() for code in codes
    }
    assert {row[0] for row in rows} == digests
    events = await house.database.fetch("SELECT o::text FROM outbox AS o")
    text = "".join(row[0] for row in events)
    assert all(each not in text for each in (secret, *codes, PASSWORD))
