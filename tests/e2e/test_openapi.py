"""The document is true of a house that runs: three services, Postgres, Valkey."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from schemathesis import GenerationMode

from tests.e2e.client import Crowd, Json, Person, people
from tests.e2e.conftest import UNLIMITED
from tests.e2e.exploring import Explorer, Known, SignIn, signing_in
from tests.house import RunningHouse, running_house

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(6 * 3600)]

# Of each operation, so many cases that fit the document; and as many that do not, which
# the one who may do everything tries for all.
EXAMPLES = int(os.environ.get("MEDIANEST_TEST_EXAMPLES", "2"))
FITTING, WRONG = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
FILMS = ("The Matrix", "Stalker", "Amélie", "Solaris", "Playtime", "Brazil")


@pytest.fixture
async def house(tmp_path: Path, lived_in: Path) -> AsyncIterator[RunningHouse]:
    async with running_house(
        tmp_path / "house", environment=UNLIMITED, like=lived_in
    ) as house:
        yield house


@pytest.fixture
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


async def test_every_answer_is_what_the_document_says(
    house: RunningHouse, crowd: Crowd, tmp_path: Path
) -> None:
    owner = await crowd.owner(house.setup_token)
    await crowd.friend_of(owner, "fred")
    known = await furnished(crowd, owner, tmp_path / "media")
    document = await owner.get("/api/openapi.json")

    async def explored(sign_in: SignIn | None, examples: int) -> list[str]:
        explorer = Explorer(document, house.base_url, known, sign_in)
        is_owner = sign_in is as_owner
        modes = [FITTING, WRONG] if is_owner else [FITTING]
        streams = sign_in is None
        await asyncio.to_thread(explorer.explore, examples, modes, streams=streams)
        print(explorer.tally, *explorer.tally.complaints, sep="\n")
        return explorer.tally.complaints

    as_owner = signing_in(house.base_url, "olga", "correct horse 7")
    as_friend = signing_in(house.base_url, "fred", "battery staple 8")
    assert await explored(as_owner, EXAMPLES) == []
    assert await explored(as_friend, max(1, EXAMPLES // 2)) == []
    assert await explored(None, max(1, EXAMPLES // 4)) == []
    # Some of those calls sign out everywhere else.
    await owner.enter("/v1/sessions", {"login": "olga", "password": "correct horse 7"})
    await streams_open(crowd, owner, document)


async def streams_open(crowd: Crowd, owner: Person, document: Json) -> None:
    streams = {
        path: set(operation["responses"]["200"]["content"])
        for path, verbs in document["paths"].items()
        for operation in verbs.values()
        if operation["responses"].get("200", {}).get("x-stream")
    }

    assert len(streams) == 6
    for path, kinds in streams.items():
        headers = {"Authorization": f"Bearer {owner.token}"}
        async with crowd.http.get(owner.base_url + path, headers=headers) as opened:
            assert opened.status == 200
            assert kinds == {"*/*"} or opened.content_type in kinds


async def furnished(crowd: Crowd, owner: Person, folder: Path) -> Known:
    """Something of everything that can be named. Those who explore are not among the
    users, who may be removed."""
    known = Known()
    titles = [
        {"originKey": f"test:{name}", "title": {"name": name, "kind": "MOVIE"}}
        for name in FILMS
    ]
    await owner.post("/v1/titles:import", {"titles": titles})
    for name in FILMS:
        found = (await owner.get(f"/v1/search?query={name}"))["titles"]
        known.add("title_id", found[0]["id"])
    (folder / "movies").mkdir(parents=True)
    known.add("path", str(folder))
    monitor = {"name": "nobody", "url": "http://127.0.0.1:9/", "paused": True}
    known.add("monitor_id", (await owner.post("/v1/monitors", monitor))["id"])
    for number in range(3):
        spare = await crowd.friend_of(owner, f"spare{number}")
        known.add("user_id", spare.id)
    return known
