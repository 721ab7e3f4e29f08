"""Makes the helper modules of the tests importable, and lets no property test fail for its time."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "engine")]
settings.register_profile("swath", deadline=None)
settings.load_profile("swath")
