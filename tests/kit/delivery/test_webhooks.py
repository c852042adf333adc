"""A webhook is told what happened, signed, and nothing else."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from kit.delivery.message import Message
from kit.delivery.settings import WebhookSettings
from kit.delivery.webhooks import Webhooks, open_webhooks
from kit.http import AskedTooOften
from tests.clock import NOON, StoppedClock
from tests.kit.delivery.channels import a_sending, a_target, failure_of
from tests.simulators.ear import Ear, listening

TEMPLATE = '{"subject": "{{subject}}"}'


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    async with listening() as heard:
        yield heard


@pytest.fixture
async def webhooks() -> AsyncIterator[Webhooks]:
    async with open_webhooks(StoppedClock(), private_allowed=True) as opened:
        yield opened


async def test_it_is_signed_and_carries_its_key(ear: Ear, webhooks: Webhooks) -> None:
    sending = a_sending()
    settings = WebhookSettings(ear.url, TEMPLATE, "a secret", "Bearer token")

    await webhooks.send(a_target(settings), sending)

    [heard] = ear.heard
    assert heard.json == {"subject": 'The "Matrix"'}
    timestamp = str(int(NOON.timestamp()))
    signed = f"{timestamp}.".encode() + heard.body
    digest = hmac.new(b"a secret", signed, hashlib.sha256).hexdigest()
    told = {name: heard.headers[name] for name in heard.headers if name[0] in "XIA"}
    assert (
        told.items()
        >= {
            "X-MediaNest-Signature": f"sha256={digest}",
            "X-MediaNest-Timestamp": timestamp,
            "X-MediaNest-Delivery": str(sending.id),
            "X-MediaNest-Event": "request.approved",
            "Idempotency-Key": str(sending.id),
            "Authorization": "Bearer token",
        }.items()
    )


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (302, "upstream_away"),
        (400, "target_refused"),
        (401, "target_refused"),
        (404, "target_refused"),
        (408, "upstream_away"),
        (425, "upstream_away"),
        (429, "upstream_away"),
        (500, "upstream_away"),
        (503, "upstream_away"),
    ],
)
async def test_what_its_answer_means(
    ear: Ear, webhooks: Webhooks, status: int, reason: str
) -> None:
    ear.status, ear.says = status, "No \x1b[31m\nBearer token room" + "x" * 10_000
    ear.headers = {"Location": f"{ear.url}/elsewhere"}
    target = a_target(WebhookSettings(ear.url, TEMPLATE, "", "Bearer token"))

    said, words = await failure_of(webhooks.send(target, a_sending()))

    assert said == reason
    assert words.startswith(f"It answered {status}: ")
    assert "token" not in words
    assert words.isprintable()
    assert len(words) < 400
    assert ear.heard == []


async def test_it_says_for_how_long_it_wants_to_be_left_alone(
    ear: Ear, webhooks: Webhooks
) -> None:
    ear.status, ear.headers = 503, {"Retry-After": "90"}

    with pytest.raises(AskedTooOften) as busy:
        await webhooks.send(a_target(WebhookSettings(ear.url, TEMPLATE)), a_sending())

    assert busy.value.retry_after is not None
    assert busy.value.retry_after.total_seconds() == 90


async def test_nobody_there_is_away(webhooks: Webhooks) -> None:
    settings = WebhookSettings("http://127.0.0.1:1/secret-path", TEMPLATE)

    said = await failure_of(webhooks.send(a_target(settings), a_sending()))

    assert said == ("upstream_away", "It does not answer (ECONNREFUSED).")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "[::ffff:127.0.0.1]"]
)
async def test_an_address_of_this_house_is_refused_unless_allowed(
    ear: Ear, host: str
) -> None:
    url = ear.url.replace("127.0.0.1", host)
    async with open_webhooks(StoppedClock(), private_allowed=False) as webhooks:
        target = a_target(WebhookSettings(url, TEMPLATE))
        said, words = await failure_of(webhooks.send(target, a_sending()))

    assert said == "target_refused"
    assert "own network" in words
    assert ear.heard == []


async def test_a_link_local_address_is_always_refused(webhooks: Webhooks) -> None:
    settings = WebhookSettings("http://169.254.169.254/latest", TEMPLATE)

    said, _ = await failure_of(webhooks.send(a_target(settings), a_sending()))

    assert said == "target_refused"


@pytest.mark.parametrize(
    "url", ["", "nothing", "http://", "http://a:99999/", "ftp://a/"]
)
async def test_an_address_that_is_none_is_refused(webhooks: Webhooks, url: str) -> None:
    settings = WebhookSettings(url, TEMPLATE)

    said, _ = await failure_of(webhooks.send(a_target(settings), a_sending()))

    assert said == "target_refused"


async def test_no_header_can_be_smuggled_in(ear: Ear, webhooks: Webhooks) -> None:
    settings = WebhookSettings(ear.url, TEMPLATE, "", "Bearer a\r\nX-Evil: 1")
    event = Message("request\r\nX-Evil: 1", "s")

    for target, message in (
        (a_target(settings), Message("e", "s")),
        (a_target(replace(settings, authorization="")), event),
    ):
        said, _ = await failure_of(webhooks.send(target, a_sending(message)))
        assert said == "target_refused"
    assert ear.heard == []
