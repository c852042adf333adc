"""Where the data to test with lies: beside the project, never in it."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("MEDIANEST_SHARED", ROOT.parent / "shared"))
CATALOG = SHARED / "data" / "catalogue"
MEDIA = SHARED / "data" / "media"
RECORDED = SHARED / "data" / "recorded"
RELEASE_NAMES = SHARED / "data" / "release-names"
