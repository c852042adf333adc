"""What an approval makes of what was chosen before."""

from uuid import UUID

from kit.postgres import Database
from services.media.domain.requests.asking import Thing
from services.media.domain.requests.choices import Choices
from services.media.domain.requests.permissions import MANAGE_REQUESTS, REQUEST
from tests.media.requests.house import MANAGER, Desk, Shelf, a_caller

ONE, OTHER = UUID(int=1), UUID(int=2)
CHOOSER = a_caller("Chooser", REQUEST, MANAGE_REQUESTS)


async def test_what_was_chosen_of_one_fulfiller_is_not_asked_of_another(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    chosen = Choices(ONE, 7, "/one", ("kids",))
    asked = await desk.want(Thing(await shelf.title(), choices=chosen), by=CHOOSER)
    await database.execute("UPDATE requests SET state = 'PENDING'")

    approved = await desk.deciding.approve(
        asked.id, by=MANAGER, choices=Choices(fulfiller_id=OTHER)
    )

    assert approved.choices == Choices(OTHER, 0, "", ("kids",))


async def test_who_approves_at_the_same_fulfiller_keeps_the_rest(
    desk: Desk, shelf: Shelf, database: Database
) -> None:
    chosen = Choices(ONE, 7, "/one", ("kids",))
    asked = await desk.want(Thing(await shelf.title(), choices=chosen), by=CHOOSER)
    await database.execute("UPDATE requests SET state = 'PENDING'")

    approved = await desk.deciding.approve(
        asked.id, by=MANAGER, choices=Choices(ONE, profile_id=8)
    )

    assert approved.choices == Choices(ONE, 8, "/one", ("kids",))
