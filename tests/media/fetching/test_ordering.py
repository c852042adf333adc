"""Orders come about with approvals, however those come about, and end with them."""

from contextlib import suppress
from uuid import uuid4

import pytest

from kit import migrate
from kit.postgres import Database
from services.media.__main__ import MIGRATIONS
from tests.media.fetching.house import House
from tests.media.requests.house import ADA, NOON, OWNER


async def orders(database: Database) -> dict[str, int]:
    rows = await database.fetch(
        "SELECT state, count(request_id) AS count FROM orders GROUP BY state"
    )
    return {row["state"]: row["count"] for row in rows}


async def insert(house: House, state: str, count: int) -> None:
    """Many requests at once."""
    await house.database.execute(
        "INSERT INTO requesters VALUES ('id-1', 'N') ON CONFLICT DO NOTHING"
    )
    await house.database.execute(
        """
        INSERT INTO requests (id, title_id, state, requested_by, seasons, kind,
                              created_at, updated_at)
        SELECT gen_random_uuid(), $1, $2, 'id-1', '{}', 'movie', $4, $4
          FROM generate_series(1, $3)
        """,
        await house.film(),
        state,
        count,
        NOON,
    )


async def test_who_needs_no_approval_has_an_order_at_once(house: House) -> None:
    request = await house.desk.ask(await house.film(), by=OWNER)

    assert await house.state(request) == "WAITING"


async def test_an_approval_that_is_undone_orders_nothing(house: House) -> None:
    asked = await house.desk.ask(await house.film())

    with suppress(ZeroDivisionError):
        async with house.database.transaction() as conn:
            await conn.execute(
                "UPDATE requests SET state = 'APPROVED' WHERE id = $1", asked.id
            )
            raise ZeroDivisionError

    assert await orders(house.database) == {}


async def test_many_are_ordered_and_ended_in_one_statement(house: House) -> None:
    await insert(house, "PENDING", 3000)
    await house.database.execute("UPDATE requests SET state = 'APPROVED'")
    assert await orders(house.database) == {"WAITING": 3000}

    await house.database.execute("UPDATE requests SET version = version + 1")
    await house.database.execute(
        "UPDATE requests SET state = 'CANCELED' WHERE state = 'APPROVED'"
    )

    assert await orders(house.database) == {"ENDED": 3000}


async def test_what_is_asked_for_in_words_is_not_ordered(house: House) -> None:
    await house.desk.ask(await house.film(), by=ADA)
    await house.database.execute(
        """
        INSERT INTO requests (id, words, state, requested_by, seasons, created_at,
                              updated_at)
        VALUES ($1, 'That one with the dog', 'APPROVED', $2, '{}', $3, $3)
        """,
        uuid4(),
        ADA.user_id,
        NOON,
    )

    assert await orders(house.database) == {}


async def test_what_was_approved_before_there_were_orders_is_ordered(
    house: House, media: tuple[Database, str]
) -> None:
    database, url = media
    migrations = migrate.of_service("media", MIGRATIONS, url)
    await insert(house, "APPROVED", 3)
    await insert(house, "AVAILABLE", 2)
    while await database.fetchval("SELECT to_regclass('orders') IS NOT NULL"):
        await migrations.down(1)

    await migrations.up()

    assert await orders(database) == {"WAITING": 3}


@pytest.mark.parametrize(
    ("state", "then"),
    [("CANCELED", "ENDED"), ("DECLINED", "ENDED"), ("FAILED", "FAILED")],
)
async def test_an_order_ends_with_its_request_and_begins_anew_with_it(
    house: House, state: str, then: str
) -> None:
    request = await house.approved(await house.film())
    now = house.clock.now()
    await house.database.execute(
        """
        UPDATE orders SET attempts = 9, refusals = 3, last_words = 'no',
               claim_id = $1, claimed_until = $2
        """,
        uuid4(),
        now,
    )

    await house.database.execute("UPDATE requests SET state = $1", state)
    assert await house.state(request) == then
    assert (await house.order(request))["claim_id"] is None
    await house.database.execute("UPDATE requests SET state = 'APPROVED'")

    order = await house.order(request)
    assert (order["state"], order["attempts"], order["refusals"]) == ("WAITING", 0, 0)
    assert order["last_words"] == ""
