"""Makes the helper modules of the tests importable, and lets no property test fail for its time."""

import signal
import sys
from pathlib import Path

from hypothesis import settings

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "engine")]
settings.register_profile("swath", deadline=None)
settings.load_profile("swath")

# In the background of a shell Ctrl-C is ignored, and what tests start there would ignore it too.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
