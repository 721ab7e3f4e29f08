"""Ctrl-C, heard only where it does no harm.

Python raises KeyboardInterrupt between any two steps of the main thread. Inside ``concurrent.futures`` that can leave a
future's lock held for ever, and a worker waiting for it; in the middle of a journal line it can leave half a line; at
the edge of a compiled kernel it becomes another error.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """Whether Ctrl-C came; a second one, of whoever cannot wait, is raised at once."""

    def __init__(self) -> None:
        self._came = False

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C came."""
        if self._came:
            raise KeyboardInterrupt

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Listen for Ctrl-C while the body runs, where Python's own handler would: in the main thread."""
        usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        if not usual or threading.current_thread() is not threading.main_thread():
            yield
            return
        signal.signal(signal.SIGINT, self._handle)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self.check()

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        self.check()
        self._came = True
