"""Every RPC for every role: let in, or kept out, exactly as the policy says."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode, aio

from medianest.api.v1 import policy_pb2
from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import keys_pb2
from services.auth.rpc.contract import SERVICES
from tests.auth.house import House, Metadata

METHODS = [method for service in SERVICES for method in service.methods]
ROLES = ("owner", "admin", "trusted", "friend", "child", "viewer")
# Written out, so that a role that grows by mistake is noticed.
MANAGERS = {"owner", "admin"}
ENDS_THE_SESSION = {"SessionsService.EndCurrentSession"}
WHO_MAY = {
    "SetupService.GetSetup": "anybody",
    "SetupService.CreateOwner": "anybody",
    "SessionsService.CreateSession": "anybody",
    "SessionsService.ExchangeToken": "anybody",
    "InvitesService.RedeemInvite": "anybody",
    "PasswordsService.RedeemPasswordReset": "anybody",
    "PasswordsService.ChangePassword": "everybody",
    "PasswordsService.IssuePasswordReset": "managers",
    "SecondFactorsService.GetSecondFactor": "everybody",
    "SecondFactorsService.OfferSecondFactor": "everybody",
    "SecondFactorsService.ConfirmSecondFactor": "everybody",
    "SecondFactorsService.RenewRecoveryCodes": "everybody",
    "SecondFactorsService.DisableSecondFactor": "everybody",
    "SecondFactorsService.DisableSecondFactorOf": "managers",
    "SecondFactorsService.GetSecondFactorRule": "managers",
    "SecondFactorsService.SetSecondFactorRule": "managers",
    "SessionsService.GetCurrentSession": "everybody",
    "SessionsService.ListSessions": "everybody",
    "SessionsService.EndCurrentSession": "everybody",
    "SessionsService.DeleteSession": "everybody",
    "SessionsService.EndOtherSessions": "everybody",
    "UsersService.GetUser": "everybody",
    "UsersService.UpdateUser": "everybody",
    "KeysService.CreateKey": "everybody",
    "KeysService.ListKeys": "everybody",
    "KeysService.DeleteKey": "everybody",
    "RolesService.ListRoles": "managers",
    "RolesService.GetRole": "managers",
    "RolesService.CreateRole": "managers",
    "RolesService.UpdateRole": "managers",
    "RolesService.DeleteRole": "managers",
    "OwnershipService.TransferOwnership": "managers",
    "ExportsService.ExportOwnData": "everybody",
    "UsersService.ListInvitees": "managers",
    "ProgramsService.CreateProgram": "managers",
    "ProgramsService.CreateProgramKey": "managers",
    "ProgramsService.ListProgramKeys": "managers",
    "ProgramsService.DeleteProgramKey": "managers",
    "IdentitiesService.GetWaysIn": "anybody",
    "IdentitiesService.BeginSignIn": "anybody",
    "IdentitiesService.CompleteSignIn": "anybody",
    "IdentitiesService.BeginLink": "everybody",
    "IdentitiesService.CompleteLink": "everybody",
    "IdentitiesService.ListIdentities": "everybody",
    "IdentitiesService.DeleteIdentity": "everybody",
    "UsersService.ListUsers": "managers",
    "UsersService.DeleteUser": "managers",
    "InvitesService.CreateInvite": "managers",
    "InvitesService.ListInvites": "managers",
    "InvitesService.DeleteInvite": "managers",
    "LocksService.ListLocks": "managers",
    "LocksService.UnlockUser": "managers",
    "AuditService.ListAuditEntries": "managers",
    "AuditService.ExportAuditEntries": "managers",
    "AuditService.ExportAuditCsv": "managers",
    "EventsService.WatchEvents": "managers",
    "OperatorService.IssueOwnerPasswordReset": "operators",
    "OperatorService.DisableOwnerSecondFactor": "operators",
    "OperatorService.GetSealing": "operators",
}
# Of those who sign in; the operator is none of them.
KEPT_OUT = {"managers": set(ROLES) - MANAGERS, "operators": set(ROLES)}


def label(method: MethodDescriptor) -> str:
    return f"{method.containing_service.name}.{method.name}"


async def call(
    house: House, method: MethodDescriptor, metadata: Metadata
) -> StatusCode:
    """Ask with an empty message: what lies behind the door may find it wanting."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    kind: Callable[..., Any] = (
        house.channel.unary_stream
        if method.server_streaming
        else house.channel.unary_unary
    )
    ask = kind(
        path,
        request_serializer=lambda message: message.SerializeToString(),
        response_deserializer=GetMessageClass(method.output_type).FromString,
    )
    # A stream that is let in says nothing by itself.
    timeout_s = 1 if method.server_streaming else 20
    request = GetMessageClass(method.input_type)()
    asked = ask(request, metadata=metadata, timeout=timeout_s)
    try:
        if method.server_streaming:
            await asked.read()
        else:
            await asked
    except aio.AioRpcError as error:
        return error.code()
    return StatusCode.OK


def test_the_table_names_every_rpc() -> None:
    assert set(WHO_MAY) == {label(method) for method in METHODS}


async def test_each_role_comes_as_far_as_the_table_says(house: House) -> None:
    owner = await house.owner()
    people = {"owner": owner.metadata}
    for role in ROLES[1:]:
        people[role] = (await house.member(owner, role, role)).metadata

    for method in METHODS:
        if label(method) in ENDS_THE_SESSION:
            continue
        for role, metadata in people.items():
            code = await call(house, method, metadata)

            kept_out = role in KEPT_OUT.get(WHO_MAY[label(method)], ())
            refused = code is StatusCode.PERMISSION_DENIED
            assert refused == kept_out, (label(method), role, code)
            assert code not in (StatusCode.INTERNAL, StatusCode.UNKNOWN), label(method)


async def test_nobody_who_is_not_signed_in_comes_further_than_the_table_says(
    house: House,
) -> None:
    await house.owner()

    for method in METHODS:
        code = await call(house, method, ())

        asks_who = code is StatusCode.UNAUTHENTICATED
        if label(method) == "SessionsService.ExchangeToken":
            assert asks_who
        else:
            assert asks_who == (WHO_MAY[label(method)] != "anybody"), label(method)


async def test_each_permission_opens_what_it_names_and_nothing_else(
    house: House,
) -> None:
    owner = await house.owner()

    for permission in (Permission.MANAGE_USERS, Permission.WATCH_EVENTS):
        metadata = await limited(house, owner.metadata, permission)
        for method in METHODS:
            policy = method.GetOptions().Extensions[policy_pb2.policy]
            needed = policy.permission
            if not needed or policy.in_person:
                continue
            code = await call(house, method, metadata)

            kept_out = code is StatusCode.PERMISSION_DENIED
            in_reach = label(method) != "InvitesService.CreateInvite"
            assert kept_out == (needed != permission or not in_reach), label(method)


async def limited(house: House, metadata: Metadata, permission: int) -> Metadata:
    made = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="limited", permissions=[permission]),
        metadata=metadata,
    )
    return await house.metadata(made.secret)


async def test_bytes_that_are_no_message_crash_nothing(house: House) -> None:
    """gRPC itself turns away what it cannot read, before it is anybody's call."""
    owner = await house.owner()
    wrong_text, too_short, nonsense = b"\x0a\x02\xff\xfe", b"\x0a\x7f", b"\xff" * 50

    for method in METHODS:
        if method.server_streaming or label(method) in ENDS_THE_SESSION:
            continue
        path = f"/{method.containing_service.full_name}/{method.name}"
        for noise in (wrong_text, too_short, nonsense):
            with suppress(aio.AioRpcError):
                await house.channel.unary_unary(path)(
                    noise, metadata=owner.metadata, timeout=5
                )

    assert (await house.exchange(owner.token)).user_id == owner.user.id
