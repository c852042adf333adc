"""What is done to roles, programs, the ownership and sessions is written down."""

from datetime import timedelta

from google.protobuf.field_mask_pb2 import FieldMask

from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import (
    ownership_pb2,
    programs_pb2,
    roles_pb2,
    sessions_pb2,
    users_pb2,
)
from services.auth.domain.sessions import MOST_SESSIONS
from tests.auth.house import House, Person
from tests.auth.rpc.test_audit import by, entries


async def test_roles_are_written_down(house: House, owner: Person) -> None:
    await house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(name="guest", permissions=[Permission.REQUEST]),
        metadata=owner.metadata,
    )
    await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=roles_pb2.Role(name="guest", movie_quota={"limit": 2, "days": 7}),
            update_mask=FieldMask(paths=["permissions", "movie_quota"]),
        ),
        metadata=owner.metadata,
    )
    await house.roles.DeleteRole(
        roles_pb2.DeleteRoleRequest(name="guest", replacement="viewer"),
        metadata=owner.metadata,
    )

    (created,) = await entries(house, "role.created")
    (changed,) = await entries(house, "role.changed")
    (removed,) = await entries(house, "role.removed")

    for each in (created, changed, removed):
        assert each["target"] == "role:guest"
        assert by(each) == (owner.user.id, owner.session_id)
    assert created["after"]["permissions"] == ["REQUEST"]
    assert changed["before"] == {"permissions": ["REQUEST"], "movieQuota": None}
    assert changed["after"] == {"permissions": [], "movieQuota": "2 in 7 days"}
    assert removed["after"] == {"replacement": "viewer"}


async def test_what_changes_nothing_of_a_role_is_not_written_down(
    house: House, owner: Person
) -> None:
    await house.roles.UpdateRole(
        roles_pb2.UpdateRoleRequest(
            role=roles_pb2.Role(name="viewer"),
            update_mask=FieldMask(paths=["movie_quota"]),
        ),
        metadata=owner.metadata,
    )

    assert await entries(house, "role.changed") == []


async def test_a_house_that_changes_hands_is_written_down(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")
    await house.ownership.TransferOwnership(
        ownership_pb2.TransferOwnershipRequest(user_id=frieda.user.id),
        metadata=owner.metadata,
    )

    (handed,) = await entries(house, "house.handed_over")

    assert handed["target"] == "house"
    assert by(handed) == (owner.user.id, owner.session_id)
    assert handed["before"] == {"owner": owner.user.id}
    assert handed["after"] == {"owner": frieda.user.id}


async def test_programs_and_their_keys_are_written_down(
    house: House, owner: Person
) -> None:
    program = await house.programs.CreateProgram(
        programs_pb2.CreateProgramRequest(name="kodi", role="viewer"),
        metadata=owner.metadata,
    )
    cut = await house.programs.CreateProgramKey(
        programs_pb2.CreateProgramKeyRequest(program_id=program.id, name="kitchen"),
        metadata=owner.metadata,
    )
    await house.programs.DeleteProgramKey(
        programs_pb2.DeleteProgramKeyRequest(program_id=program.id, key_id=cut.key.id),
        metadata=owner.metadata,
    )

    (created,) = await entries(house, "program.created")
    (key_created,) = await entries(house, "key.created")
    (key_removed,) = await entries(house, "key.removed")

    assert created["target"] == f"user:{program.id}"
    assert created["after"] == {"role": "viewer"}
    assert key_created["target"] == key_removed["target"] == f"key:{cut.key.id}"
    assert key_created["after"]["userId"] == program.id
    assert key_removed["before"] == {"userId": program.id}
    for each in (created, key_created, key_removed):
        assert by(each) == (owner.user.id, owner.session_id)


async def test_limits_of_a_user_are_written_down_and_what_they_call_themselves_is_not(
    house: House, owner: Person
) -> None:
    frieda = await house.member(owner, "frieda")
    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(
                id=frieda.user.id,
                display_name="Frieda the First",
                max_rating_age=12,
                series_quota={"limit": 3, "days": 30},
            ),
            update_mask={"paths": ["display_name", "max_rating_age", "series_quota"]},
        ),
        metadata=owner.metadata,
    )

    (changed,) = await entries(house, "user.changed")

    assert changed["before"] == {"maxRatingAge": None, "seriesQuota": None}
    assert changed["after"] == {"maxRatingAge": 12, "seriesQuota": "3 in 30 days"}


async def test_signing_out_everywhere_else_is_written_down(
    house: House, owner: Person
) -> None:
    others = {(await house.sign_in("olga")).session_id for _ in range(2)}
    await house.sessions.EndOtherSessions(
        sessions_pb2.EndOtherSessionsRequest(), metadata=owner.metadata
    )

    ended = await entries(house, "session.ended")

    assert {each["target"] for each in ended} == {f"session:{each}" for each in others}
    assert {by(each) for each in ended} == {(owner.user.id, owner.session_id)}


async def test_a_session_that_makes_room_for_another_is_written_down(
    house: House, owner: Person
) -> None:
    newest = owner
    for _ in range(MOST_SESSIONS):
        house.clock.advance(timedelta(seconds=1))
        newest = await house.sign_in("olga")

    (ended,) = await entries(house, "session.ended")

    assert ended["target"] == f"session:{owner.session_id}"
    assert by(ended) == (owner.user.id, newest.session_id)
