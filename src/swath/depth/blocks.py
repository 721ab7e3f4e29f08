"""Consecutive frames on their way through the steps of an extraction, a bounded number at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from swath.depth.arrays import Rows
from swath.depth.features import Features
from swath.depth.flags import Flags
from swath.depth.tracking import Gaussians

Frames = npt.NDArray[Any]
Block = TypeVar("Block", bound=Rows)
Given = TypeVar("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Cleaned(Rows):
    """Frames of heights within the ROI's box, (n, rows, columns), mm: as measured, and cleaned; flags are bits."""

    heights: Frames
    cleaned: Frames
    flags: Flags


@dataclass(frozen=True)
class Found(Cleaned):
    """Frames with the mouse in them: ``masks``, uint8 (n, rows, columns), features, and the model that tracked it."""

    masks: npt.NDArray[np.uint8]
    features: Features
    model: Gaussians | None = None


def with_neighbours(blocks: Iterable[Block], reach: int) -> Iterator[tuple[Block, slice]]:
    """Yield blocks with ``reach`` frames more at both ends, and the slice of the frames that are their own.

    At the beginning and at the end there are fewer. The frames come out in order, each once, as soon as those that
    follow it are known; so the last ones of a block come with the next.
    """
    held: Block | None = None
    done = 0
    for block in blocks:
        held = block if held is None else held.followed_by(block)
        ready = len(held) - reach
        if ready > done:
            yield held, slice(done, ready)
            kept = max(ready - reach, 0)
            held, done = held[kept:], ready - kept
    if held is not None and len(held) > done:
        yield held, slice(done, len(held))


def in_order(pool: Executor, work: Callable[[Given], Made], items: Iterable[Given], ahead: int) -> Iterator[Made]:
    """Yield what ``work`` makes of each item, in their order, with at most ``ahead`` of them under way or waiting."""
    waiting: deque[Future[Made]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()
