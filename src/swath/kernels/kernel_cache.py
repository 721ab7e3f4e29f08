"""The kernels kept on disk, read without what only compiling one needs; loaded with Numba itself."""

from __future__ import annotations

from typing import Any

from numba.core.caching import FunctionCache
from numba.core.runtime.nrt import rtsys


class KernelCache(FunctionCache):
    """Numba's cache of a function, which does not first bring all that Numba can compile up to date.

    That takes several times longer than reading a kernel; where none is kept, compiling it does the same anyway.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Make the kernel for a signature from what is kept; None where nothing is."""
        rtsys.initialize(target_context)  # what a kernel calls to allocate its arrays
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)
