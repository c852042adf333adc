"""Ports that are free, taken, or not ours to use."""

import socket

import pytest

from launcher.failures import CannotRun
from launcher.plan import make_plan
from launcher.ports import at, choose, ensure_free
from launcher.settings import Settings


def test_ports_behind_the_first_are_taken_when_one_is_named():
    assert choose(50051, 3) == [50051, 50052, 50053]


def test_free_ports_are_different_and_below_those_of_outgoing_connections():
    ports = choose(0, 20)

    assert len(set(ports)) == 20
    assert max(ports) < 32_768


def test_a_taken_port_is_named_with_the_setting_that_moves_it():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(CannotRun, match=f"port {port} is taken .*MEDIANEST_PORT"):
            ensure_free("127.0.0.1", port, "MEDIANEST_PORT")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "2001:db8::1"])
def test_an_address_of_another_machine_is_named(host):
    with pytest.raises(CannotRun, match="MEDIANEST_BIND"):
        ensure_free(host, 8400, "MEDIANEST_PORT")


def test_six_addresses_of_version_six_have_brackets():
    assert at("::1", 8400) == "[::1]:8400"
    assert at("127.0.0.1", 8400) == "127.0.0.1:8400"


def test_replicas_take_the_ports_behind_the_first_of_each():
    first = choose(0, 1)[0]
    plan = make_plan(
        Settings(port=first, replicas=2, grpc_port=0, metrics_port=0, bind="0.0.0.0")
    )

    assert [seat.address for seat in plan.gateways] == [
        f"0.0.0.0:{first}",
        f"0.0.0.0:{first + 1}",
    ]
    assert plan.gateway_urls[0] == f"http://127.0.0.1:{first}"
    addresses = {seat.address for seats in plan.services.values() for seat in seats}
    assert len(addresses) == 6


def test_a_port_that_is_wanted_twice_is_named_with_both_settings():
    plan = make_plan(Settings(port=choose(0, 1)[0], grpc_port=0, metrics_port=0))
    (gateway,) = plan.gateways
    port = gateway.address.rpartition(":")[2]
    plan = make_plan(Settings(port=port, grpc_port=port, metrics_port=0))

    with pytest.raises(
        CannotRun, match=f"port {port} is wanted twice: .*_PORT or .*GRPC_PORT"
    ):
        plan.ensure_free()


def test_replicas_whose_ports_there_are_not_are_refused():
    with pytest.raises(CannotRun, match="65535 is the last"):
        make_plan(Settings(port=65_535, replicas=2))


def test_a_port_that_is_promised_is_not_given_out_again():
    promised = range(20_000, 31_500)

    assert set(choose(0, 20, but=promised)).isdisjoint(promised)


def test_services_have_the_ports_that_the_documents_name():
    plan = make_plan(Settings())

    assert [plan.addresses(name) for name in ("auth", "media", "status")] == [
        "127.0.0.1:8451",
        "127.0.0.1:8452",
        "127.0.0.1:8453",
    ]
