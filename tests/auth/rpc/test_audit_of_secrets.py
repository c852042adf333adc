"""What happens to passwords and second factors is written down, without them."""

from medianest.auth.v1 import passwords_pb2, second_factors_pb2
from tests.auth.factors import code_at, disable, enabled, renew, require
from tests.auth.house import PASSWORD, House, Person
from tests.auth.rpc.test_audit import by, entries

NEW = "staple the whole battery"


async def test_a_password_changed_and_one_reset(house: House, owner: Person) -> None:
    friend = await house.member(owner, "frieda")
    await house.passwords.ChangePassword(
        passwords_pb2.ChangePasswordRequest(
            current_password=PASSWORD, new_password=NEW
        ),
        metadata=friend.metadata,
    )
    reset = await house.passwords.IssuePasswordReset(
        passwords_pb2.IssuePasswordResetRequest(user_id=friend.user.id),
        metadata=owner.metadata,
    )
    await house.passwords.RedeemPasswordReset(
        passwords_pb2.RedeemPasswordResetRequest(token=reset.token, password=NEW)
    )

    (changed,) = await entries(house, "password.changed")
    (issued,) = await entries(house, "password.reset_issued")
    (redeemed,) = await entries(house, "password.reset")

    assert by(changed) == (friend.user.id, friend.session_id)
    assert by(issued) == (owner.user.id, owner.session_id)
    assert redeemed["actor_id"] is None
    assert redeemed["after"] == {"issuedBy": owner.user.id}
    for entry in (changed, issued, redeemed):
        assert entry["target"] == f"user:{friend.user.id}"
    written = await house.database.fetchval("SELECT json_agg(audit)::text FROM audit")
    assert reset.token not in written
    assert NEW not in written


async def test_a_second_factor_from_its_first_code_to_its_last(
    house: House, owner: Person
) -> None:
    friend = await house.member(owner, "frieda")
    secret, codes = await enabled(house, friend)
    await renew(house, friend, code_at(secret, house))
    await disable(house, friend, code_at(secret, house, 1))
    again, _ = await enabled(house, owner)
    await require(house, owner, second_factors_pb2.MANAGERS)

    enabling = await entries(house, "second_factor.enabled")
    (renewed,) = await entries(house, "recovery_codes.renewed")
    (disabled,) = await entries(house, "second_factor.disabled")
    (required,) = await entries(house, "second_factor.required")

    assert {by(each) for each in enabling} == {by(disabled), by(required)}
    assert renewed["target"] == disabled["target"] == f"user:{friend.user.id}"
    assert by(renewed) == by(disabled) == (friend.user.id, friend.session_id)
    assert by(required) == (owner.user.id, owner.session_id)
    assert required["target"] == "house"
    assert required["before"] == {"requiredOf": "nobody"}
    assert required["after"] == {"requiredOf": "managers"}
    written = await house.database.fetchval("SELECT json_agg(audit)::text FROM audit")
    assert all(each not in written for each in (secret, again, *codes))
