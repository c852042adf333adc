"""The house in containers, as its files describe it."""

import re
from pathlib import Path

import pytest

from launcher.engines import postgres
from tests import runtime_lock
from tests.data import ROOT
from tests.deploy.files import DEPLOY, FILES, compose, settings
from tests.stack.images import pins_for

SERVICES = sorted(compose().items())
NAMES = [name for name, _ in SERVICES]
OURS = {"gateway", "auth", "media", "status"}
STORES = {"postgres", "redis"}
_VARIABLE = re.compile(r"\$\{(\w+)")


def test_the_image_installs_what_the_lock_names_and_no_tools() -> None:
    """`python -m tests.runtime_lock` mends it."""
    assert runtime_lock.written() == runtime_lock.runtime()
    assert "grpcio==" in runtime_lock.written()
    assert "pytest==" not in runtime_lock.written()


def test_a_build_without_a_network_has_what_its_python_needs() -> None:
    older, newer = pins_for("3.11.2"), pins_for("3.12.1")

    assert "async-timeout==" in older
    assert "async-timeout==" not in newer
    assert older.count("aiohttp==") == newer.count("aiohttp==") == 1
    assert ";" not in older
    assert all("--hash=sha256:" in pin for pin in older.splitlines())


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)
def test_what_a_process_is_told_is_a_setting(name: str, service: dict) -> None:
    told = {each for each in service.get("environment", ()) if "MEDIANEST" in each}

    assert told <= settings()


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)
def test_nobody_may_take_all_of_the_machine(name: str, service: dict) -> None:
    limits = service["deploy"]["resources"]["limits"]

    assert {"memory", "cpus", "pids"} <= set(limits)


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)
def test_nobody_has_more_rights_than_needed(name: str, service: dict) -> None:
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    # Grafana unpacks its plugins beside itself.
    assert service.get("read_only") or name == "grafana"


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)
def test_everybody_is_asked_how_he_is_or_ends_by_himself(
    name: str, service: dict
) -> None:
    health = service["healthcheck"]

    assert "test" in health or name in {"keys", "migrate", "simulators"}


@pytest.mark.parametrize(("name", "service"), SERVICES, ids=NAMES)
def test_an_image_is_pinned_by_its_tag(name: str, service: dict) -> None:
    pinned = re.fullmatch(r"\$\{\w+:-[a-z/]+:(?P<tag>[\w.-]+)\}", service["image"])

    assert pinned is not None
    assert re.search(r"\d", pinned["tag"])


def test_of_all_ports_only_those_for_people_are_published() -> None:
    assert {name for name, service in SERVICES if service.get("ports")} == {
        "gateway",
        "grafana",
    }


def test_stores_are_seen_by_services_alone() -> None:
    seers = {
        name for name, service in SERVICES if "stores" in service.get("networks", ())
    }

    assert seers == STORES | (OURS - {"gateway"}) | {"migrate"}
    assert all(compose()[store]["networks"] == ["stores"] for store in STORES)


def test_a_volume_of_secrets_has_one_reader() -> None:
    readers: dict[str, list[str]] = {}
    for name, service in SERVICES:
        for volume in service.get("volumes", ()):
            source, _, rest = volume.partition(":")
            if source.endswith("-secrets") and name != "keys":
                assert rest == "/run/secrets:ro"
                readers.setdefault(source, []).append(name)

    assert readers == {
        f"{each}-secrets": [each] for each in OURS | STORES | {"migrate"}
    }


def test_every_variable_is_explained_with_the_value_it_has_otherwise() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    example = (DEPLOY / ".env.example").read_text()
    explained = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    defaults = dict(re.findall(r"\$\{(\w+):-([^${}]*)\}", text))

    assert set(_VARIABLE.findall(text)) == set(explained)
    assert defaults.items() <= explained.items()


def test_the_public_address_is_said_once_and_reaches_those_who_link_there() -> None:
    told = compose()["media"]["environment"]["MEDIANEST_MEDIA_PUBLIC_URL"]

    assert told == "${MEDIANEST_PUBLIC_URL:-}"


def test_postgres_is_told_what_the_embedded_one_is_told() -> None:
    text = (DEPLOY / "postgres" / "postgresql.conf").read_text()
    told = dict(re.findall(r"^(\w+) = '?([^'\n]*)'?$", text, re.MULTILINE))
    embedded = dict(postgres._SETTINGS)
    of_its_place = {"listen_addresses", "unix_socket_directories", "log_line_prefix"}
    by_default = {"fsync", "synchronous_commit"}

    assert (
        told.items()
        >= {
            name: value
            for name, value in embedded.items()
            if name not in of_its_place | by_default
        }.items()
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_has_a_secret_or_a_place_on_one_machine(path: Path) -> None:
    text = path.read_text()

    assert not re.search(
        r"(?i)(password|token|secret|requirepass)\w*\s*[:=]\s*\w{12,}", text
    )
    assert not re.search(r"/work/|/root/|/home/", text)
    if path.name != "requirements.lock":
        assert not re.search(r"\b[0-9a-f]{32,}\b", text)
