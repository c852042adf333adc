"""The data folder: one house's, and nobody else's."""

import fcntl
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from launcher.failures import CannotRun
from launcher.folder import claim, holder, write_private
from launcher.vault import open_vault
from tests.data import ROOT


def test_a_folder_is_made_and_locked_until_the_end(tmp_path):
    folder = tmp_path / "new" / "data"

    with claim(folder):
        assert holder(folder) == os.getpid()
        with pytest.raises(CannotRun, match=f"process {os.getpid()}"), claim(folder):
            pass

    assert holder(folder) is None
    with claim(folder):
        pass


def test_a_lock_left_by_a_killed_launcher_holds_nobody_up(tmp_path):
    (tmp_path / "lock").write_text("not a number\n")

    with claim(tmp_path):
        assert (tmp_path / "lock").read_text() == f"{os.getpid()}\n"


def test_who_only_looks_is_not_taken_for_a_launcher(tmp_path):
    """Else `medianest down` would stop whoever has the old number by now."""
    lock = tmp_path / "lock"
    lock.write_text("1\n")

    with lock.open() as somebody:
        fcntl.flock(somebody, fcntl.LOCK_SH)

        assert holder(tmp_path) is None


def test_who_only_looks_keeps_no_launcher_away(tmp_path):
    somebody = os.open(tmp_path / "lock", os.O_RDONLY | os.O_CREAT)
    fcntl.flock(somebody, fcntl.LOCK_SH)
    threading.Timer(0.1, os.close, (somebody,)).start()

    with claim(tmp_path):
        assert holder(tmp_path) == os.getpid()


def test_a_launcher_that_left_leaves_no_number(tmp_path):
    with claim(tmp_path):
        pass

    assert (tmp_path / "lock").read_text() == ""


def test_a_relative_folder_is_found_wherever_one_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with claim(Path("data")) as folder:
        assert folder == tmp_path / "data"


def test_a_folder_closed_to_us_is_named_in_one_line(tmp_path):
    """As root too, without root's right to write everywhere."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    without = ["setpriv", "--inh-caps=-all", "--bounding-set=-dac_override"]
    ended = subprocess.run(
        [
            *(without if os.geteuid() == 0 else []),
            *(sys.executable, "-m", "launcher", "up", "--data-dir", closed / "data"),
        ],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'protos' / 'gen'}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        f"medianest: the data folder {closed / 'data'} cannot be written (Permission"
        " denied): mend its permissions, or choose another with MEDIANEST_DATA_DIR\n"
    )


def test_a_private_file_is_whole_and_its_owner_s(tmp_path):
    path = tmp_path / "secret"
    for text in ("first", "second"):
        write_private(path, text)

        assert path.read_text() == text
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_secrets_are_made_once_and_are_one_s_own(tmp_path):
    first = open_vault(tmp_path)

    assert open_vault(tmp_path) == first
    other = tmp_path / "other"
    other.mkdir()
    assert open_vault(other).setup_token != first.setup_token
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_newer_version_adds_the_secrets_that_it_needs(tmp_path):
    first = open_vault(tmp_path)
    path = tmp_path / "secrets.json"
    older = json.loads(path.read_text())
    del older["gateway_token"]
    path.write_text(json.dumps(older))

    second = open_vault(tmp_path)

    assert second.gateway_token
    assert second.media_password == first.media_password
    assert open_vault(tmp_path) == second


def test_a_database_whose_secrets_are_gone_is_not_given_new_ones(tmp_path):
    (tmp_path / "postgres").mkdir()

    with pytest.raises(CannotRun, match="put the file back from a backup"):
        open_vault(tmp_path)

    assert not (tmp_path / "secrets.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "7", '{"unknown": "x"}', "\x00"])
def test_damaged_secrets_are_said_to_be(tmp_path, text):
    (tmp_path / "secrets.json").write_text(text)

    with pytest.raises(CannotRun, match="is damaged"):
        open_vault(tmp_path)
