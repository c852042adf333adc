"""Stand-ins for the services and the gateway: real processes, and small ones."""

import os
from pathlib import Path

import pytest

from tests.data import ROOT
from tests.lived_in import like

STAND_INS = Path(__file__).parent / "stand_ins"


@pytest.fixture(scope="session")
def stand_ins() -> dict[str, str]:
    """The environment in which `python -m gateway` and `python -m services.x` are the
    stand-ins."""
    return {
        "PYTHONPATH": os.pathsep.join(
            map(str, (STAND_INS, ROOT, ROOT / "protos" / "gen"))
        )
    }


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory, stand_ins):
    """The data folder of a house that ran before: to make a new one takes longer than
    what most tests are about."""
    return like("stand-ins", stand_ins, tmp_path_factory.mktemp("lived_in"))
