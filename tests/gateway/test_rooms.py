"""Rooms and their listeners by themselves."""

import asyncio

import pytest

from gateway.encode import Writers
from gateway.identity import Caller
from gateway.live.history import News, Told
from gateway.live.listeners import MOST_WAITING, Ended, Listener
from gateway.live.rooms import Rooms
from gateway.policy import Room
from gateway.problems import Problem
from medianest.api.v1 import events_pb2


def a_listener(permissions: int = 0) -> Listener[bytes]:
    caller = Caller("signed", "ada", "session", permissions, 0.0)
    return Listener(caller, "token", lambda told: told.news.body)


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
    for number in range(3):
        listener.tell(told(number))

    assert await listener.frames() == [b"0", b"1", b"2"]
    waiting = asyncio.create_task(listener.frames())
    await asyncio.sleep(0)
    assert not waiting.done()
    listener.reply(b"3")
    assert await waiting == [b"3"]
