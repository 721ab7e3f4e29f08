"""Compiled loops: arrays in, arrays out. Nothing of Swath's own is imported here."""

from __future__ import annotations

import sys
from importlib import import_module


def _start_numba_without_blas() -> None:
    """Import Numba with the part of it that looks for SciPy's BLAS, but without SciPy.

    No kernel multiplies matrices, and SciPy takes longer to import than all else of Numba's start.
    """
    if "scipy" in sys.modules or "numba" in sys.modules:
        return
    sys.modules["scipy"] = None
    try:
        import_module("numba.np.arraymath")
    finally:
        del sys.modules["scipy"]


_start_numba_without_blas()
