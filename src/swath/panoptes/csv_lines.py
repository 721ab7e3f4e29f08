"""Lines of CSV files: put together column by column, made by several threads, kept in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
import pyarrow as pa

from swath.kernels.lines import measure_cells, put_cells
from swath.panoptes.text import TextColumn
from swath.panoptes.values import text_column
from swath.tables import TEXT

Given = TypeVar("Given")
Made = TypeVar("Made")

_COMMA, _LINE_FEED = ord(","), ord("\n")


def lines_of(columns: Sequence[pa.Array | pa.ChunkedArray]) -> TextColumn:
    """The lines of some columns of texts or numbers: null as nothing, cells in quotes where they need them."""
    cells = [text_column(column.cast(TEXT)) for column in columns]
    lengths = np.zeros(len(cells[0]), np.int64)
    quoted = [measure_cells(each.data, each.offsets, lengths) for each in cells]
    offsets = np.zeros(lengths.size + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    out, places = np.empty(offsets[-1], np.uint8), offsets[:-1].copy()
    for number, (each, marks) in enumerate(zip(cells, quoted, strict=True), 1):
        end = _LINE_FEED if number == len(cells) else _COMMA
        put_cells(each.data, each.offsets, marks, end, out, places)
    return TextColumn(offsets, out)


def each_in_order(work: Callable[[Given], Made], items: Iterable[Given], threads: int) -> Iterator[Made]:
    """Do something with each item in some threads, and yield what is made in the order of the items.

    No more is made ahead than the threads can hold.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="swath") as pool:
        ahead: deque[Future[Made]] = deque()
        try:
            for item in items:
                ahead.append(pool.submit(work, item))
                if len(ahead) > threads:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()
