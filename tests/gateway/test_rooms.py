"""Rooms and their listeners by themselves."""

import asyncio

import pytest

from gateway.encode import Writers
from gateway.identity import Caller
from gateway.live.fanout import SLICE
from gateway.live.history import News, Told
from gateway.live.listeners import MOST_WAITING, Ended, Listener, Write
from gateway.live.rooms import Rooms
from gateway.policy import Room
from gateway.problems import Problem
from medianest.api.v1 import events_pb2


def a_listener(permissions: int = 0, write: Write | None = None) -> Listener:
    caller = Caller("signed", "ada", "session", permissions, 0.0)
    return Listener(caller, "token", lambda told: told.news.body, write)


def told(number: int, key: str = "k") -> Told:
    news = News(f"media:{number}", "x", key, frozenset({"all"}), b"%d" % number)
    return Told(news, f"media:{number}")


async def test_a_listener_who_does_not_keep_up_is_ended() -> None:
    slow, quick = a_listener(), a_listener()
    rooms = Rooms({"all": Room("all", False, 0)}, Writers())
    for each in (slow, quick):
        rooms.enter(each)
        rooms.join(each, "all")

    frames = 0
    for number in range(MOST_WAITING + 1):
        rooms.publish(events_pb2.Event(id=f"media:{number}", rooms=["all"]))
        frames += len(await quick.frames())

    with pytest.raises(Ended) as ended:
        await slow.frames()
    assert ended.value.ending.code == 1013
    assert frames == MOST_WAITING + 1


async def test_one_user_may_not_open_any_number() -> None:
    rooms = Rooms({}, Writers())

    def open_many() -> None:
        for _ in range(1000):
            rooms.enter(a_listener())

    with pytest.raises(Problem) as refused:
        open_many()

    assert refused.value.status == 429
    assert len(rooms) == 200


async def test_what_waits_is_given_in_its_order() -> None:
    listener = a_listener()
    listener.rooms.add("all")
    for number in range(3):
        listener.tell(told(number))

    assert await listener.frames() == [b"0", b"1", b"2"]
    waiting = asyncio.create_task(listener.frames())
    await asyncio.sleep(0)
    assert not waiting.done()
    listener.reply(b"3")
    assert await waiting == [b"3"]


class Line:
    """A client's connection, which may be full."""

    def __init__(self) -> None:
        self.is_full = False
        self.sent: list[bytes] = []

    def write(self, frame: bytes) -> bool:
        if not self.is_full:
            self.sent.append(frame)
        return not self.is_full


async def in_a_room(line: Line) -> Listener:
    """A listener that has been told all that waited."""
    listener = a_listener(write=line.write)
    listener.rooms.add("all")
    listener.reply(b"welcome")
    assert await listener.frames() == [b"welcome"]
    return listener


async def test_what_can_be_sent_at_once_is_and_the_rest_comes_in_its_order() -> None:
    line = Line()
    listener = await in_a_room(line)
    # The welcome is still under way: nothing may overtake it.
    listener.tell(told(0))
    assert await listener.frames() == [b"0"]
    sending = asyncio.create_task(listener.frames())
    await asyncio.sleep(0)

    listener.tell(told(1))
    line.is_full = True
    listener.tell(told(2))
    line.is_full = False
    listener.tell(told(3))

    assert line.sent == [b"1"]
    assert await sending == [b"2", b"3"]


async def test_who_has_a_window_is_sent_no_more_than_that() -> None:
    line = Line()
    listener = await in_a_room(line)
    listener.window = 2
    waiting = asyncio.create_task(listener.frames())
    await asyncio.sleep(0)

    for number in range(3):
        listener.tell(told(number))
    assert line.sent == [b"0", b"1"]
    listener.acknowledge(1)

    assert await waiting == [b"2"]


async def test_who_is_put_out_of_a_room_is_not_told_what_waited_there() -> None:
    listener = a_listener(permissions=2)
    rooms = Rooms({"all": Room("all", False, 2)}, Writers())
    rooms.enter(listener)
    rooms.join(listener, "all")
    rooms.publish(events_pb2.Event(id="media:1", rooms=["all"]))
    rooms.publish(events_pb2.Event(id="media:2", rooms=["user:ada"]))

    rooms.recheck(listener, a_listener(permissions=0).caller)

    assert len(await listener.frames()) == 1


async def test_many_are_told_in_slices_and_each_in_order() -> None:
    lines = [Line() for _ in range(SLICE * 2 + 1)]
    rooms = Rooms({"all": Room("all", False, 0)}, Writers())
    listeners = []
    for number, line in enumerate(lines):
        listener = await in_a_room(line)
        listener.caller = Caller("signed", str(number), "session", 0, 0.0)
        listeners.append(asyncio.create_task(listener.frames()))
        rooms.enter(listener)
        rooms.join(listener, "all")
    await asyncio.sleep(0)

    rooms.publish(events_pb2.Event(id="media:1", rooms=["all"]))
    assert sum(len(line.sent) for line in lines) == SLICE
    rooms.publish(events_pb2.Event(id="media:2", rooms=["all"]))
    for _ in range(6):
        await asyncio.sleep(0)

    assert {tuple(line.sent) for line in lines} == {tuple(lines[0].sent)}
    assert [b'"media:1"' in frame for frame in lines[0].sent] == [True, False]
    for task in listeners:
        task.cancel()
