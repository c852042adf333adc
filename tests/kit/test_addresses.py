"""Nobody chooses the address that they are counted under."""

from datetime import timedelta

import pytest

from kit.rpc.addresses import ADDRESS_KEY, SEAL_KEY, AddressSeal, peer_address
from tests.clock import StoppedClock

TOKEN = "what the gateway and auth alone share"
GOOD_FOR = timedelta(seconds=120)


class Call:
    """As much of a call as says where it comes from."""

    def __init__(self, *metadata: tuple[str, str]) -> None:
        self._metadata = metadata

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return self._metadata

    def peer(self) -> str:
        return "ipv4:192.0.2.1:4711"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


def seen(clock: StoppedClock, address: str, seal: str, token: str = TOKEN) -> str:
    call = Call((ADDRESS_KEY, address), (SEAL_KEY, seal))
    return AddressSeal(token, clock).address_of(call)  # type: ignore[arg-type]


def test_a_sealed_address_counts(clock: StoppedClock) -> None:
    for address in ("10.0.0.7", "2001:db8::7"):
        seal = AddressSeal(TOKEN, clock).seal(address)

        assert seen(clock, address, seal) == address


def test_a_seal_is_good_for_its_address_and_its_time(clock: StoppedClock) -> None:
    seals = AddressSeal(TOKEN, clock)
    seal = seals.seal("10.0.0.7")

    assert seen(clock, "10.0.0.8", seal) == "192.0.2.1"
    call = Call((ADDRESS_KEY, "10.0.0.7"), (SEAL_KEY, seal))
    assert seals.address_of(call) == "10.0.0.7"  # type: ignore[arg-type]
    clock.advance(GOOD_FOR)
    assert seals.address_of(call) == "192.0.2.1"  # type: ignore[arg-type]
    assert seen(clock, "10.0.0.7", seal) == "192.0.2.1"


def test_a_seal_is_renewed_long_before_it_ends(clock: StoppedClock) -> None:
    seals = AddressSeal(TOKEN, clock)
    for _ in range(10):
        seal = seals.seal("10.0.0.7")
        clock.advance(GOOD_FOR / 4)

        assert seen(clock, "10.0.0.7", seal) == "10.0.0.7"


@pytest.mark.parametrize(
    "seal", ["", ".", "1", "9999999999.", "9999999999.AAAA", "x.y", "-1.a", "1.\u00e9"]
)
def test_what_is_no_seal_is_none(clock: StoppedClock, seal: str) -> None:
    assert seen(clock, "10.0.0.7", seal) == "192.0.2.1"


def test_without_a_token_nothing_is_sealed_and_nothing_believed(
    clock: StoppedClock,
) -> None:
    assert AddressSeal("", clock).seal("10.0.0.7") == ""
    of_nobody = AddressSeal("another token", clock).seal("10.0.0.7")

    assert seen(clock, "10.0.0.7", of_nobody, token="") == "192.0.2.1"
    assert seen(clock, "10.0.0.7", of_nobody) == "192.0.2.1"


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        ("ipv4:10.0.0.7:4711", "10.0.0.7"),
        ("ipv6:%5B2001:db8::7%5D:4711", "2001:db8::7"),
        ("ipv6:[::1]:4711", "::1"),
        ("unix:/run/auth", "unix"),
        ("", ""),
    ],
)
def test_a_peer_has_an_address(peer: str, address: str) -> None:
    assert peer_address(peer) == address
