"""The mark of a kernel: compiled at its first call, kept on disk; Numba is loaded no sooner.

Loading Numba takes longer than many a command that needs no kernel after all, such as one that finds its output done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import update_wrapper
from importlib import import_module
from threading import RLock
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as a kernel; it lets other threads run meanwhile."""
    return _Kernel(function, {})


def compiled_borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as a kernel that makes no array and gives none back: it borrows those of its caller.

    Numba counts references to arrays, with atomic operations that take longer than a step of many a loop. To leave
    them out is safe where no array outlives the call. To make an array, or to give a part of one back, is an error at
    compiling; to give back an argument is none, and corrupts memory. Kernels that it calls must be of its kind.
    """
    return _Kernel(function, {"_nrt": False})


def compiled_in_place(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as a kernel that becomes a part of each kernel that calls it."""
    return _Kernel(function, {"inline": "always"})


_making = RLock()


class _Kernel:
    """A function that Numba compiles when it is called, or when a kernel that calls it is compiled."""

    __name__: str
    __qualname__: str

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        update_wrapper(self, function)
        self._function, self._options = function, options
        self._made: Any = None

    def __call__(self, *arguments: Any) -> Any:
        return self._dispatcher(*arguments)

    def __reduce__(self) -> str:
        return self.__qualname__

    @property
    def _dispatcher(self) -> Any:
        """Numba's twin of the function; one for all threads, lest each compile its own."""
        if self._made is None:
            with _making:
                if self._made is None:
                    _load_numba()
                    made = import_module("numba").njit(nogil=True, **self._options)(self._function)
                    made._cache = import_module("swath.kernels.kernel_cache").KernelCache(self._function)
                    self._made = made
        return self._made

    @property
    def _numba_type_(self) -> Any:
        """What Numba asks a value for that it does not know, here one that a kernel calls."""
        return self._dispatcher._numba_type_


_UNUSED = ("scipy", "cffi")
"""What Numba loads if it is installed: SciPy's BLAS and functions of C, of which no kernel calls any."""


def _load_numba() -> None:
    """Load Numba without what takes longer to import than all else of its start, and our own instructions."""
    hidden = [] if "numba" in sys.modules else [name for name in _UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # None is what forbids an import
    try:
        import_module("numba.np.arraymath")
        import_module("numba.core.typing.cffi_utils")
    finally:
        for name in hidden:
            del sys.modules[name]
    import_module("swath.kernels.instructions")
