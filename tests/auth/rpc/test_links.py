"""A user's accounts elsewhere: linked by who is signed in, and unlinked."""

import asyncio
from datetime import timedelta

import pytest
from grpc import StatusCode

from medianest.api.v1.permissions_pb2 import Permission
from medianest.auth.v1 import exports_pb2, identities_pb2, keys_pb2, sessions_pb2
from tests.auth.house import Person, Refusal, reason, refusal
from tests.auth.plex import PlexHouse


@pytest.fixture
async def owner(plex: PlexHouse) -> Person:
    return await plex.house.owner()


async def test_who_is_signed_in_links_and_then_comes_in_by_it(
    plex: PlexHouse, owner: Person
) -> None:
    attempt = await plex.begin_link(owner)
    waiting = await plex.complete_link(attempt, owner)
    plex.plextv.approve(attempt.code, plex.eve)

    linked = (await plex.complete_link(attempt, owner)).identity
    by_plex = await plex.sign_in(plex.eve)

    assert waiting == identities_pb2.CompleteLinkResponse(pending=True)
    assert (linked.provider, linked.name) == ("plex", "eve")
    assert await plex.identities(owner) == [linked]
    exported = await plex.house.exports.ExportOwnData(
        exports_pb2.ExportOwnDataRequest(), metadata=owner.metadata
    )
    assert list(exported.identities) == [linked]
    assert by_plex.user.id == owner.user.id
    assert by_plex.user.role == "owner"


async def test_a_link_is_completed_by_who_began_it(
    plex: PlexHouse, owner: Person
) -> None:
    friend = await plex.house.member(owner, "fred")
    attempt = await plex.begin_link(owner)
    plex.plextv.approve(attempt.code, plex.eve)

    by_another = await refusal(plex.complete_link(attempt, friend))
    as_a_sign_in = await refusal(plex.complete(attempt))
    sign_in = await plex.begin()
    plex.plextv.approve(sign_in.code, plex.ada)
    as_a_link = await refusal(plex.complete_link(sign_in, friend))

    missing = Refusal(StatusCode.NOT_FOUND, "attempt_missing", "")
    assert by_another == as_a_sign_in == as_a_link == missing
    assert await plex.count("identities") == 0


async def test_an_account_elsewhere_is_one_user_s(
    plex: PlexHouse, owner: Person
) -> None:
    await plex.sign_in(plex.ada)

    refused = await refusal(plex.link(owner, plex.ada))

    assert refused == Refusal(StatusCode.ALREADY_EXISTS, "identity_taken", "")
    assert await plex.identities(owner) == []


async def test_a_user_has_one_account_at_each_provider(
    plex: PlexHouse, owner: Person
) -> None:
    linked = await plex.link(owner, plex.olga)

    another = await refusal(plex.link(owner, plex.eve))
    the_same = await plex.link(owner, plex.olga)

    assert another == Refusal(StatusCode.ALREADY_EXISTS, "provider_linked", "")
    assert the_same.id == linked.id
    assert len(await plex.identities(owner)) == 1


async def test_unlinking_takes_the_way_in_away(plex: PlexHouse, owner: Person) -> None:
    linked = await plex.link(owner, plex.eve)

    await plex.unlink(owner, linked.id)

    assert await plex.identities(owner) == []
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.eve)
    assert await reason(plex.complete(attempt)) == "no_access"
    assert (await plex.house.event_types())[-1] == "identity.unlinked"
    assert plex.plextv.tokens


async def test_the_only_way_in_stays(plex: PlexHouse, owner: Person) -> None:
    ada = await plex.sign_in(plex.ada)
    linked = (await plex.identities(ada))[0]

    for revoke in (False, True):
        refused = await refusal(plex.unlink(ada, linked.id, revoke=revoke))

        assert refused == Refusal(StatusCode.FAILED_PRECONDITION, "last_way_in", "")
    assert await plex.identities(ada) == [linked]
    assert await plex.count("identity_revocations") == 0


async def test_of_two_ways_in_unlinked_at_once_one_stays(
    plex: PlexHouse, owner: Person
) -> None:
    ada = await plex.sign_in(plex.ada)
    linked = (await plex.identities(ada))[0]
    other = await plex.house.database.fetchval(
        """
        INSERT INTO identities (id, user_id, provider, subject, name, avatar_url,
                                token_sealed, check_at, linked_at)
        SELECT gen_random_uuid(), user_id, 'other', subject, '', '', '', check_at,
               linked_at
          FROM identities
        RETURNING id
        """
    )

    outcomes = await asyncio.gather(
        plex.unlink(ada, linked.id),
        plex.unlink(ada, str(other)),
        return_exceptions=True,
    )

    assert [outcome is None for outcome in outcomes].count(True) == 1
    assert await plex.count("identities") == 1


async def test_nobody_sees_or_unlinks_another_s(plex: PlexHouse, owner: Person) -> None:
    ada = await plex.sign_in(plex.ada)
    linked = (await plex.identities(ada))[0]

    seen = await plex.identities(owner)
    refused = await refusal(plex.unlink(owner, linked.id))

    assert seen == []
    assert refused == Refusal(StatusCode.NOT_FOUND, "identity_missing", "")
    assert await plex.identities(ada) == [linked]


async def test_a_key_touches_no_links(plex: PlexHouse, owner: Person) -> None:
    linked = await plex.link(owner, plex.olga)
    made = await plex.house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="bot", permissions=[Permission.REQUEST]),
        metadata=owner.metadata,
    )
    bot = Person(owner.user, "", made.secret, await plex.house.metadata(made.secret))
    attempt = await plex.begin_link(owner)

    for call in (
        plex.begin_link(bot),
        plex.complete_link(attempt, bot),
        plex.unlink(bot, linked.id),
        plex.unlink(bot, linked.id, revoke=True),
    ):
        assert await reason(call) == "key_refused"


async def test_who_unlinks_may_have_the_token_ended(
    plex: PlexHouse, owner: Person
) -> None:
    linked = await plex.link(owner, plex.eve)
    assert len(plex.plextv.tokens) == 1

    await plex.unlink(owner, linked.id, revoke=True)
    await plex.house.upkeep.look_after_all()

    assert plex.plextv.tokens == {}
    assert await plex.count("identity_revocations") == 0


async def sign_out(plex: PlexHouse, person: Person, *, revoke: bool) -> None:
    await plex.house.sessions.EndCurrentSession(
        sessions_pb2.EndCurrentSessionRequest(revoke_tokens=revoke),
        metadata=person.metadata,
    )


async def test_who_signs_out_may_have_the_tokens_ended(plex: PlexHouse) -> None:
    ada = await plex.sign_in(plex.ada)

    await sign_out(plex, ada, revoke=True)
    await sign_out(plex, ada, revoke=True)
    await plex.house.upkeep.look_after_all()

    assert plex.plextv.tokens == {}
    assert await plex.count("sessions") == 0
    again = await plex.sign_in(plex.ada)
    assert again.user.id == ada.user.id
    linked = (await plex.identities(again))[0]
    assert not linked.HasField("token_revoked_at")
    assert len(plex.plextv.tokens) == 1


async def test_who_just_signs_out_keeps_the_token(plex: PlexHouse) -> None:
    ada = await plex.sign_in(plex.ada)

    await sign_out(plex, ada, revoke=False)
    await plex.house.upkeep.look_after_all()

    assert len(plex.plextv.tokens) == 1


async def test_a_key_signs_nobody_out(plex: PlexHouse, owner: Person) -> None:
    made = await plex.house.api_keys.CreateKey(
        keys_pb2.CreateKeyRequest(name="bot"), metadata=owner.metadata
    )
    bot = Person(owner.user, "", made.secret, await plex.house.metadata(made.secret))

    assert await reason(sign_out(plex, bot, revoke=True)) == "session_is_key"


async def test_what_is_linked_unlinked_and_let_go_is_in_the_audit_log(
    plex: PlexHouse, owner: Person
) -> None:
    linked = await plex.link(owner, plex.eve)
    plex.house.clock.advance(timedelta(seconds=1))
    await plex.unlink(owner, linked.id)
    ada = await plex.sign_in(plex.ada)
    plex.house.clock.advance(timedelta(seconds=1))
    await sign_out(plex, ada, revoke=True)

    rows = await plex.house.database.fetch(
        """
        SELECT action, actor_id::text, session_id, target, before, after
          FROM audit
         WHERE action LIKE 'identity.%'
         ORDER BY id
        """
    )

    assert [(row["action"], row["actor_id"], row["session_id"]) for row in rows] == [
        ("identity.linked", owner.user.id, owner.session_id),
        ("identity.unlinked", owner.user.id, owner.session_id),
        ("identity.linked", ada.user.id, ada.session_id),
        ("identity.revoked", ada.user.id, ada.session_id),
    ]
    assert rows[0]["target"] == rows[1]["target"] == f"identity:{linked.id}"
    assert rows[0]["after"] == rows[1]["before"] == '{"provider": "plex"}'
