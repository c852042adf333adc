"""Two people at one thing in a running house: nobody undoes what they did not see."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.e2e.client import Answer, Crowd, Json, Person, people
from tests.house import RunningHouse
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def crowd(shared_house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(shared_house.base_url) as crowd:
        yield crowd


def tag(answer: Answer) -> str:
    [found] = [v for name, v in answer.headers.items() if name.lower() == "etag"]
    return found


async def tag_of(person: Person, path: str) -> str:
    answer = await person.ask("GET", path)
    assert answer.status == 200, answer
    return tag(answer)


async def if_match(
    person: Person, method: str, path: str, tag: str, body: Json | None = None
) -> Answer:
    return await person.ask(method, path, body, **{"If-Match": tag})


async def test_nobody_undoes_what_they_have_not_seen(
    shared_house: RunningHouse, crowd: Crowd
) -> None:
    owner = await crowd.owner(shared_house.setup_token)
    admin = await crowd.friend_of(owner, "adam", "admin")
    friend = await crowd.friend_of(owner, "fred")

    await a_monitor_is_changed_by_one_of_two(owner, admin)
    await a_user_is_changed_by_one_of_two(owner, admin, friend)
    await what_has_no_version_meets_no_condition(owner)


async def a_monitor_is_changed_by_one_of_two(owner: Person, admin: Person) -> None:
    monitor = {"name": "MediaNest", "url": f"{owner.base_url}/health", "intervalS": 5}
    made = await owner.post("/v1/monitors", monitor)
    path = f"/v1/monitors/{made['id']}"

    async def seen_up() -> bool:
        return bool((await owner.get(path))["state"] == "UP")

    first_seen = await tag_of(owner, path)
    await eventually(seen_up, within_s=15)
    # It was checked since, and is in no other version.
    outcomes = await asyncio.gather(
        if_match(owner, "PATCH", path, first_seen, {"retries": 1}),
        if_match(admin, "PATCH", path, first_seen, {"retries": 2}),
    )
    [won] = [each for each in outcomes if each.status == 200]
    [lost] = [each for each in outcomes if each.status != 200]
    stale = await if_match(admin, "DELETE", path, first_seen)
    by_query = await admin.ask("DELETE", f"{path}?ifVersion=1")
    gone = await if_match(admin, "DELETE", path, tag(won))
    missing = await if_match(admin, "DELETE", path, tag(won))

    assert (made["version"], won.body["version"]) == (1, 2)
    assert (lost.status, lost.body["reason"]) == (412, "version_changed")
    assert [stale.status, by_query.status, gone.status] == [412, 412, 204]
    assert missing.status == 404


async def a_user_is_changed_by_one_of_two(
    owner: Person, admin: Person, friend: Person
) -> None:
    path = f"/v1/users/{friend.id}"
    seen = await tag_of(admin, path)

    own = await if_match(
        friend, "PATCH", path, await tag_of(friend, path), {"email": "f@example.org"}
    )
    late = await if_match(admin, "PATCH", path, seen, {"role": "viewer"})
    again = await if_match(
        admin, "PATCH", path, await tag_of(admin, path), {"role": "viewer"}
    )
    weak = await if_match(owner, "DELETE", path, f"W/{tag(again)}")
    [listed] = [
        each
        for each in (await owner.get("/v1/users"))["users"]
        if each["id"] == friend.id
    ]
    any_version = await if_match(owner, "DELETE", path, "*")

    assert (own.status, late.status, again.status) == (200, 412, 200)
    assert (weak.status, weak.body["reason"]) == (412, "version_changed")
    assert (listed["version"], listed["role"]) == (3, "viewer")
    assert any_version.status == 204


async def what_has_no_version_meets_no_condition(owner: Person) -> None:
    refused = await if_match(owner, "POST", "/v1/invites", '"seen"', {})
    malformed = await if_match(owner, "PATCH", f"/v1/users/{owner.id}", "seen", {})

    assert (refused.status, refused.body["reason"]) == (412, "version_unknown")
    assert malformed.status == 400
    assert (await owner.get("/v1/invites"))["invites"][0]["uses"] == 1
