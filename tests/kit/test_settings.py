"""Settings come from files of secrets too."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from kit.settings import load


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MEDIANEST_TESTED_", frozen=True)

    database_url: SecretStr
    log_format: str = "columns"


def test_a_secret_is_read_from_the_file_that_is_named_like_it(tmp_path: Path) -> None:
    (tmp_path / "medianest_tested_database_url").write_text("postgresql://there\n")

    settings = load(Settings, secrets=tmp_path)

    assert settings.database_url.get_secret_value() == "postgresql://there"
    assert settings.log_format == "columns"


def test_the_environment_is_believed_before_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "medianest_tested_database_url").write_text("of the file")
    monkeypatch.setenv("MEDIANEST_TESTED_DATABASE_URL", "of the environment")

    settings = load(Settings, secrets=tmp_path)

    assert settings.database_url.get_secret_value() == "of the environment"


def test_a_machine_without_a_folder_of_secrets_is_an_ordinary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEDIANEST_TESTED_DATABASE_URL", "somewhere")

    settings = load(Settings, secrets=tmp_path / "missing")

    assert settings.database_url.get_secret_value() == "somewhere"


def test_what_is_wrong_is_said_by_name_and_never_by_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "medianest_tested_log_format").write_text("a-secret-in-a-wrong-file")

    with pytest.raises(SystemExit) as ended:
        load(Settings, secrets=tmp_path)

    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "MEDIANEST_TESTED_DATABASE_URL" in said
    assert "a-secret-in-a-wrong-file" not in said
