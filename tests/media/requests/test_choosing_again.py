"""What an approval makes of what was chosen before."""

from uuid import UUID, uuid4

import pytest

from kit.postgres import Database
from services.media.domain.fulfilling.errors import FulfillerUnfit
from services.media.domain.requests.asking import Thing
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.editing import Change
from services.media.domain.requests.permissions import MANAGE_REQUESTS, REQUEST
from tests.media.requests.house import MANAGER, Desk, Shelf, a_caller

CHOOSER = a_caller("Chooser", REQUEST, MANAGE_REQUESTS)


async def test_what_was_chosen_of_one_fulfiller_is_not_asked_of_another(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    one, other = await shelf.fulfiller(), await shelf.fulfiller()
    chosen = Choices(one, 7, "/one", ("kids",))
    asked = await desk.want(Thing(await shelf.title(), choices=chosen), by=CHOOSER)
    await database.execute("UPDATE requests SET state = 'PENDING'")

    approved = await desk.deciding.approve(
        asked.id, by=MANAGER, choices=Choices(fulfiller_id=other)
    )

    assert approved.choices == Choices(other, 0, "", ("kids",))


async def test_who_approves_at_the_same_fulfiller_keeps_the_rest(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    one = await shelf.fulfiller()
    chosen = Choices(one, 7, "/one", ("kids",))
    asked = await desk.want(Thing(await shelf.title(), choices=chosen), by=CHOOSER)
    await database.execute("UPDATE requests SET state = 'PENDING'")

    approved = await desk.deciding.approve(
        asked.id, by=MANAGER, choices=Choices(one, profile_id=8)
    )

    assert approved.choices == Choices(one, 8, "/one", ("kids",))


async def unfit(shelf: Shelf) -> list[UUID]:
    """For a film: nobody, and a Sonarr."""
    return [uuid4(), await shelf.fulfiller("sonarr")]


async def test_who_does_not_get_such_things_is_not_chosen(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    title, other = await shelf.titles(2)
    asked = await desk.want(Thing(title), by=a_caller("Asker", REQUEST))
    for fulfiller_id in await unfit(shelf):
        chosen = Choices(fulfiller_id)
        with pytest.raises(FulfillerUnfit):
            await desk.want(Thing(other, choices=chosen), by=CHOOSER)
        with pytest.raises(FulfillerUnfit) as refusal:
            await desk.editing.edit(
                asked.id, Change({}, chosen), by=CHOOSER, if_version=0
            )
        assert refusal.value.field == "change.choices.fulfiller_id"
        with pytest.raises(FulfillerUnfit) as refusal:
            await desk.deciding.approve(asked.id, by=MANAGER, choices=chosen)
        assert refusal.value.field == "choices.fulfiller_id"

    assert await database.fetchval("SELECT count(id) FROM requests") == 1
    state = await database.fetchval("SELECT state FROM requests")
    assert state == "PENDING"
