"""What is changed of a Radarr, and what stays."""

from tests.media.arr.house import Visitor
from tests.simulators.radarr.server import Radarr


async def test_what_is_switched_off_is_the_default_when_it_is_switched_on(
    owner: Visitor, radarr: Radarr
) -> None:
    off = await owner.add(radarr, is_disabled=True)
    on = await owner.update(off, 1, is_enabled=True)

    assert (off.is_default, on.is_default) == (False, True)


async def test_one_default_is_changed_and_the_others_stay(
    owner: Visitor, radarr: Radarr
) -> None:
    added = await owner.add(radarr, defaults={"profile_id": 4, "folder": "/movies"})

    changed = await owner.call(
        "UpdateFulfiller",
        fulfiller_id=added.id,
        change={"defaults": {"profile_id": 5}},
        update_mask={"paths": ["defaults.profile_id"]},
    )

    assert (changed.defaults.profile_id, changed.defaults.folder) == (5, "/movies")
    refusal = await owner.refused(
        "UpdateFulfiller",
        fulfiller_id=added.id,
        update_mask={"paths": ["defaults.nothing"]},
    )
    assert refusal[0] == "INVALID_ARGUMENT"
