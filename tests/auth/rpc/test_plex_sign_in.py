"""Who has a Plex account comes in by it, as themselves and nobody else."""

from datetime import timedelta
from uuid import uuid4

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from grpc import StatusCode

from medianest.auth.v1 import (
    identities_pb2,
    invites_pb2,
    sessions_pb2,
    setup_pb2,
    users_pb2,
)
from tests.auth.house import House, Person, Refusal, reason, refusal
from tests.auth.plex import PlexHouse


async def invited(plex: PlexHouse, by: Person, role: str = "friend") -> str:
    invite = await plex.house.invites.CreateInvite(
        invites_pb2.CreateInviteRequest(role=role), metadata=by.metadata
    )
    return str(invite.code)


async def test_a_house_says_how_one_can_sign_in(plex: PlexHouse, house: House) -> None:
    asking = identities_pb2.GetWaysInRequest()

    with_plex = await plex.house.identities.GetWaysIn(asking)
    without = await house.identities.GetWaysIn(asking)

    assert (with_plex.password, list(with_plex.providers)) == (True, ["plex"])
    assert (without.password, list(without.providers)) == (True, [])


async def test_who_may_watch_on_the_house_s_server_comes_in(plex: PlexHouse) -> None:
    attempt = await plex.begin()
    waiting = await plex.complete(attempt)
    plex.plextv.approve(attempt.code, plex.ada)

    ada = await plex.entered(await plex.complete(attempt))

    assert waiting == identities_pb2.CompleteSignInResponse(pending=True)
    assert attempt.code in attempt.url
    assert attempt.expires_at.ToDatetime() > plex.house.clock.now().replace(tzinfo=None)
    assert (ada.user.name, ada.user.email) == ("ada", "ada@example.org")
    assert (ada.user.role, ada.user.invited_by) == ("friend", "")
    assert (await plex.house.exchange(ada.token)).user_id == ada.user.id
    linked = await plex.identities(ada)
    assert [each.provider for each in linked] == ["plex"]
    assert linked[0].name == "ada"
    assert linked[0].avatar_url == plex.ada.thumb
    assert not linked[0].HasField("token_revoked_at")
    assert await plex.house.event_types() == [
        "user.created",
        "identity.linked",
        "session.started",
    ]


async def test_who_owns_the_server_comes_in(plex: PlexHouse) -> None:
    olga = await plex.sign_in(plex.olga)

    assert olga.user.name == "olga"
    assert olga.user.role == "friend"


async def test_who_came_in_before_comes_in_as_the_same_user(plex: PlexHouse) -> None:
    first = await plex.sign_in(plex.ada)
    plex.plextv.servers.clear()
    plex.ada.username, plex.ada.email = "countess", "countess@example.org"

    again = await plex.sign_in(plex.ada)

    assert again.user.id == first.user.id
    assert (again.user.name, again.user.email) == ("ada", "ada@example.org")
    assert again.session_id != first.session_id
    assert await plex.count("users") == await plex.count("identities") == 1
    assert (await plex.identities(again))[0].name == "countess"


async def test_without_access_or_an_invite_nobody_comes_in(plex: PlexHouse) -> None:
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.eve)

    refused = await refusal(plex.complete(attempt))

    assert refused == Refusal(StatusCode.PERMISSION_DENIED, "no_access", "")
    assert await plex.count("users") == await plex.count("identities") == 0


async def test_a_device_to_watch_on_is_no_server(plex: PlexHouse) -> None:
    plex.plextv.servers[0].is_player = True
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)

    assert await reason(plex.complete(attempt)) == "no_access"


async def test_an_invite_lets_somebody_without_access_in(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    code = await invited(plex, owner, "trusted")

    eve = await plex.sign_in(plex.eve, code)

    assert eve.user.role == "trusted"
    assert eve.user.invited_by == owner.user.id
    assert "invite.redeemed" in await plex.house.event_types()
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.plextv.add_account("mallory"))
    assert await reason(plex.complete(attempt, code)) == "invite_spent"
    assert await plex.count("users") == 2


async def test_after_a_refusal_the_same_attempt_takes_an_invite(
    plex: PlexHouse,
) -> None:
    owner = await plex.house.owner()
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.eve)
    assert await reason(plex.complete(attempt)) == "no_access"
    assert await reason(plex.complete(attempt, "x" * 24)) == "invite_missing"

    code = await invited(plex, owner)
    eve = await plex.entered(await plex.complete(attempt, code))

    assert eve.user.name == "eve"


async def test_an_invite_is_not_used_up_by_who_is_known(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    await plex.sign_in(plex.ada)

    code = await invited(plex, owner, "trusted")
    again = await plex.sign_in(plex.ada, code)

    assert again.user.role == "friend"
    assert (await plex.sign_in(plex.eve, code)).user.role == "trusted"


async def test_an_e_mail_address_alone_links_nothing(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    invite = await invited(plex, owner)
    victim = await plex.house.invites.RedeemInvite(
        invites_pb2.RedeemInviteRequest(
            code=invite,
            name="victor",
            password="battery staple 8",
            email="Victor@example.org",
        )
    )
    plex.ada.email = "victor@example.org"
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)

    alone = await refusal(plex.complete(attempt))
    with_invite = await refusal(plex.complete(attempt, await invited(plex, owner)))

    assert alone == Refusal(StatusCode.FAILED_PRECONDITION, "link_first", "")
    assert with_invite == alone
    assert await plex.count("identities") == 0
    assert await plex.count("users") == 2
    user_id = victim.session.user.id
    sessions = await plex.house.database.fetch(
        "SELECT id FROM sessions WHERE user_id = $1", user_id
    )
    assert len(sessions) == 1


async def test_a_name_alone_links_nothing(plex: PlexHouse) -> None:
    owner = await plex.house.owner("ada")

    ada = await plex.sign_in(plex.ada)

    assert ada.user.id != owner.user.id
    assert ada.user.name == "ada-2"


@pytest.mark.parametrize(
    ("at_plex", "here"),
    [
        ("Ada Lovelace", "Ada-Lovelace"),
        ("añade", "a-ade"),
        ("数据", "guest"),
        ("ada@example.org", "ada-example.org"),
        ("x" * 300, "x" * 48),
        ("<script>", "script"),
    ],
)
async def test_a_name_that_cannot_be_here_becomes_one_that_can(
    plex: PlexHouse, at_plex: str, here: str
) -> None:
    plex.ada.username = at_plex

    assert (await plex.sign_in(plex.ada)).user.name == here


async def test_an_address_that_is_none_is_left_out(plex: PlexHouse) -> None:
    plex.ada.email = "nobody at nowhere"

    assert (await plex.sign_in(plex.ada)).user.email == ""


@pytest.mark.parametrize(
    "avatar",
    [
        "http://plex.tv/users/1/avatar",
        "https://plex.tv.evil.example/users/1/avatar",
        "https://evilplex.tv/avatar",
        "https://plex.tv@evil.example/avatar",
        "https://plex.tv:8080/avatar",
        "https://127.0.0.1/avatar",
        "javascript:alert(1)",
        "https://plex.tv:x/",
        "https://[plex.tv/",
    ],
)
async def test_a_picture_that_is_not_plex_tv_s_is_none(
    plex: PlexHouse, avatar: str
) -> None:
    plex.ada.avatar = avatar

    ada = await plex.sign_in(plex.ada)

    assert (await plex.identities(ada))[0].avatar_url == ""


async def test_who_is_suspended_stays_out(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    ada = await plex.sign_in(plex.ada)
    await plex.house.users.UpdateUser(
        users_pb2.UpdateUserRequest(
            user=users_pb2.User(id=ada.user.id, suspended=True),
            update_mask=FieldMask(paths=["suspended"]),
        ),
        metadata=owner.metadata,
    )
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)

    refused = await refusal(plex.complete(attempt))

    assert refused == Refusal(StatusCode.PERMISSION_DENIED, "account_suspended", "")


async def test_who_was_removed_is_unknown_again(plex: PlexHouse) -> None:
    owner = await plex.house.owner()
    ada = await plex.sign_in(plex.ada)
    await plex.house.users.DeleteUser(
        users_pb2.DeleteUserRequest(user_id=ada.user.id), metadata=owner.metadata
    )
    assert await plex.count("identities") == 0

    assert (await plex.sign_in(plex.ada)).user.id != ada.user.id


async def test_nobody_completes_what_another_began(plex: PlexHouse) -> None:
    attempt, other = await plex.begin(), await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)

    wrong = await refusal(plex.complete(attempt, verifier=other.verifier))
    guessed = await refusal(plex.complete(attempt, verifier=attempt.code))
    swapped = identities_pb2.Attempt(id=str(uuid4()), verifier=attempt.verifier)
    unknown = await refusal(plex.complete(swapped))

    assert wrong == Refusal(StatusCode.NOT_FOUND, "attempt_missing", "")
    assert wrong == guessed == unknown
    assert plex.plextv.asked("GET", "/api/v2/pins") == 0
    assert (await plex.entered(await plex.complete(attempt))).user.name == "ada"


async def test_an_attempt_is_good_for_one_session(plex: PlexHouse) -> None:
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)
    await plex.complete(attempt)

    again = await refusal(plex.complete(attempt))

    assert again == Refusal(StatusCode.FAILED_PRECONDITION, "attempt_spent", "")
    assert await plex.count("sessions") == 1


async def test_an_attempt_that_nobody_approved_in_time_is_over(
    plex: PlexHouse,
) -> None:
    ours, theirs = await plex.begin(), await plex.begin()
    for pin in plex.plextv.pins.values():
        if pin.code == theirs.code:
            pin.lifetime_s = 0

    there = await reason(plex.complete(theirs))
    plex.house.clock.advance(timedelta(minutes=31))
    here = await reason(plex.complete(ours))

    assert (there, here) == ("attempt_expired", "attempt_expired")


async def test_however_often_it_is_asked_plex_is_asked_once_a_second(
    plex: PlexHouse,
) -> None:
    attempt = await plex.begin()
    plex.plextv.approve(attempt.code, plex.ada)
    plex.house.clock.advance(timedelta(seconds=1))
    plex.plextv.mood.only, plex.plextv.mood.body = "/api/v2/pins", b'{"id": 1}'

    told = [await plex.complete_now(attempt) for _ in range(20)]

    assert all(each.pending for each in told)
    assert plex.plextv.asked("GET", "/api/v2/pins/") == 1


async def test_too_many_open_attempts_are_refused(plex: PlexHouse) -> None:
    await plex.house.database.execute(
        """
        INSERT INTO identity_attempts (id, provider, verifier_sha256,
                                       reference_sealed, expires_at)
        SELECT gen_random_uuid(), 'plex', sha256(n::text::bytea), '', $1
          FROM generate_series(1, 10000) AS n
        """,
        plex.house.clock.now() + timedelta(minutes=5),
    )

    full = await refusal(plex.begin())
    plex.house.clock.advance(timedelta(minutes=6))

    assert full == Refusal(StatusCode.UNAVAILABLE, "sign_ins_busy", "")
    assert (await plex.begin()).code


@pytest.mark.parametrize(
    ("provider", "refused"),
    [
        ("jellyfin", Refusal(StatusCode.NOT_FOUND, "provider_missing", "provider")),
        ("", Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "provider")),
        ("Plex", Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "provider")),
        ("plex\n", Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "provider")),
        ("x" * 17, Refusal(StatusCode.INVALID_ARGUMENT, "invalid", "provider")),
    ],
)
async def test_only_at_providers_that_are_offered(
    plex: PlexHouse, provider: str, refused: Refusal
) -> None:
    asking = identities_pb2.BeginSignInRequest(provider=provider)

    assert await refusal(plex.house.identities.BeginSignIn(asking)) == refused


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("attempt_id", {"attempt_id": "1; DROP TABLE users"}),
        ("attempt_id", {"attempt_id": ""}),
        ("verifier", {"verifier": ""}),
        ("verifier", {"verifier": "x" * 257}),
    ],
)
async def test_what_completes_an_attempt_is_well_formed(
    plex: PlexHouse, field: str, fields: dict[str, str]
) -> None:
    given = {"attempt_id": str(uuid4()), "verifier": "x", **fields}

    refused = await refusal(
        plex.house.identities.CompleteSignIn(
            identities_pb2.CompleteSignInRequest(**given)
        )
    )

    assert refused == Refusal(StatusCode.INVALID_ARGUMENT, "invalid", field)


async def test_who_comes_in_by_plex_has_no_password_to_guess(plex: PlexHouse) -> None:
    await plex.sign_in(plex.ada)

    refused = await reason(
        plex.house.sessions.CreateSession(
            sessions_pb2.CreateSessionRequest(login="ada", password="correct horse 7")
        )
    )

    assert refused == "credentials_wrong"


async def test_plex_makes_nobody_the_owner(plex: PlexHouse) -> None:
    await plex.sign_in(plex.olga)

    needed = await plex.house.setup.GetSetup(setup_pb2.GetSetupRequest())

    assert needed.needed
