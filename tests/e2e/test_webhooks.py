"""Radarr and Overseerr post as they do, through the gateway; nothing that was answered
is lost when media is killed."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.client import Crowd, Json, Person, people
from tests.e2e.conftest import UNLIMITED
from tests.house import RunningHouse, running_house
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


@pytest.fixture
async def house(tmp_path: Path, lived_in: Path) -> AsyncIterator[RunningHouse]:
    async with running_house(tmp_path, environment=UNLIMITED, like=lived_in) as house:
        yield house


@pytest.fixture
async def crowd(house: RunningHouse) -> AsyncIterator[Crowd]:
    async with people(house.base_url) as crowd:
        yield crowd


@pytest.fixture
async def owner(house: RunningHouse, crowd: Crowd) -> Person:
    return await crowd.owner(house.setup_token)


async def post(
    crowd: Crowd, source: Json, said: bytes, **headers: str
) -> tuple[int, Json]:
    """As a program posts: nobody is signed in."""
    path = crowd.base_url + source["path"]
    async with crowd.http.post(path, data=said, headers=headers) as answer:
        return answer.status, await answer.json(content_type=None)


def grab(number: int) -> bytes:
    return json.dumps({"eventType": "Grab", "downloadId": str(number)}).encode()


async def test_each_program_posts_as_it_can(crowd: Crowd, owner: Person) -> None:
    radarr = {"name": "Radarr", "kind": "RADARR"}
    opened = await owner.post("/v1/webhook-sources", radarr)
    signing = {"name": "Own", "kind": "SEERR", "proof": "HMAC"}
    signed = await owner.post("/v1/webhook-sources", signing)
    source, secret = opened["source"], opened["secret"]
    basic = "Basic " + base64.b64encode(f"radarr:{secret}".encode()).decode()
    said, at = b'{"notification_type": "TEST_NOTIFICATION"}', str(int(time.time()))
    text = f"{at}.".encode() + said
    mac = hmac.new(signed["secret"].encode(), text, hashlib.sha256).hexdigest()
    proof = {"X-Webhook-Timestamp": at, "X-Webhook-Signature": f"sha256={mac}"}

    told = [
        await post(crowd, source, grab(1), Authorization=basic),
        await post(crowd, source, grab(2), Authorization=secret),
        await post(crowd, source, grab(3), Authorization=f"Bearer {secret}"),
        await post(crowd, source, grab(4), **{"X-Webhook-Secret": secret}),
        await post(crowd, signed["source"], said, **proof),
        await post(crowd, signed["source"], said, **proof),
        await post(crowd, source, grab(5), Authorization="Bearer of-nobody"),
        await post(crowd, source, grab(5)),
        await post(crowd, {"path": "/v1/webhooks/media/of-nobody"}, b"{}"),
    ]

    assert [status for status, _ in told] == [200] * 5 + [409, 401, 401, 404]
    assert told[5][1]["reason"] == "webhook_replayed"
    assert told[6][1]["reason"] == told[7][1]["reason"] == "webhook_refused"
    assert told[8][1]["reason"] == "hook_unknown"
    path = f"/v1/webhook-sources/{source['id']}/deliveries"
    listed = (await owner.get(path))["deliveries"]
    ids = [answer["deliveryId"] for _, answer in told[:4]]
    assert [each["id"] for each in listed] == ids[::-1]


async def test_what_was_answered_is_worked_off_whoever_is_killed(
    house: RunningHouse, crowd: Crowd, owner: Person
) -> None:
    opened = await owner.post(
        "/v1/webhook-sources", {"name": "Radarr", "kind": "RADARR"}
    )
    source, proof = opened["source"], {"X-Webhook-Secret": opened["secret"]}
    answered: set[str] = set()
    killed = 0
    for number in range(60):
        status, answer = await post(crowd, source, grab(number), **proof)
        if status == 200:
            answered.add(answer["deliveryId"])
        if number == 20:
            killed = house.kill("media")
    await house.restarted("media", killed, within_s=30)
    await eventually(owner.is_house_ready, within_s=30)

    async def outcomes() -> dict[str, str]:
        path = f"/v1/webhook-sources/{source['id']}/deliveries?pageSize=100"
        listed = (await owner.get(path))["deliveries"]
        found = {each["id"]: each["state"] for each in listed}
        assert set(found.values()) == {"DONE"}
        return found

    # Whoever was killed while working off holds what it had for half a minute.
    found = await eventually(outcomes, within_s=60)
    assert len(answered) >= 21
    assert answered <= found.keys()
