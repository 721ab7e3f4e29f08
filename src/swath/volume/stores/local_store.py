"""Arrays in a folder, which another program, or another view of this one, may replace while they are open."""

from __future__ import annotations

import errno
import os
import time
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from swath.volume.errors import ArrayError
from swath.volume.paths import replaced_folder
from swath.volume.stores.array_store import ArrayStore

R = TypeVar("R")
State = tuple[int, int, int] | None

_SWAP_TRIES = 40
_SWAP_PAUSE = 0.005


class LocalStore(ArrayStore):
    """An array in a folder. Compression puts another one in its place, whose metadata file is another one too."""

    _known: State = None
    """The state of the metadata file when the array was opened."""

    @property
    @abstractmethod
    def _metadata_file(self) -> str:
        """The file that says what the array is."""

    @abstractmethod
    def _forget(self) -> None:
        """Forget what is known of the array, to open it anew."""

    def _refresh(self) -> State:
        """Open the array anew if another one is in its place; gives the state that it is known in."""
        state = self._state()
        if state != self._known:
            self._forget()
            self._known = state
        return state

    def _consistent(self, read: Callable[[], R]) -> R:
        """Read of one array, and again where another one took its place meanwhile."""
        while True:
            state = self._refresh()
            try:
                found = read()
            except ArrayError:
                if self._state() == state:
                    raise
                continue
            if self._state() == state:
                return found

    def _state(self) -> State:
        """Give what tells the metadata file from another one; None where there is none."""
        for _ in range(_SWAP_TRIES):
            try:
                stat = os.stat(self._metadata_file)  # noqa: PTH116  (each read does this, and a Path takes longer)
            except OSError:
                if not replaced_folder(self.path).is_dir():  # else another array is just put in its place
                    return None
                time.sleep(_SWAP_PAUSE)
            else:
                return stat.st_ino, stat.st_mtime_ns, stat.st_size
        return None


def write_error(array: Path, error: Exception) -> Exception:
    """Give the error of a write that a library reports: of a full disk the system's own, so that it is known as one."""
    if any(words in str(error) for words in ("No space left", "quota exceeded", "File too large")):
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(array))
    return ArrayError(f"{array} cannot be written: {error}")
