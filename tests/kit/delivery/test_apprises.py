"""apprise's services are told, whatever their code does."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from kit.delivery.apprises import Apprises, open_apprises
from kit.delivery.settings import AppriseSettings
from tests.kit.delivery.channels import a_sending, a_target, failure_of
from tests.simulators.ear import Ear, listening


@pytest.fixture
async def ear() -> AsyncIterator[Ear]:
    async with listening() as heard:
        yield heard


@pytest.fixture
async def apprises() -> AsyncIterator[Apprises]:
    async with open_apprises(private_allowed=True) as opened:
        yield opened


async def test_a_service_is_told_and_what_it_says_is_told_back(
    ear: Ear, apprises: Apprises
) -> None:
    sending = a_sending()
    target = a_target(AppriseSettings(ear.url.replace("http", "json")))

    await apprises.send(target, sending)

    [heard] = ear.heard
    assert heard.key == str(sending.id)
    assert heard.json["title"] == 'Request approved: The "Matrix"'
    assert heard.json["message"] == (
        "Ada's wish\nwas approved.\n\nRequested Seasons: 1, 2\n\n"
        "https://nest.example/requests/1"
    )
    for status, reason in ((404, "target_refused"), (500, "upstream_away")):
        ear.status = status
        said, words = await failure_of(apprises.send(target, sending))
        assert said == reason
        assert str(status) in words


@pytest.mark.parametrize(
    "url",
    [
        "syslog://",
        "file:///etc/passwd",
        "SYSLOG://LOCAL0",
        "dbus://",
        "windows://",
        "exec://id",
        "nope://x",
        "",
        "\0",
        "x" * 2_000,
        "json://",
    ],
)
async def test_what_tells_the_machine_itself_or_is_nothing_is_refused(
    apprises: Apprises, url: str
) -> None:
    said, words = await failure_of(apprises.ensure_known(url))

    assert said == "target_refused"
    assert words


async def test_a_url_that_is_one_is_known_and_nobody_is_told(
    ear: Ear, apprises: Apprises
) -> None:
    await apprises.ensure_known(ear.url.replace("http", "json"))
    await apprises.ensure_known("tgram://123456789:abcdefg_hijklmnop/12315544/")

    assert ear.heard == []


async def test_an_address_of_this_house_is_refused_unless_allowed(ear: Ear) -> None:
    async with open_apprises(private_allowed=False) as apprises:
        for host in ("127.0.0.1", "localhost"):
            url = ear.url.replace("http", "json").replace("127.0.0.1", host)
            target = a_target(AppriseSettings(url))
            said, words = await failure_of(apprises.send(target, a_sending()))
            assert (said, "own network" in words) == ("target_refused", True)
    assert ear.heard == []


async def test_a_file_of_the_machine_is_not_read(apprises: Apprises) -> None:
    url = "mailto://u:p@127.0.0.1:1/?smtp=127.0.0.1&to=a@b.example&pgp=yes&pgpkey=/etc/passwd"

    said, words = await failure_of(
        apprises.send(a_target(AppriseSettings(url)), a_sending())
    )

    assert said in {"target_refused", "upstream_away"}
    assert "root:" not in words


async def test_secrets_of_the_url_are_in_no_words(apprises: Apprises) -> None:
    url = "json://user:hunter2secret@127.0.0.1:1/tokentoken"

    _, words = await failure_of(
        apprises.send(a_target(AppriseSettings(url)), a_sending())
    )

    assert "hunter2" not in words
    assert "tokentoken" not in words
    assert "hunter2" not in repr(AppriseSettings(url))


async def test_a_plugin_that_hangs_or_crashes_takes_nobody_with_it() -> None:
    async with open_apprises(
        private_allowed=True, module="tests.kit.delivery.breaking_apprise"
    ) as apprises:
        crashed = await failure_of(
            apprises.send(a_target(AppriseSettings("crash://")), a_sending())
        )
        hanging = [
            asyncio.create_task(
                apprises.send(a_target(AppriseSettings("hang://")), a_sending())
            )
            for _ in range(2)
        ]
        await apprises.send(a_target(AppriseSettings("fine://")), a_sending())
        for each in hanging:
            each.cancel()
        await asyncio.gather(*hanging, return_exceptions=True)
        await apprises.send(a_target(AppriseSettings("fine://")), a_sending())

    assert crashed == (
        "upstream_away",
        "apprise was ended: it ended while it was asked.",
    )


async def test_those_who_share_children_may_not_do_the_same(
    ear: Ear, apprises: Apprises
) -> None:
    outward = apprises.outward()
    target = a_target(AppriseSettings(ear.url.replace("http", "json")))
    before = _children_of_this()
    for _ in range(3):
        await apprises.send(target, a_sending())
        said, words = await failure_of(outward.send(target, a_sending()))
        assert said == "target_refused"
        assert "address of this machine or its own network" in words

    assert len(ear.heard) == 3
    # One after the other they take the one that was free last.
    assert len(_children_of_this() - before) == 1


def _children_of_this() -> set[int]:
    return {each.pid for each in psutil.Process().children(recursive=True)}
