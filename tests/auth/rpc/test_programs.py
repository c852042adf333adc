"""Programs have accounts of their own, and nothing but keys."""

from typing import Any

import asyncpg
import pytest
from grpc import StatusCode

from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import (
    keys_pb2,
    ownership_pb2,
    programs_pb2,
    roles_pb2,
    users_pb2,
)
from tests.auth.house import House, Metadata, Person, Refusal, reason, refusal


async def create(
    house: House, metadata: Metadata, name: str = "kodi", role: str = "viewer"
) -> users_pb2.User:
    return await house.programs.CreateProgram(
        programs_pb2.CreateProgramRequest(name=name, role=role), metadata=metadata
    )


async def cut(
    house: House, metadata: Metadata, program_id: str, **fields: Any
) -> keys_pb2.CreateKeyResponse:
    return await house.programs.CreateProgramKey(
        programs_pb2.CreateProgramKeyRequest(
            program_id=program_id, name="kitchen", **fields
        ),
        metadata=metadata,
    )


async def test_a_program_comes_in_with_its_keys_alone(
    house: House, owner: Person
) -> None:
    program = await create(house, owner.metadata)
    first, second = [await cut(house, owner.metadata, program.id) for _ in range(2)]
    told = await house.exchange(first.secret)
    listed = await house.programs.ListProgramKeys(
        programs_pb2.ListProgramKeysRequest(program_id=program.id),
        metadata=owner.metadata,
    )
    await house.programs.DeleteProgramKey(
        programs_pb2.DeleteProgramKeyRequest(
            program_id=program.id, key_id=first.key.id
        ),
        metadata=owner.metadata,
    )

    assert program.kind == users_pb2.User.Kind.PROGRAM
    assert (told.user_id, told.session_id) == (program.id, f"key:{first.key.id}")
    assert told.permissions & 1 << Permission.VIEW_SERVICES
    assert sorted(key.id for key in listed.keys) == sorted(
        [first.key.id, second.key.id]
    )
    assert await reason(house.exchange(first.secret)) == "session_unknown"
    assert await reason(house.sign_in("kodi")) == "credentials_wrong"
    for table in ("passwords (user_id, hash, set_at)", "sessions"):
        with pytest.raises(asyncpg.PostgresError, match="of_kind"):
            await house.database.execute(
                f"INSERT INTO {table} SELECT $1::uuid, '$argon2id$', now()"
                if table != "sessions"
                else """
                INSERT INTO sessions (id, user_id, token_sha256, created_at,
                                      last_seen_at, expires_at, user_agent, address)
                SELECT id, id, sha256('x'), now(), now(), 'infinity', '', ''
                  FROM users
                 WHERE id = $1::uuid
                """,
                program.id,
            )


async def test_a_suspended_program_is_not_known(house: House, owner: Person) -> None:
    program = await create(house, owner.metadata)
    made = await cut(house, owner.metadata, program.id)

    await house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user={"id": program.id, "suspended": True},
            update_mask={"paths": ["suspended"]},
        ),
        metadata=owner.metadata,
    )

    assert await reason(house.exchange(made.secret)) == "session_unknown"


async def test_nobody_keeps_a_program_that_may_do_more_than_they(
    house: House, owner: Person
) -> None:
    await house.roles.CreateRole(
        roles_pb2.CreateRoleRequest(
            name="keeper", permissions=[Permission.MANAGE_USERS]
        ),
        metadata=owner.metadata,
    )
    keeper = (await house.member(owner, "kim", "keeper")).metadata
    strong = await create(house, owner.metadata, "strong", "admin")
    made = await cut(house, owner.metadata, strong.id)

    beyond = [
        create(house, keeper, "mine", "admin"),
        cut(house, keeper, strong.id),
        house.programs.DeleteProgramKey(
            programs_pb2.DeleteProgramKeyRequest(
                program_id=strong.id, key_id=made.key.id
            ),
            metadata=keeper,
        ),
    ]

    assert {await reason(each) for each in beyond} == {"beyond_your_permissions"}
    weak = await create(house, keeper, "weak", "keeper")
    too_much = cut(house, keeper, weak.id, permissions=[Permission.DOWNLOAD])
    assert await reason(too_much) == "beyond_your_permissions"


async def test_a_persons_keys_are_not_to_be_had_by_this_door(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    theirs = await house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="k"), metadata=friend.metadata
    )

    refused = [
        cut(house, owner.metadata, friend.user.id),
        house.programs.ListProgramKeys(
            programs_pb2.ListProgramKeysRequest(program_id=friend.user.id),
            metadata=owner.metadata,
        ),
        house.programs.DeleteProgramKey(
            programs_pb2.DeleteProgramKeyRequest(
                program_id=friend.user.id, key_id=theirs.key.id
            ),
            metadata=owner.metadata,
        ),
    ]

    assert {await reason(each) for each in refused} == {"program_missing"}


async def test_no_key_makes_programs_and_no_program_owns_the_house(
    house: House, owner: Person
) -> None:
    program = await create(house, owner.metadata, "strong", "admin")
    key = await house.metadata((await cut(house, owner.metadata, program.id)).secret)

    made = await refusal(create(house, key, "another"))
    more = await reason(cut(house, key, program.id))
    handed = house.ownership.TransferOwnership(
        ownership_pb2.TransferOwnershipRequest(user_id=program.id),
        metadata=owner.metadata,
    )

    assert made == Refusal(StatusCode.PERMISSION_DENIED, "key_refused", "")
    assert more == "key_refused"
    assert await reason(handed) == "owner_unfit"


async def test_what_is_wrong_with_a_program_is_named(
    house: House, owner: Person
) -> None:
    for name in ("", "a b", "x" * 65, "a@b", "\0"):
        assert (await refusal(create(house, owner.metadata, name))).field == "name"
    for role in ("", "owner", "king", "\0"):
        refused = await refusal(create(house, owner.metadata, role=role))
        assert refused.field == "role"
    assert await reason(create(house, owner.metadata, "OLGA")) == "name_taken"
