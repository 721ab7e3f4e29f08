"""Writing results while the next ones are computed: the results file and the film, each by a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from swath.depth.align import Results
from swath.depth.film import open_film
from swath.depth.results_h5 import Contents, create_results

_FRAMES_AT_ONCE = 512

Write = Callable[[Sequence[Results]], None]


@dataclass
class _Behind:
    """A thread that writes what it is given, one batch behind whoever gives it."""

    write: Write
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    last: Future[None] | None = None

    def take(self, batch: Sequence[Results]) -> None:
        """Write a batch once the one before is written; raises what went wrong with that."""
        self.wait()
        self.last = self.thread.submit(self.write, batch)

    def wait(self) -> None:
        """Wait for the last batch."""
        if self.last is not None:
            self.last.result()


@contextmanager
def _behind(write: Write) -> Iterator[_Behind]:
    writer = _Behind(write)
    with writer.thread:
        yield writer
        writer.wait()


@contextmanager
def result_writers(
    h5: Path, contents: Contents, film: Path | None, region: tuple[int, int], fps: float, heights: tuple[int, int]
) -> Iterator[Write]:
    """Begin the results file and, where a path is given, the film; give what takes batches of results in order.

    ``region`` is the rows and columns of the ROI's box, ``heights`` the lowest and the highest in mm.
    """
    with ExitStack() as stack:
        file = stack.enter_context(create_results(h5, contents))
        writers = [stack.enter_context(_behind(lambda batch: _into_file(file.write, contents.first, batch)))]
        if film is not None:
            opened = stack.enter_context(open_film(film, region, contents.crop_size, fps, heights))
            writers.append(stack.enter_context(_behind(lambda batch: _into_film(opened.write, batch))))

        def write(batch: Sequence[Results]) -> None:
            for writer in writers:
                writer.take(batch)

        yield write


def _into_file(write: Callable[..., None], first: int, batch: Sequence[Results]) -> None:
    flips = None if batch[0].flips is None else np.concatenate([block.flips for block in batch])
    joined = (np.concatenate([getattr(block, name) for block in batch]) for name in ("crops", "masks", "scalars"))
    write(batch[0].start - first, *joined, flips)


def _into_film(write: Callable[..., None], batch: Sequence[Results]) -> None:
    for block in batch:
        write(block.start, block.heights, block.crops)


def in_batches(blocks: Iterable[Results], frames: int = _FRAMES_AT_ONCE) -> Iterator[list[Results]]:
    """Gather blocks into batches of so many frames or a few more; the last has fewer."""
    batch: list[Results] = []
    for block in blocks:
        batch.append(block)
        if sum(map(len, batch)) >= frames:
            yield batch
            batch = []
    if batch:
        yield batch
