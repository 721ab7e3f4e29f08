"""Makes the helper modules of the tests importable, and settles how property tests choose their examples.

A tree passes or fails the same way every time; ``SWATH_EXPLORE=1`` tries other examples at each run.
"""

import os
import signal
import sys
from pathlib import Path

from hypothesis import settings

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "engine")]
settings.register_profile("swath", deadline=None, derandomize=os.environ.get("SWATH_EXPLORE") != "1")
settings.load_profile("swath")

# In the background of a shell Ctrl-C is ignored, and what tests start there would ignore it too.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
