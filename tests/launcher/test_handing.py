"""Each process gets the secrets that it needs, and no other's."""

from pathlib import Path

import pytest

from kit.settings import load
from launcher.failures import CannotRun
from launcher.handing import hand_out, shares
from launcher.house import house_in_containers
from launcher.settings import Settings
from launcher.vault import open_vault
from services.auth.settings import Settings as Auth
from services.media.settings import Settings as Media

WHERE = ("postgres:5432", "redis:6379")


def test_a_service_starts_from_what_it_was_handed(tmp_path: Path) -> None:
    secrets = open_vault(tmp_path)
    hand_out(secrets, tmp_path / "handed", *WHERE)

    auth = load(Auth, secrets=tmp_path / "handed" / "auth")
    media = load(Media, secrets=tmp_path / "handed" / "media")

    assert auth.caller_keys == media.caller_keys
    assert auth.setup_token.get_secret_value() == secrets.setup_token
    assert secrets.auth_password in auth.database_url.get_secret_value()
    assert auth.database_url != media.database_url


def test_the_step_that_migrates_is_handed_the_administrator(tmp_path: Path) -> None:
    secrets = open_vault(tmp_path)
    hand_out(secrets, tmp_path / "handed", *WHERE)

    settings = load(Settings, secrets=tmp_path / "handed" / "migrate")

    assert settings.database_url is not None
    url = settings.database_url.get_secret_value()
    assert (
        url
        == f"postgresql://postgres:{secrets.postgres_password}@postgres:5432/postgres"
    )


def test_nobody_is_handed_what_is_not_his(tmp_path: Path) -> None:
    secrets = open_vault(tmp_path)
    known = {
        process: "\n".join(files.values())
        for process, files in shares(secrets, *WHERE).items()
    }

    def who_knows(secret: str) -> set[str]:
        return {process for process, text in known.items() if secret in text}

    assert who_knows(secrets.postgres_password) == {"postgres", "migrate"}
    assert who_knows(secrets.auth_password) == {"auth"}
    assert who_knows(secrets.media_password) == {"media"}
    assert who_knows(secrets.setup_token) == {"auth"}
    assert who_knows(secrets.gateway_token) == {"auth", "gateway"}
    assert who_knows(secrets.auth_sealing_keys) == {"auth"}
    assert who_knows(secrets.media_sealing_keys) == {"media"}
    assert who_knows(secrets.caller_keys) == {"auth", "media", "status"}


def test_a_second_handing_changes_nothing(tmp_path: Path) -> None:
    hand_out(open_vault(tmp_path), tmp_path / "handed", *WHERE)
    before = contents(tmp_path / "handed")

    hand_out(open_vault(tmp_path), tmp_path / "handed", *WHERE)

    assert contents(tmp_path / "handed") == before
    assert len(before) > 10


def test_others_cannot_look_into_a_folder_of_secrets(tmp_path: Path) -> None:
    hand_out(open_vault(tmp_path), tmp_path / "handed", *WHERE)

    assert (tmp_path / "handed").stat().st_mode & 0o077 == 0


def test_an_import_in_containers_has_the_keys_of_the_vault(tmp_path: Path) -> None:
    secrets = open_vault(tmp_path)

    house = house_in_containers(tmp_path, "dns:///media:50052")

    assert house.caller_keys == secrets.caller_keys
    assert house.media_addresses == "dns:///media:50052"


def test_a_folder_that_cannot_be_made_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotRun, match="cannot be written"):
        hand_out(open_vault(tmp_path), tmp_path / "file", *WHERE)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }
