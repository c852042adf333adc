"""What the linter cannot say of the house."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.data import ROOT

HOUSE = ("gateway", "services", "kit", "launcher")
ROOMS = sorted(path for part in HOUSE for path in (ROOT / part).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
SIMULATORS = sorted((ROOT / "tests" / "simulators").rglob("*.py"))
PAGES = sorted((ROOT / "web").rglob("*.js"))


def rooms_with(pattern: str, paths: Iterable[Path]) -> list[str]:
    """Those in whose text it is found."""
    refused = re.compile(pattern, re.MULTILINE)
    return [room(path) for path in paths if refused.search(path.read_text())]


def room(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_room_is_over_400_lines() -> None:
    lines = {
        room(path): len(path.read_text().splitlines())
        for path in (*ROOMS, *TESTS, *PAGES)
    }

    assert {path: count for path, count in lines.items() if count > 400} == {}
    assert len(lines) > 500


def test_an_init_is_empty() -> None:
    inits = [path for path in ROOMS if path.name == "__init__.py"]

    assert rooms_with(r"\S", inits) == []


def test_columns_are_named_and_pages_have_keys() -> None:
    assert rooms_with(r"SELECT\s+\*|\bOFFSET\b", ROOMS) == []


def test_sql_lives_in_stores_and_in_the_cellar() -> None:
    cellar = ("kit", "launcher")
    others = [
        path
        for path in ROOMS
        if "store" not in path.parts and path.relative_to(ROOT).parts[0] not in cellar
    ]

    assert (
        rooms_with(r'"""\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|WITH)\s', others)
        == []
    )


def test_the_environment_is_read_only_at_the_front_door() -> None:
    inner = [path for path in ROOMS if path.name != "__main__.py"]

    assert rooms_with(r"os\.environ\b|getenv", inner) == []


def test_a_simulator_shares_none_of_our_misunderstandings() -> None:
    ours = r"^\s*(from|import) (kit|services|gateway|launcher|medianest)\b"

    assert rooms_with(ours, SIMULATORS) == []


def test_tests_patch_nothing_and_mock_nothing() -> None:
    others = [path for path in TESTS if path != Path(__file__)]
    refused = r"unittest\.mock|monkeypatch\.setattr|MagicMock|AsyncMock"

    assert rooms_with(refused, others) == []


@pytest.mark.parametrize("path", PAGES, ids=room)
def test_the_portal_parses_no_html_and_asks_nobody_else(path: Path) -> None:
    text = path.read_text()
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text
    )
    foreign = set(re.findall(r"https?://[^\s\"'`/)]+", text))
    examples = {
        "http://www.w3.org",
        "http://nas:8096",
        "http://plex.lan:32400",
        "http://radarr.lan:7878",
        "https://ha.example",
    }
    # Asked by who presses the link of a trailer, and by nothing else: the pages' policy
    # keeps them from loading it.
    links = {"https://www.youtube.com"}
    assert foreign <= examples | links
