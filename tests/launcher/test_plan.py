"""What each process is told, and what it is not."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from launcher.plan import Programs, make_plan
from launcher.settings import Settings
from launcher.vault import Secrets
from services.media.settings import Settings as Media

SECRETS = Secrets(*(["a-secret"] * 10))
SETTING = "MEDIANEST_MEDIA_PUBLIC_URL"


def told(service: str, public_url: str, **inherited: str) -> dict[str, str]:
    """Its environment."""
    plan = make_plan(Settings(grpc_port=0, metrics_port=0))
    programs = Programs(plan, SECRETS, Path("/"), inherited, "redis://", public_url)
    [seat] = plan.services[service]
    return dict(programs.service(seat, "postgres://").environment)


def test_the_public_address_is_said_once() -> None:
    assert told("media", "https://home.example")[SETTING] == "https://home.example"
    assert SETTING not in told("media", "")
    assert "https://home.example" not in told("auth", "https://home.example").values()


def test_what_is_said_to_one_process_alone_holds() -> None:
    heard = told("media", "https://home.example", **{SETTING: "https://other.example"})

    assert heard[SETTING] == "https://other.example"


@pytest.mark.parametrize(
    "address",
    [
        "home.example",
        "javascript:alert(1)",
        "https://a b",
        "https://a@b",
        "https://a?b",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValidationError, match="public_url"):
        Settings(public_url=address)
    with pytest.raises(ValidationError, match="public_url"):
        Media(public_url=address, database_url="", caller_keys="", sealing_keys="")
