"""Calls find a replica that lives, again where that is safe, and always end."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import grpc
import pytest
from grpc import aio

from kit.errors import Unavailable
from kit.rpc.channel import open_channel, target_of
from medianest.api.v1 import events_pb2
from medianest.status.v1 import events_pb2_grpc, monitors_pb2, monitors_pb2_grpc
from tests.kit.rpc_house import (
    MANAGE,
    POLICIES,
    VIEW,
    WATCH,
    House,
    a_house,
    signed,
)
from tests.servers import free_port
from tests.waiting import eventually


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as opened:
        yield opened


def failing(house: House, times: int) -> None:
    async def act() -> None:
        if house.handlers.calls <= times:
            raise Unavailable("Not now.")

    house.handlers.act = act


async def test_what_may_be_repeated_is_tried_three_times(house: House) -> None:
    failing(house, 2)

    assert (await house.get()).name == "ada"
    assert house.handlers.calls == 3


async def test_what_may_not_be_repeated_is_tried_once(house: House) -> None:
    failing(house, 1)

    with pytest.raises(aio.AioRpcError) as caught:
        await house.update()

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert house.handlers.calls == 1


async def test_a_call_without_a_timeout_has_the_deadline_of_its_policy(
    house: House,
) -> None:
    async def never() -> None:
        await asyncio.Event().wait()

    house.handlers.act = never
    began = time.monotonic()

    with pytest.raises(aio.AioRpcError) as caught:
        await house.get(timeout=None)

    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert 0.25 < time.monotonic() - began < 5


async def test_a_service_that_is_not_there_is_unavailable_in_time() -> None:
    async with open_channel(
        f"127.0.0.1:{free_port()}", POLICIES.values(), compress=False
    ) as channel:
        with pytest.raises(aio.AioRpcError) as caught:
            await monitors_pb2_grpc.MonitorsServiceStub(channel).GetMonitor(
                monitors_pb2.GetMonitorRequest(), timeout=1
            )

    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE


Spawn = Callable[[str], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def spawn() -> AsyncIterator[Spawn]:
    """Starts replicas as processes."""
    async with AsyncExitStack() as stack:

        async def start(address: str) -> asyncio.subprocess.Process:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.kit.rpc_house", address),
                stdout=asyncio.subprocess.DEVNULL,
            )

            async def end() -> None:
                if process.returncode is None:
                    process.kill()
                await process.wait()

            stack.push_async_callback(end)
            return process

        yield start


async def test_replicas_take_turns_and_one_that_is_killed_is_not_missed(
    spawn: Spawn,
) -> None:
    addresses = [f"127.0.0.1:{free_port()}" for _ in range(2)]
    first, second = [await spawn(address) for address in addresses]
    async with open_channel(
        ",".join(addresses), POLICIES.values(), compress=False
    ) as channel:
        stub = monitors_pb2_grpc.MonitorsServiceStub(channel)

        async def answered_by() -> int:
            monitor = await stub.GetMonitor(
                monitors_pb2.GetMonitorRequest(), metadata=signed(VIEW), timeout=2
            )
            return int(monitor.id)

        async def all_answer(*pids: int) -> bool:
            try:
                return {await answered_by() for _ in range(10)} == set(pids)
            except aio.AioRpcError:
                return False

        await eventually(lambda: all_answer(first.pid, second.pid), within_s=30)
        turns = [await answered_by() for _ in range(20)]
        assert (turns.count(first.pid), turns.count(second.pid)) == (10, 10)

        first.kill()
        turns = [await answered_by() for _ in range(200)]
        assert set(turns[20:]) == {second.pid}

        again = await spawn(addresses[0])
        await eventually(lambda: all_answer(again.pid, second.pid), within_s=30)


@asynccontextmanager
async def tapped(
    address: str, *, late_s: float = 0.0
) -> AsyncIterator[tuple[str, dict[str, bytearray]]]:
    """A wire to the address, with the bytes that went there and back. The first byte
    comes late."""
    seen = {"there": bytearray(), "back": bytearray()}

    loop = asyncio.get_running_loop()

    async def pump(way: str, source: socket.socket, sink: socket.socket) -> None:
        while data := await loop.sock_recv(source, 65536):
            seen[way] += data
            await loop.sock_sendall(sink, data)

    async def join(far: socket.socket) -> None:
        near, _ = await loop.sock_accept(listener)
        with near:
            host, _, port = address.rpartition(":")
            await asyncio.sleep(late_s)
            await loop.sock_connect(far, (host, int(port)))
            await asyncio.gather(pump("there", near, far), pump("back", far, near))

    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as far:
        listener.setblocking(False)
        far.setblocking(False)
        joining = asyncio.create_task(join(far))
        yield f"127.0.0.1:{listener.getsockname()[1]}", seen
        joining.cancel()
        await asyncio.wait({joining})


async def test_a_service_that_greets_late_is_waited_for(house: House) -> None:
    async with (
        tapped(house.address, late_s=0.5) as (address, _),
        open_channel(address, POLICIES.values(), compress=False) as channel,
    ):
        stub = monitors_pb2_grpc.MonitorsServiceStub(channel)

        # Not one that is sent again.
        monitor = await stub.UpdateMonitor(
            monitors_pb2.UpdateMonitorRequest(), metadata=signed(MANAGE), timeout=10
        )

    assert monitor.name == "ada"


@pytest.mark.parametrize("compress", [False, True])
async def test_large_messages_are_gzipped_both_ways_when_that_is_set(
    compress: bool,
) -> None:
    async with (
        a_house(compress=compress) as house,
        tapped(house.address) as (address, seen),
        open_channel(address, POLICIES.values(), compress=compress) as channel,
    ):
        house.handlers.padding = "down for maintenance " * 5_000
        long = monitors_pb2.Monitor(name="up and down " * 5_000)

        answer = await monitors_pb2_grpc.MonitorsServiceStub(channel).UpdateMonitor(
            monitors_pb2.UpdateMonitorRequest(monitor=long),
            metadata=signed(MANAGE),
            timeout=5,
        )

        assert answer.detail == house.handlers.padding
        assert (len(seen["there"]) < 10_000) is compress
        assert (len(seen["back"]) < 10_000) is compress


@pytest.mark.parametrize(("times", "is_packed"), [(80, False), (120, True)])
async def test_small_messages_travel_as_they_are(times: int, is_packed: bool) -> None:
    async with (
        a_house(compress=True) as house,
        tapped(house.address) as (address, seen),
        open_channel(address, POLICIES.values(), compress=True) as channel,
    ):
        asked, told = "up and down, over " * times, "down for maintenance " * times
        house.handlers.padding = told
        monitor = monitors_pb2.Monitor(name=asked)

        answer = await monitors_pb2_grpc.MonitorsServiceStub(channel).UpdateMonitor(
            monitors_pb2.UpdateMonitorRequest(monitor=monitor),
            metadata=signed(MANAGE),
            timeout=5,
        )

        assert answer.detail == told
        assert (asked.encode() in seen["there"]) is not is_packed
        assert (told.encode() in seen["back"]) is not is_packed


@pytest.mark.parametrize(("times", "is_packed"), [(10, False), (200, True)])
async def test_events_are_gzipped_when_they_are_large(
    times: int, is_packed: bool
) -> None:
    async with (
        a_house(compress=True) as house,
        tapped(house.address) as (address, seen),
        open_channel(address, POLICIES.values(), compress=True) as channel,
    ):
        name = "ada and grace " * times
        watching = events_pb2_grpc.EventsServiceStub(channel).WatchEvents(
            events_pb2.WatchEventsRequest(), metadata=signed(WATCH, name=name)
        )

        assert (await watching.read()).key == name
        watching.cancel()

        assert (name.encode() in seen["back"]) is not is_packed


@pytest.mark.parametrize(
    ("addresses", "target"),
    [
        ("127.0.0.1:1", "ipv4:127.0.0.1:1"),
        ("127.0.0.1:1, 127.0.0.1:2", "ipv4:127.0.0.1:1,127.0.0.1:2"),
        ("[::1]:1,[::1]:2", "ipv6:[::1]:1,[::1]:2"),
        ("media:50052", "dns:///media:50052"),
        ("0media.example:50052", "dns:///0media.example:50052"),
        ("dns:///media:50052", "dns:///media:50052"),
        ("unix:/run/media", "unix:/run/media"),
    ],
)
def test_addresses_are_what_grpc_understands(addresses: str, target: str) -> None:
    assert target_of(addresses) == target


@pytest.mark.parametrize("addresses", ["one:1,two:2", "127.0.0.1:1,[::1]:2"])
def test_several_names_are_refused_rather_than_misunderstood(addresses: str) -> None:
    with pytest.raises(ValueError, match="one name"):
        target_of(addresses)
