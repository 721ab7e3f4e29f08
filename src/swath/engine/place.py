"""Where an output stands while it is made: its lock, the directory it grows in, the one that it replaces."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from swath.engine.dataset import is_dataset
from swath.engine.files import sync_directory
from swath.errors import BusyError, OutputError


@dataclass(frozen=True)
class Place:
    """The paths beside an output. Only ``out`` and ``partial`` are for people to see."""

    out: Path

    @classmethod
    def of(cls, out: Path) -> Place:
        """Take the place of an output; one that is given as ``.`` or ``..`` by its own name."""
        return cls(out if out.name not in ("", "..") else Path(os.path.abspath(out)))  # noqa: PTH100  (no symlinks)

    @property
    def partial(self) -> Path:
        """The directory that a run writes into. Absolute, because workers may stand in another directory."""
        return self.out.absolute().with_name(self.out.name + ".partial")

    @property
    def replaced(self) -> Path:
        """Where the old output waits for the new one to be in its place. Nobody else names a directory like this."""
        return self.out.with_name(f".{self.out.name}.replaced")

    def check(self) -> None:
        """Raise OutputError where the output or its staging directory is something that Swath did not write."""
        if self.out.is_symlink():
            raise OutputError(f"{self.out} is a symbolic link", "give the path that it leads to")
        if not is_dataset(self.out) and _holds_something(self.out):
            raise OutputError(f"{self.out} exists and is not a Swath output", "choose another output, or move it away")
        if _holds_something(self.partial) and not (self.partial / "_swath").is_dir():
            raise OutputError(
                f"{self.partial} is needed for the unfinished output, and was not written by Swath",
                "choose another output, or move it away",
            )

    def recover(self) -> bool:
        """Finish or undo a replacement that was cut off between its renames or after them; say whether it is in place.

        After the renames, the staging directory is gone.
        """
        if not self.replaced.exists():
            return False
        finished = self.out.exists() and not self.partial.exists()
        if not self.out.exists() and is_dataset(self.partial):
            self.partial.rename(self.out)
            finished = True
        elif not self.out.exists() and is_dataset(self.replaced):
            self.replaced.rename(self.out)
        shutil.rmtree(self.replaced, ignore_errors=True)
        return finished

    def put(self) -> None:
        """Rename the whole new output into its place; what stood there goes once the new one is in it."""
        if is_dataset(self.out):
            self.out.rename(self.replaced)
        elif self.out.is_dir():
            self.out.rmdir()
        try:
            self.partial.rename(self.out)
        except OSError:
            if self.replaced.exists():
                self.replaced.rename(self.out)
            raise
        sync_directory(self.out.parent)
        shutil.rmtree(self.replaced, ignore_errors=True)


@contextmanager
def locked(place: Place) -> Iterator[None]:
    """Hold an output alone; raises BusyError where another run does."""
    out = place.out
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise BusyError(f"another run is writing {out}", "wait for it, or choose another output") from None
    except OSError as error:
        raise OutputError(
            f"cannot write beside {out}: {error.strerror}", "check the path and its permissions"
        ) from error
    except NotImplementedError as error:
        raise OutputError(f"cannot lock {out}: {error}", "choose an output on a disk that knows locks") from error
    try:
        yield
    finally:
        # Unlinked while it is still held: after the release it may be the lock of another run.
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()
