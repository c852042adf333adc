"""What somebody may do who comes in by Plex."""

from uuid import uuid4

from medianest.auth.v1 import invites_pb2, roles_pb2
from tests.auth.house import reason
from tests.auth.plex import PlexHouse


async def test_without_the_usual_role_one_comes_in_by_invite_alone(
    plex: PlexHouse,
) -> None:
    owner = await plex.house.owner()
    library = str(uuid4())
    await plex.house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(name="guest"), metadata=owner.metadata
    )
    await plex.house.roles.DeleteRole(
        roles_pb2.DeleteRoleRequest(name="friend"), metadata=owner.metadata
    )
    invite = await plex.house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(role="guest", library_ids=[library]),
        metadata=owner.metadata,
    )

    assert await reason(plex.sign_in(plex.ada)) == "no_access"
    ada = await plex.sign_in(plex.ada, invite.code)
    assert (ada.user.role, list(ada.user.permissions)) == ("guest", [])
    assert list(ada.user.library_ids) == [library]
