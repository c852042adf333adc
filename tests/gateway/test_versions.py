"""`If-Match`: a write is done to the version that was seen, or not at all."""

from typing import Any

import pytest
from google.protobuf.empty_pb2 import Empty

from kit.errors import Missing, VersionChanged
from medianest.status.v1 import monitors_pb2
from tests.gateway.contract import everything, message
from tests.gateway.house import House, Told, running_house
from tests.gateway.paths import (
    DELETE,
    DELETE_DRAFT,
    GET,
    GET_DRAFT,
    POST,
    UPDATE_DRAFT,
)
from tests.gateway.wire import raw

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def house(lasting_house: House) -> House:
    return lasting_house


PATH = "/v1/drafts/a"
LONG = "long " * 500
H = "0123456789abcdef0123"


def draft(**fields: Any) -> Any:
    return message("Draft")(**{"name": "a", "version": 3, **fields})


async def change(house: House, if_match: str, query: str = "") -> Told:
    house.backend.on(UPDATE_DRAFT, draft(version=4))
    return await house.ask(
        "PATCH", PATH + query, json={"text": "new"}, headers={"If-Match": if_match}
    )


def asked_version(house: House, path: str = UPDATE_DRAFT) -> int:
    return int(house.backend.last(path).message.if_version)


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", [PATH, PATH + "?fields=text"])
async def test_the_tag_of_an_answer_is_the_condition_of_a_write(
    house: House, path: str, encoding: str
) -> None:
    house.backend.on(GET_DRAFT, draft(text=LONG))

    read = await house.ask("GET", path, headers={"Accept-Encoding": encoding})
    told = await change(house, read.headers["etag"])

    assert (told.status, asked_version(house)) == (200, 3)
    assert not read.headers["etag"].startswith("W/")


async def test_the_answer_of_a_write_is_the_condition_of_the_next(house: House) -> None:
    first = await change(house, "*")
    house.backend.on(GET_DRAFT, draft(version=4))
    read = await house.ask("GET", PATH)

    await change(house, first.headers["etag"])

    assert asked_version(house) == 4
    assert read.headers["etag"] == first.headers["etag"]


async def test_a_version_stands_for_all_that_was_shown_of_it(house: House) -> None:
    house.backend.on(GET_DRAFT, draft(text="as it was seen"))
    before = await house.ask("GET", PATH)
    house.backend.on(GET_DRAFT, draft(text="as it has been checked since"))
    after = await house.ask("GET", PATH)

    told = await change(house, before.headers["etag"])

    assert before.headers["etag"] != after.headers["etag"]
    assert (told.status, asked_version(house)) == (200, 3)


async def test_a_tag_with_a_version_is_still_a_tag(house: House) -> None:
    house.backend.on(GET_DRAFT, draft(text=LONG))
    read = await house.ask("GET", PATH)

    again = await house.ask(
        "GET",
        PATH,
        headers={"If-None-Match": read.headers["etag"], "Accept-Encoding": "br"},
    )

    assert again.status == 304
    assert again.headers["etag"] == read.headers["etag"][:-1] + '.br"'


async def test_an_answer_that_is_one_field_has_the_version_of_that(
    house: House,
) -> None:
    house.backend.on(GET_DRAFT, draft(shown=draft(version=9)))

    read = await house.ask("GET", PATH + "/shown")

    assert read.headers["etag"].endswith('.v9"')


async def test_what_has_no_version_has_a_tag_without_one(house: House) -> None:
    house.backend.on(GET, everything(text="a"))
    house.backend.on(POST, everything(text="a"))

    read = await house.ask("GET", "/v1/everything")
    written = await house.ask("POST", "/v1/everything", json={})

    assert ".v" not in read.headers["etag"]
    assert "etag" not in written.headers


@pytest.mark.parametrize(
    ("if_match", "version"),
    [
        *(("*", 0), (" * ", 0), (f'"{H}.v3"', 3), (f'"{H}.v3.gzip"', 3)),
        *((f'"other", "{H}.v3.br"', 3), (f', ,"{H}.v3" ,, ', 3)),
        *((f'"{H}.v2", "{H}.v12"', 12), (f'"a,b", "{H}.v3"', 3)),
        *((f'W/"{H}.v9", "{H}.v3"', 3), (f'"{H}.v2147483647"', 2**31 - 1)),
    ],
)
async def test_a_condition_is_the_newest_version_that_it_names(
    house: House, if_match: str, version: int
) -> None:
    told = await change(house, if_match)

    assert (told.status, asked_version(house)) == (200, version)


@pytest.mark.parametrize(
    "if_match",
    [
        *(f'W/"{H}.v3"', f'"{H}"', '""', '"*"', '"v3"', f'"{H}.v0"', f'"{H}.v03"'),
        *(f'"{H}.v-1"', f'"{H}.v2147483648"', f'"{H}.v9999999999"', f'"{H}.V3"'),
        *(f'"{H}.v3.gzip.br"', f'"x{H}.v3"', f'"{H.upper()}.v3"', f'"{H}.v٣"'),
    ],
)
async def test_a_condition_that_nothing_meets_is_a_version_that_there_is_not(
    house: House, if_match: str
) -> None:
    await change(house, if_match)

    assert asked_version(house) == -1


MALFORMED = {
    "nothing": "",
    "blanks": " \t ",
    "commas": ",,, ,",
    "bare": f"{H}.v3",
    "open": f'"{H}.v3',
    "single quotes": f"'{H}.v3'",
    "two without a comma": f'"{H}.v3" "{H}.v3"',
    "star in a list": f'*, "{H}.v3"',
    "two stars": "**",
    "weak in small": f'w/"{H}.v3"',
    "weak apart": f'W/ "{H}.v3"',
    "blank inside": '"a b"',
    "json": '{"version":3}',
    "9 KB of blanks": '"a"' + " " * 9000 + "x",
    "9 KB of quotes": '"' * 9001,
    "9 KB of commas": "," * 9000,
    "9 KB of tags": '"a",' * 2250 + "a",
}


@pytest.mark.parametrize("what", MALFORMED)
async def test_what_is_no_condition_is_refused_by_its_name(
    house: House, what: str
) -> None:
    house.backend.on(UPDATE_DRAFT, draft())

    status, body = await raw(
        house,
        f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: 2\r\nIf-Match: {MALFORMED[what]}\r\n\r\n{{}}",
    )

    assert status == 400
    assert b'"field":"If-Match"' in body
    assert house.backend.times(UPDATE_DRAFT) == 0


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        *(('"' + "a" * 9000 + '"', 200), ('"a",' * 2250 + f'"{H}.v3"', 200)),
        *(('"\xff\xfe\x80"', 200), ('"a",' * 9000, 431)),
    ],
    ids=["one tag of 9 KB", "9 KB of tags", "not UTF-8", "36 KB of tags"],
)
async def test_a_strange_condition_is_read_like_any_other(
    house: House, if_match: str, status: int
) -> None:
    house.backend.on(UPDATE_DRAFT, draft())

    told, _ = await raw(
        house,
        f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Content-Length: 2\r\nIf-Match: {if_match}\r\n\r\n{{}}",
    )

    assert told == status


async def test_a_condition_on_two_lines_is_one_list(house: House) -> None:
    house.backend.on(UPDATE_DRAFT, draft())
    head = (
        f"PATCH {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        'Content-Length: 2\r\nIf-Match: "{}"\r\nIf-Match: {}\r\n\r\n{{}}'
    )

    listed, _ = await raw(house, head.format(f"{H}.v3", '"other"'))
    starred, body = await raw(house, head.format(f"{H}.v3", "*"))

    assert (listed, asked_version(house)) == (200, 3)
    assert (starred, b'"field":"If-Match"' in body) == (400, True)


async def test_the_version_may_be_said_in_query_or_body_as_well(house: House) -> None:
    house.backend.on(UPDATE_DRAFT, draft(version=4))
    house.backend.on(DELETE_DRAFT, Empty())
    tag = {"If-Match": f'"{H}.v3"'}

    seen = []
    for query, headers in (("?ifVersion=3", {}), ("?if_version=3", tag)):
        await house.ask("PATCH", PATH + query, json={"text": "b"}, headers=headers)
        seen.append(asked_version(house))
    for body, headers in (({"ifVersion": 3}, {}), ({"ifVersion": 0}, tag)):
        await house.ask("POST", PATH + ":publish", json=body, headers=headers)
        seen.append(asked_version(house))
    for query, headers in (("?ifVersion=3", {"If-Match": "*"}), ("", tag)):
        told = await house.ask("DELETE", PATH + query, headers=headers)
        seen.append(asked_version(house, DELETE_DRAFT))

    assert seen == [3] * 6
    assert told.status == 204
    assert list(house.backend.of(UPDATE_DRAFT)[0].message.update_mask.paths) == ["text"]


@pytest.mark.parametrize("if_match", [f'"{H}.v4"', '"other"', f'W/"{H}.v3"'])
async def test_two_conditions_that_differ_are_refused(
    house: House, if_match: str
) -> None:
    told = await change(house, if_match, "?ifVersion=3")

    assert (told.status, list(told.wrong_fields)) == (400, ["If-Match"])
    assert house.backend.times(UPDATE_DRAFT) == 0


async def test_a_condition_that_does_not_hold_is_412(house: House) -> None:
    house.backend.on(UPDATE_DRAFT, VersionChanged())

    told = await house.ask(
        "PATCH", PATH, json={"text": "b"}, headers={"If-Match": f'"{H}.v3"'}
    )

    assert (told.status, told.json["reason"]) == (412, "version_changed")
    assert told.json["title"] == "Precondition Failed"
    assert "Look again" in told.json["detail"]


async def test_what_is_aborted_for_another_reason_is_a_conflict(house: House) -> None:
    class TurnLost(VersionChanged):
        reason = "turn_lost"

    house.backend.on(UPDATE_DRAFT, TurnLost())

    told = await house.ask("PATCH", PATH, json={"text": "b"})

    assert (told.status, told.json["reason"]) == (409, "turn_lost")


async def test_what_is_missing_is_so_in_whatever_version(house: House) -> None:
    house.backend.on(UPDATE_DRAFT, Missing("There is no such draft."))

    told = await house.ask(
        "PATCH", PATH, json={"text": "b"}, headers={"If-Match": 'W/"x"'}
    )

    assert told.status == 404


@pytest.mark.parametrize(
    ("method", "path", "asked"),
    [("POST", "/v1/everything", POST), ("DELETE", "/v1/everything/a", DELETE)],
)
async def test_a_write_without_versions_meets_no_condition_but_any(
    house: House, method: str, path: str, asked: str
) -> None:
    house.backend.on(asked, Empty() if asked == DELETE else everything())

    refused = await house.ask(method, path, headers={"If-Match": f'"{H}.v3"'})
    done = await house.ask(method, path, headers={"If-Match": "*"})

    assert (refused.status, refused.json["reason"]) == (412, "version_unknown")
    assert (done.status // 100, house.backend.times(asked)) == (2, 1)


async def test_a_wrong_request_is_wrong_before_its_condition(house: House) -> None:
    told = await house.ask(
        "PATCH", PATH, json={"nothing": 1}, headers={"If-Match": "nonsense"}
    )

    assert list(told.wrong_fields) == ["nothing"]


async def test_a_read_answers_if_it_is_still_what_was_seen(house: House) -> None:
    house.backend.on(GET_DRAFT, draft(text=LONG))
    seen = (await house.ask("GET", PATH)).headers["etag"]
    encoded = {"If-Match": f'"x", {seen}', "Accept-Encoding": "gzip"}

    same = await house.ask("GET", PATH, headers=encoded)
    any_of_it = await house.ask("HEAD", PATH, headers={"If-Match": "*"})
    weak = await house.ask("GET", PATH, headers={"If-Match": f"W/{seen}"})
    house.backend.on(GET_DRAFT, draft(text="another"))
    other = await house.ask("GET", PATH, headers={"If-Match": seen})

    assert [each.status for each in (same, any_of_it, weak, other)] == [
        *(200, 200, 412, 412)
    ]


async def test_a_list_has_the_version_of_each(house: House) -> None:
    owner = house.sign_in("owner", permissions=1 << 41)
    page = monitors_pb2.ListMonitorsResponse(monitors=[{"version": 7}])
    house.backend.on("/medianest.status.v1.MonitorsService/ListMonitors", page)

    told = await house.ask("GET", "/v1/monitors", token=owner)

    assert told.json["monitors"][0]["version"] == 7


async def test_a_friendly_origin_may_send_a_condition() -> None:
    friend = "https://tv.example.org"
    async with running_house(allowed_origins=friend) as house:
        asked = {"Origin": friend, "Access-Control-Request-Method": "PATCH"}
        told = await house.ask("OPTIONS", PATH, headers=asked)

    allowed = told.headers["access-control-allow-headers"].split(", ")
    assert {"If-Match", "If-None-Match"} <= set(allowed)
