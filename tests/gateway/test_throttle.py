"""A room is told the newest of what happens to one thing again and again."""

import asyncio
from typing import Any

from gateway.encode import Writers
from gateway.live.listeners import Listener
from gateway.live.rooms import Rooms
from gateway.policy import Room
from medianest.api.v1 import events_pb2
from tests.gateway.test_rooms import a_listener
from tests.waiting import eventually

PAUSE_S = 0.2


def rooms() -> Rooms:
    declared = [Room("busy", True, 0, PAUSE_S), Room("calm", True, 0)]
    made = Rooms({each.name: each for each in declared}, Writers())
    made.history.begin("status", "status:0")
    return made


def event(number: int, *names: str, key: str = "plex", kind: str = "state") -> Any:
    return events_pb2.Event(id=f"status:{number}", type=kind, key=key, rooms=names)


class Ear:
    """What a listener in some rooms has been told."""

    def __init__(self, rooms: Rooms, *names: str) -> None:
        self.listener: Listener = a_listener()
        self.listener._render = lambda told: (
            told.cursor.encode() + told.news.id.encode()
        )
        self.heard: list[str] = []
        rooms.enter(self.listener)
        for name in names:
            rooms.join(self.listener, name)
        self.hearing = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        while True:
            for frame in await self.listener.frames():
                self.heard.append(frame.decode())


def numbers(ear: Ear) -> list[str]:
    return [each.rpartition(":")[2] for each in ear.heard]


async def test_the_first_is_told_at_once_and_of_the_others_the_newest() -> None:
    house = rooms()
    ear = Ear(house, "busy")

    for number in range(1, 101):
        house.publish(event(number, "busy"))

    await eventually(lambda: numbers(ear) == ["1", "100"])
    assert house.superseded == 98


async def test_things_and_kinds_do_not_supersede_each_other() -> None:
    house = rooms()
    ear = Ear(house, "busy")

    house.publish(event(1, "busy", key="plex"))
    house.publish(event(2, "busy", key="sonarr"))
    house.publish(event(3, "busy", key="plex", kind="removed"))

    await eventually(lambda: numbers(ear) == ["1", "2", "3"])


async def test_a_calm_room_is_told_everything() -> None:
    house = rooms()
    calm, both = Ear(house, "calm"), Ear(house, "busy", "calm")

    for number in range(1, 6):
        house.publish(event(number, "busy", "calm"))
    house.publish(event(6, "busy"))

    everything = [str(number) for number in range(1, 7)]
    await eventually(lambda: numbers(both) == everything)
    assert numbers(calm) == everything[:-1]


async def test_a_cursor_does_not_pass_what_still_waits() -> None:
    """Who is cut off while an event is held back must not miss it."""
    house = rooms()
    Ear(house, "busy")
    for number in (1, 2):
        house.publish(event(number, "busy"))
    house.publish(event(3, "calm"))

    waiting = house.cursor()
    await eventually(lambda: house.cursor() == "status:3")

    assert waiting == "status:1"
    back = a_listener()
    house.enter(back)
    house.join(back, "busy")
    assert [each.news.id for each in house.missed(back, waiting).told] == ["status:2"]
