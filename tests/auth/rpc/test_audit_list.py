"""The audit log can be searched, paged through and taken away, by who may."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from medianest.auth.v1 import audit_pb2, keys_pb2, users_pb2
from tests.auth.house import House, Person, reason

Entries = list[audit_pb2.AuditEntry]


async def listed(house: House, by: Person, **wanted: Any) -> Entries:
    """All pages, two entries each."""
    found: Entries = []
    token = ""
    while True:
        page = await house.audit.ListAuditEntries(
            audit_pb2.ListAuditEntriesRequest(
                filter=audit_pb2.AuditFilter(**wanted), page_size=2, page_token=token
            ),
            metadata=by.metadata,
        )
        found += page.entries
        token = page.next_page_token
        if not token:
            return found


async def exported(house: House, by: Person, **wanted: Any) -> Entries:
    request = audit_pb2.ExportAuditEntriesRequest(
        filter=audit_pb2.AuditFilter(**wanted)
    )
    stream = house.audit.ExportAuditEntries(request, metadata=by.metadata)
    return [entry async for entry in stream]


async def table(house: House, by: Person) -> tuple[str, list[dict[str, str]]]:
    stream = house.audit.ExportAuditCsv(
        audit_pb2.ExportAuditCsvRequest(), metadata=by.metadata
    )
    parts = [part async for part in stream]
    text = b"".join(part.data for part in parts).decode()
    return parts[0].content_type, list(csv.DictReader(io.StringIO(text, newline="")))


async def cut_key(house: House, by: Person, name: str) -> keys_pb2.CreateKeyResponse:
    return await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name=name), metadata=by.metadata
    )


def at(house: House, seconds: int = 0) -> Timestamp:
    time = Timestamp()
    time.FromDatetime(house.clock.now() + timedelta(seconds=seconds))
    return time


@pytest.fixture
async def frieda(house: House, owner: Person) -> Person:
    """A friend, a second later, and then a second more."""
    house.clock.advance(timedelta(seconds=1))
    friend = await house.member(owner, "frieda")
    house.clock.advance(timedelta(seconds=1))
    return friend


async def test_pages_hold_everything_once_newest_first(
    house: House, owner: Person, frieda: Person
) -> None:
    keys = [(await cut_key(house, frieda, name)).key for name in "abcde"]

    entries = await listed(house, owner)

    times = [entry.at.ToNanoseconds() for entry in entries]
    assert times == sorted(times, reverse=True)
    assert len({entry.id for entry in entries}) == len(entries)
    assert [entry.id for entry in entries] == [
        entry.id for entry in await exported(house, owner)
    ]
    assert {entry.target for entry in entries[:5]} == {f"key:{key.id}" for key in keys}


async def test_entries_are_found_by_who_what_on_what_and_when(
    house: House, owner: Person, frieda: Person
) -> None:
    cut = await cut_key(house, frieda, "bot")
    target = f"key:{cut.key.id}"

    async def actions(**wanted: Any) -> set[str]:
        return {entry.action for entry in await listed(house, owner, **wanted)}

    assert await actions(actor_id=frieda.user.id) == {
        *("session.started", "invite.redeemed", "key.created")
    }
    assert await actions(action="key.created") == {"key.created"}
    assert await actions(target=target) == {"key.created"}
    assert await actions(target=target, actor_id=owner.user.id) == set()
    assert await actions(since=at(house)) == {"key.created"}
    assert await actions(since=at(house, -2), until=at(house, -1)) == {
        *("house.set_up", "session.started")
    }
    assert await actions(since=at(house, 1)) == set()


async def test_an_entry_names_who_it_was_as_long_as_they_are_there(
    house: House, owner: Person, frieda: Person
) -> None:
    await cut_key(house, frieda, "bot")
    (entry,) = await listed(house, owner, action="key.created")
    await house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=frieda.user.id), metadata=owner.metadata
    )
    (later,) = await listed(house, owner, action="key.created")

    assert (entry.actor_id, entry.actor_name) == (frieda.user.id, "frieda")
    assert (later.actor_id, later.actor_name) == (frieda.user.id, "")


async def test_a_token_of_a_page_is_good_for_its_filter_only(
    house: House, owner: Person
) -> None:
    request = audit_pb2.ListAuditEntriesRequest(page_size=1)
    page = await house.audit.ListAuditEntries(request, metadata=owner.metadata)
    request.page_token = page.next_page_token
    request.filter.action = "user.changed"

    call = house.audit.ListAuditEntries(request, metadata=owner.metadata)
    assert await reason(call) == "page_token_invalid"


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"actor_id": "olga"}, "filter.actor_id"),
        ({"action": "x" * 129}, "filter.action"),
        ({"target": "user\0"}, "filter.target"),
        ({"since": Timestamp(seconds=2**62)}, "filter.since"),
        ({"until": Timestamp(nanos=-1)}, "filter.until"),
    ],
)
async def test_a_filter_that_is_none_is_refused(
    house: House, owner: Person, wanted: dict[str, Any], field: str
) -> None:
    call = house.audit.ListAuditEntries(
        audit_pb2.ListAuditEntriesRequest(filter=audit_pb2.AuditFilter(**wanted)),
        metadata=owner.metadata,
    )

    assert await reason(call) == "invalid", field


async def test_only_who_manages_users_reads_it(
    house: House, owner: Person, frieda: Person
) -> None:
    assert await reason(listed(house, frieda)) == "not_permitted"
    assert await reason(exported(house, frieda)) == "not_permitted"
    assert await reason(table(house, frieda)) == "not_permitted"


async def test_a_table_has_a_line_for_each_entry(
    house: House, owner: Person, frieda: Person
) -> None:
    await cut_key(house, frieda, "bot")

    kind, lines = await table(house, owner)

    assert kind == "text/csv; charset=utf-8; header=present"
    assert [line["id"] for line in lines] == [
        entry.id for entry in await exported(house, owner)
    ]
    assert lines[0]["action"] == "key.created"
    assert lines[0]["actor_name"] == "frieda"


async def test_no_cell_of_the_table_is_a_formula(house: House, owner: Person) -> None:
    # What somebody chooses stands in a cell of its own only as a name.
    await house.database.execute("UPDATE users SET name = '-1'")
    await cut_key(house, owner, "=cmd|' /C calc'!A0")

    _, lines = await table(house, owner)

    assert {line["actor_name"] for line in lines} == {"'-1"}
    for line in lines:
        for cell in line.values():
            assert not cell.lstrip().startswith(("=", "+", "-", "@"))


async def test_a_long_log_is_told_in_parts(house: House, owner: Person) -> None:
    await house.database.execute(
        """
        INSERT INTO audit (id, at, action, session_id, address, target, before, after)
        SELECT gen_random_uuid(), now() - make_interval(secs => number), 'test.test',
               '', '', 'user:1', '{}', '{}'
          FROM generate_series(1, 1200) AS number
        """
    )

    entries = await exported(house, owner, action="test.test")
    _, lines = await table(house, owner)

    assert len({entry.id for entry in entries}) == 1200
    assert sum(line["action"] == "test.test" for line in lines) == 1200
