"""What was written down is told: in order, once, and to nobody's cost but its own."""

from datetime import timedelta
from uuid import uuid4

import pytest

from kit.background import running
from kit.delivery.ledger import forget_old, forget_target
from kit.delivery.message import (
    Delivery,
    DeliveryMissing,
    Message,
    Sending,
    Target,
    TargetRefused,
)
from kit.http import AskedTooOften, UpstreamAway
from tests.kit.delivery.house import DeliveryHouse, about, forever
from tests.waiting import eventually

DAY = timedelta(hours=24)


async def away(target: Target, sending: Sending) -> None:
    raise UpstreamAway("It does not answer.")


async def test_what_is_enqueued_is_told_in_order_and_once(
    at_work: DeliveryHouse,
) -> None:
    await at_work.tell(250)
    assert await at_work.enqueue(about(7, at_work.target_id)) == 0

    await eventually(lambda: len(at_work.heard()) == 250)

    assert at_work.heard() == [f"Title {number}" for number in range(250)]
    assert len(set(at_work.ears.ids)) == 250
    await eventually(lambda: is_ended(at_work))
    assert await sent_of(at_work) == 250


async def test_what_is_not_committed_is_not_told(at_work: DeliveryHouse) -> None:
    async def undone() -> None:
        async with at_work.database.transaction() as conn:
            await at_work.deliveries.enqueue(conn, about(1, at_work.target_id))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    await at_work.enqueue(about(2, at_work.target_id))

    await eventually(lambda: at_work.heard() == ["Title 2"])


async def test_targets_that_never_answer_delay_only_their_own(
    at_work: DeliveryHouse,
) -> None:
    dead = {uuid4() for _ in range(12)}

    async def hang(target: Target, sending: Sending) -> None:
        if target.id in dead:
            await forever(target, sending)

    at_work.ears.answer = hang
    for each in dead:
        await at_work.tell(3, each)

    await at_work.tell(20)

    await eventually(lambda: len(at_work.heard()) == 20, within_s=5)
    assert not dead & at_work.ears.heard.keys()


async def test_a_target_that_is_away_is_tried_again_and_gets_all(
    at_work: DeliveryHouse,
) -> None:
    at_work.ears.answer = away
    await at_work.tell(3)
    await eventually(at_work.failures)
    assert await at_work.states() == ["WAITING"] * 3
    assert (await at_work.log())[-1].words == "It does not answer."

    at_work.ears.answer = None
    at_work.clock.advance(timedelta(minutes=6))

    await eventually(lambda: len(at_work.heard()) == 3)
    await eventually(lambda: is_all(at_work, "SENT"))
    assert at_work.heard() == ["Title 0", "Title 1", "Title 2"]
    assert [each.attempts for each in await at_work.log()] == [1, 1, 2]
    assert [each.words for each in await at_work.log()] == ["", "", ""]


async def test_after_a_day_it_is_given_up_with_the_words_that_were_said_last(
    at_work: DeliveryHouse,
) -> None:
    at_work.ears.answer = away
    await at_work.tell(2)
    await eventually(at_work.failures)
    at_work.clock.advance(DAY - timedelta(minutes=1))
    await at_work.enqueue(about(99, at_work.target_id))
    await eventually(lambda: is_failing(at_work, 2))
    assert await at_work.states() == ["WAITING"] * 3

    at_work.clock.advance(timedelta(minutes=6))

    await eventually(lambda: is_failing(at_work, 3))
    assert await at_work.states() == ["FAILED", "FAILED", "WAITING"]
    assert (await at_work.log())[-1].words == (
        "Given up after 24 hours. It does not answer."
    )


async def test_a_house_that_was_off_for_days_still_tries(house: DeliveryHouse) -> None:
    await house.tell(2)
    house.clock.advance(3 * DAY)
    house.ears.answer = away

    async with running(delivering=house.delivering.run()):
        await eventually(house.failures)
        assert await house.states() == ["WAITING"] * 2
        house.ears.answer = None
        house.clock.advance(timedelta(minutes=6))
        await eventually(lambda: is_all(house, "SENT"))


async def test_what_a_target_refuses_has_failed_and_the_next_is_told(
    at_work: DeliveryHouse,
) -> None:
    async def refuse(target: Target, sending: Sending) -> None:
        if sending.message.subject == "Title 0":
            raise TargetRefused("It answered 404: no such room.")

    at_work.ears.answer = refuse
    await at_work.tell(2)

    await eventually(lambda: at_work.heard() == ["Title 1"])
    await eventually(lambda: is_ended(at_work))
    assert await at_work.states() == ["FAILED", "SENT"]
    assert (await at_work.log())[-1].words == "It answered 404: no such room."


async def test_a_failed_delivery_is_tried_again_when_somebody_says_so(
    at_work: DeliveryHouse,
) -> None:
    at_work.book.gone.add(at_work.target_id)
    await at_work.tell(1)
    await eventually(lambda: is_all(at_work, "FAILED"))
    [failed] = await at_work.log()
    assert failed.words == "The target was switched off."

    at_work.book.gone.clear()
    await at_work.deliveries.try_again(at_work.target_id, failed.id)

    await eventually(lambda: at_work.heard() == ["Title 0"])
    await eventually(lambda: is_all(at_work, "SENT"))
    for target_id, delivery_id in (
        (at_work.target_id, failed.id),
        (uuid4(), failed.id),
        (at_work.target_id, uuid4()),
    ):
        with pytest.raises(DeliveryMissing):
            await at_work.deliveries.try_again(target_id, delivery_id)


async def test_a_target_that_wants_to_be_left_alone_is(at_work: DeliveryHouse) -> None:
    async def busy(target: Target, sending: Sending) -> None:
        raise AskedTooOften("Later.", retry_after=timedelta(minutes=30))

    at_work.ears.answer = busy
    await at_work.tell(1)
    await eventually(at_work.failures)

    due_at = await at_work.database.fetchval("SELECT due_at FROM delivery_lines")
    assert due_at - at_work.clock.now() == timedelta(minutes=30)


async def test_a_channel_that_breaks_ends_nothing_but_its_own_try(
    at_work: DeliveryHouse,
) -> None:
    broken = uuid4()

    async def breaks(target: Target, sending: Sending) -> None:
        if target.id == broken:
            raise KeyError("a secret")

    at_work.ears.answer = breaks
    await at_work.tell(1, broken)
    await at_work.tell(1)

    await eventually(lambda: at_work.heard() == ["Title 0"])
    await eventually(lambda: has_words(at_work, broken))
    [kept] = await at_work.log(broken)
    assert kept.words == "MediaNest could not send it: KeyError."


async def test_hostile_words_are_kept_as_far_as_they_can_be(
    at_work: DeliveryHouse,
) -> None:
    message = Message(
        "test",
        "nul \0 half \ud800" + "x" * 10_000,
        "b" * 1_000_000,
        variables={f"v{number}": "\0" for number in range(1_000)},
        extra=tuple(("name", "\ud800") for _ in range(1_000)),
    )

    await at_work.enqueue(Delivery(at_work.target_id, "k", message))

    [heard] = await eventually(at_work.heard)
    assert heard.startswith("nul  half ?xxx")
    assert len(heard) == 500
    size = await at_work.database.fetchval(
        "SELECT length(message::text) FROM deliveries"
    )
    assert size < 20_000
    for key in ("", "k" * 201):
        with pytest.raises(ValueError, match="dedupe key"):
            await at_work.enqueue(Delivery(at_work.target_id, key, message))


async def test_the_log_is_paged_the_newest_first(house: DeliveryHouse) -> None:
    await house.tell(5)

    first = await house.deliveries.log(house.target_id, 3)
    second = await house.deliveries.log(house.target_id, 3, first[-1].place)

    assert [each.subject[-1] for each in (*first, *second)] == list("43210")


async def test_what_ended_is_forgotten_after_30_days_and_a_target_with_all(
    at_work: DeliveryHouse,
) -> None:
    await at_work.tell(2)
    await eventually(lambda: is_all(at_work, "SENT"))
    await at_work.database.execute(
        "UPDATE deliveries SET ended_at = now() - interval '31 days' WHERE id = $1",
        about(0, at_work.target_id).id,
    )
    async with at_work.database.transaction() as conn:
        assert await forget_old(conn) == 1
    assert [each.subject for each in await at_work.log()] == ["Title 1"]

    async with at_work.database.transaction() as conn:
        await forget_target(conn, at_work.target_id)

    assert await at_work.log() == []


async def is_all(house: DeliveryHouse, state: str) -> bool:
    return set(await house.states()) == {state}


async def is_ended(house: DeliveryHouse) -> bool:
    return "WAITING" not in await house.states()


async def is_failing(house: DeliveryHouse, times: int) -> bool:
    return await house.failures() == times


async def has_words(house: DeliveryHouse, target_id: object) -> bool:
    return bool((await house.log(target_id))[0].words)  # type: ignore[arg-type]


async def sent_of(house: DeliveryHouse) -> int:
    return int(
        await house.database.fetchval(
            "SELECT count(id) FROM deliveries WHERE state = 'SENT'"
        )
    )
