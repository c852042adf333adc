"""The documents say what is so."""

import re

from tests import settings_table
from tests.data import ROOT


def test_the_settings_in_the_operations_page_are_those_of_the_code() -> None:
    """`python -m tests.settings_table` mends it."""
    assert settings_table.written() == settings_table.tables()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 120


def test_every_target_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = set(re.findall(r"`make ([a-z0-9-]+)`", (ROOT / "README.md").read_text()))
    assert named <= targets


def test_every_page_that_a_document_links_to_is_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
