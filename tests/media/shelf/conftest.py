"""A house of one's own."""

from pathlib import Path

import pytest

from tests.conftest import MakeDatabase
from tests.media.shelf.house import House


@pytest.fixture
async def house(make_database: MakeDatabase, tmp_path: Path) -> House:
    database, _ = await make_database("media")
    folder = tmp_path / "library"
    folder.mkdir()
    return House(database, folder)
