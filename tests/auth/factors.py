"""Somebody with an authenticator app."""

from datetime import timedelta

import pyotp

from medianest.auth.v1 import second_factors_pb2
from tests.auth.house import PASSWORD, House, Person


def code_at(secret: str, house: House, steps: int = 0) -> str:
    """What the app shows at the house's time, or some half minutes from then."""
    return pyotp.TOTP(secret).at(house.clock.now() + steps * timedelta(seconds=30))


async def offer(
    house: House, by: Person, password: str = PASSWORD
) -> second_factors_pb2.SecondFactorOffer:
    return await house.factors.OfferSecondFactor(
        second_factors_pb2.OfferSecondFactorRequest(password=password),
        metadata=by.metadata,
    )


async def confirm(house: House, by: Person, code: str) -> list[str]:
    made = await house.factors.ConfirmSecondFactor(
        second_factors_pb2.ConfirmSecondFactorRequest(code=code), metadata=by.metadata
    )
    return list(made.codes)


async def enabled(house: House, by: Person) -> tuple[str, list[str]]:
    """A second factor whose next code is good: its secret, and the recovery codes."""
    secret = (await offer(house, by)).secret
    codes = await confirm(house, by, code_at(secret, house, -1))
    return secret, codes


async def renew(house: House, by: Person, code: str) -> list[str]:
    made = await house.factors.RenewRecoveryCodes(
        second_factors_pb2.RenewRecoveryCodesRequest(code=code), metadata=by.metadata
    )
    return list(made.codes)


async def disable(
    house: House, by: Person, code: str, password: str = PASSWORD
) -> None:
    await house.factors.DisableSecondFactor(
        second_factors_pb2.DisableSecondFactorRequest(password=password, code=code),
        metadata=by.metadata,
    )


async def factor_of(house: House, by: Person) -> second_factors_pb2.SecondFactor:
    return await house.factors.GetSecondFactor(
        second_factors_pb2.GetSecondFactorRequest(), metadata=by.metadata
    )


async def require(
    house: House, by: Person, of: "second_factors_pb2.RequiredOf.ValueType"
) -> None:
    await house.factors.SetSecondFactorRule(
        second_factors_pb2.SetSecondFactorRuleRequest(required_of=of),
        metadata=by.metadata,
    )
