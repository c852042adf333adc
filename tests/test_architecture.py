"""What the linter cannot say of the house."""

import re
from pathlib import Path

import pytest

from tests.data import ROOT

HOUSE = ("gateway", "services", "kit", "launcher")
ROOMS = sorted(path for part in HOUSE for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SIMULATORS = sorted((ROOT / "tests" / "simulators").rglob("*.py"))
PAGES = sorted((ROOT / "web").rglob("*.js"))


def room(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", [*ROOMS, *TESTS, *PAGES], ids=room)
def test_no_room_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_an_init_is_empty(path: Path) -> None:
    assert path.name != "__init__.py" or not path.read_text().strip()


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_columns_are_named_and_pages_have_keys(path: Path) -> None:
    assert not re.search(r"SELECT\s+\*|\bOFFSET\b", path.read_text())


@pytest.mark.parametrize(
    "path", [path for path in ROOMS if "store" not in path.parts], ids=room
)
def test_sql_lives_in_stores_and_in_the_cellar(path: Path) -> None:
    allowed = path.is_relative_to(ROOT / "kit") or path.is_relative_to(
        ROOT / "launcher"
    )
    statement = r'"""\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s'
    assert allowed or not re.search(statement, path.read_text())


@pytest.mark.parametrize("path", ROOMS, ids=room)
def test_the_environment_is_read_only_at_the_front_door(path: Path) -> None:
    if path.name != "__main__.py":
        assert not re.search(r"os\.environ\b|getenv", path.read_text())


@pytest.mark.parametrize("path", SIMULATORS, ids=room)
def test_a_simulator_shares_none_of_our_misunderstandings(path: Path) -> None:
    ours = r"^\s*(from|import) (kit|services|gateway|launcher|medianest)\b"
    assert not re.search(ours, path.read_text(), re.MULTILINE)


@pytest.mark.parametrize(
    "path", [path for path in TESTS if path != Path(__file__)], ids=room
)
def test_tests_patch_nothing_and_mock_nothing(path: Path) -> None:
    refused = r"unittest\.mock|monkeypatch\.setattr|MagicMock|AsyncMock"
    assert not re.search(refused, path.read_text())


@pytest.mark.parametrize("path", PAGES, ids=room)
def test_the_portal_parses_no_html_and_asks_nobody_else(path: Path) -> None:
    text = path.read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text
    )
    foreign = set(re.findall(r"https?://[^\s\"'`/)]+", text))
    assert foreign <= {"http://www.w3.org", "http://nas:8096"}
