"""Stand-ins for the services and the gateway: real processes, and small ones."""

import os
from pathlib import Path

import pytest

from tests.data import ROOT

STAND_INS = Path(__file__).parent / "stand_ins"


@pytest.fixture(scope="session")
def stand_ins() -> dict[str, str]:
    """The environment in which `python -m gateway` and `python -m services.x` are the
    stand-ins."""
    return {"PYTHONPATH": os.pathsep.join((str(STAND_INS), str(ROOT)))}
