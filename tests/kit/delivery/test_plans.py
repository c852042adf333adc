"""However much was delivered, what waits is found at once."""

from uuid import UUID, uuid4

from kit.delivery.ledger import Deliveries
from tests.clock import StoppedClock
from tests.conftest import MakeDatabase
from tests.kit.delivery.house import about
from tests.plans import make_crowd

_FILL = (
    """
    INSERT INTO delivery_lines (target_id, due_at)
    SELECT ('00000000-0000-0000-0000-' || lpad(number::text, 12, '0'))::uuid, $1
      FROM generate_series(1, $2 / 100) AS number
    """,
    """
    INSERT INTO deliveries (id, target_id, dedupe_key, message, state, created_at,
                            asked_at, ended_at)
    SELECT gen_random_uuid(),
           ('00000000-0000-0000-0000-'
            || lpad((1 + number / 100)::text, 12, '0'))::uuid,
           number::text, '{"event": "e", "subject": "s"}', 'SENT', $1, $1, $1
      FROM generate_series(0, $2 - 1) AS number
    """,
)


async def test_lines_and_logs_are_read_by_their_indexes(
    make_database: MakeDatabase,
) -> None:
    database = await make_crowd(make_database, "auth", _FILL)
    deliveries, target_id = Deliveries(database, StoppedClock()), UUID(int=7)
    async with database.transaction() as conn:
        await deliveries.enqueue(conn, about(1, target_id))

    [line] = await deliveries.claim(uuid4(), 24, is_failing=False)
    [waiting] = await deliveries.waiting(line, 100)
    log = await deliveries.log(target_id, 20)

    assert line.target_id == target_id
    assert waiting.message.subject == "Title 1"
    assert len(log) == 20
    claim, wait, page = database.plans
    assert "deliveries_waiting" in claim
    assert "deliveries_waiting" in wait
    assert "deliveries_log" in page
    assert not [plan for plan in database.plans if "Seq Scan on deliveries" in plan]
