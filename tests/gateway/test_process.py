"""The gateway as a process: how it begins, and how it ends."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import pytest

from tests.data import ROOT
from tests.gateway.backend import WATCHER, Backend, running_backend
from tests.gateway.contract import everything
from tests.servers import free_port
from tests.waiting import eventually


def environment(port: int, **more: str) -> dict[str, str]:
    ours = {f"MEDIANEST_GATEWAY_{name.upper()}": value for name, value in more.items()}
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "protos" / "gen")]),
        "MEDIANEST_GATEWAY_HTTP_ADDRESS": f"127.0.0.1:{port}",
        "MEDIANEST_GATEWAY_EVENTS_TOKEN": WATCHER,
        **ours,
    }


def begun(port: int, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "gateway"],
        env=environment(port, **more),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def running(port: int, backend: Backend) -> Iterator["subprocess.Popen[str]"]:
    address = f"127.0.0.1:{backend.port}"
    services = ("auth_addresses", "media_addresses", "status_addresses")
    process = begun(
        port, **dict.fromkeys(services, address), log_format="json", workers="1"
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


async def answer(process: "subprocess.Popen[str]") -> tuple[int, str]:
    said, _ = await asyncio.to_thread(process.communicate, timeout=30)
    return process.returncode, said


@pytest.mark.parametrize("workers", ["1", "2"])
async def test_a_taken_port_is_one_clear_line_and_status_2(workers: str) -> None:
    taken = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]

    status, said = await answer(begun(port, workers=workers))

    taken.close()
    assert status == 2
    assert said.count("\n") == 1
    assert f"127.0.0.1:{port}" in said
    assert "MEDIANEST_GATEWAY_HTTP_ADDRESS" in said


async def test_wrong_settings_are_named_all_at_once() -> None:
    status, said = await answer(
        begun(
            0,
            limit_read="often",
            trusted_proxies="everybody",
            memory_bytes="-1",
            workers="0",
        )
    )

    assert status == 2
    for name in ("LIMIT_READ", "TRUSTED_PROXIES", "MEMORY_BYTES", "WORKERS"):
        assert f"MEDIANEST_GATEWAY_{name}: " in said


async def test_fewer_open_files_are_fewer_connections_and_a_line_says_so() -> None:
    limited = ["sh", "-c", 'ulimit -n 300 && exec "$0" -m gateway', sys.executable]
    process = await asyncio.create_subprocess_exec(
        *limited,
        env=environment(free_port(), log_format="json"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        said = await process.stdout.readuntil(b"serving")
    process.kill()
    await process.communicate()

    assert b"open_files_bound_connections" in said
    assert b'"connections":172' in said.replace(b" ", b"")


async def test_several_workers_have_no_page_of_metrics_of_their_own() -> None:
    status, said = await answer(begun(0, workers="2", metrics_address="127.0.0.1:0"))

    assert status == 2
    assert said.count("\n") == 1
    assert "MEDIANEST_GATEWAY_METRICS_ADDRESS" in said
    assert "MEDIANEST_GATEWAY_WORKERS" in said


async def test_on_sigterm_what_was_asked_is_still_answered() -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: object, context: object) -> object:
        asked.set()
        await go_on.wait()
        return everything()

    port = free_port()
    async with running_backend() as backend, aiohttp.ClientSession() as http:
        url = f"http://127.0.0.1:{port}"
        backend.on("/medianest.auth.v1.SetupService/GetSetup", slow)
        with running(port, backend) as process:

            async def is_ready() -> bool:
                try:
                    async with http.get(f"{url}/ready") as told:
                        return told.status == 200
                except aiohttp.ClientError:
                    return False

            await eventually(is_ready, within_s=30)
            asking = asyncio.create_task(http.get(f"{url}/v1/setup"))
            await asyncio.wait_for(asked.wait(), 5)

            process.send_signal(signal.SIGTERM)

            async def takes_nobody_in() -> bool:
                return not await is_ready()

            await eventually(takes_nobody_in)
            go_on.set()
            assert (await asking).status == 200
            status, said = await answer(process)

    assert status == 0
    assert '"event":"stopped"' in said.replace(" ", "")
    assert "Traceback" not in said
