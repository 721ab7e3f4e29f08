"""Finding the annotations of a task in a chunk's classifications."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels.distinct import group_equal_texts
from swath.kernels.json import ARRAY, OBJECT
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.extract.distinct import Coded

Rows = npt.NDArray[np.int64]

EVERY_TASK = "all"
OF_TASK = "annotations of "


@dataclass(frozen=True)
class Annotations:
    """All annotations of some classifications: the position of each one's classification, its node, its task's code.

    ``tasks`` are the keys that the codes stand for; ``count`` is the number of classifications.
    """

    column: JsonColumn
    owners: Rows
    nodes: Nodes
    codes: Rows
    tasks: tuple[str, ...]
    count: int

    @classmethod
    def of(cls, cells: Cells, column: JsonColumn) -> Annotations:
        """Find the annotations; rows whose annotations are no list, or of no task, are rejected."""
        no_list = np.flatnonzero(~column.are(column.roots, ARRAY) & (column.roots >= 0))
        owners, nodes = column.elements(column.roots)
        tasks = column.fields(nodes, ["task"])["task"]
        odd = ~column.are(nodes, OBJECT) | ~column.are_text(tasks)
        cells.reject(
            [
                (no_list, "bad annotations", "they are no list"),
                (np.unique(owners[odd]), "bad annotations", "an annotation names no task"),
            ]
        )
        keys = column.texts(tasks).dictionary_encode()
        codes = pc.fill_null(keys.indices, 0).to_numpy().astype(np.int64)
        return cls(column, owners, nodes, codes, tuple(keys.dictionary.to_pylist()), column.roots.size)

    def of_task(self, task: str) -> tuple[Rows, Nodes]:
        """The annotations of a task and of its sub-tasks (T0.0.1): their classifications' positions, their nodes."""
        if task == EVERY_TASK:
            return self.owners, self.nodes
        wanted = np.array([key.partition(".")[0] == task for key in self.tasks], np.bool_)
        chosen = wanted[self.codes] if wanted.size else np.zeros(0, np.bool_)
        return self.owners[chosen], self.nodes[chosen]

    def counted(self) -> dict[str, int]:
        """How many annotations each task has, its sub-tasks counted with it."""
        counts: Counter[str] = Counter()
        for key, number in zip(self.tasks, np.bincount(self.codes, minlength=len(self.tasks)).tolist(), strict=True):
            counts[OF_TASK + key.partition(".")[0]] += number
        return dict(counts)

    def coded(self, task: str) -> Coded:
        """The JSON list of each classification's annotations of a task, of each row.

        Where each has one at most, equal ones are found where they stand, and only one of them is copied.
        """
        owners, nodes = self.of_task(task)
        if (np.diff(owners) <= 0).any() or not self.column.are(nodes, OBJECT).all():
            return Coded.of(self.texts_of_task(task))
        each = np.full(self.count, -1, np.int32)
        each[owners] = nodes
        there = each >= 0
        starts = np.where(there, self.column.start[each], 0).astype(np.int64)
        stops = np.where(there, self.column.stop[each], 0).astype(np.int64)
        firsts, codes = group_equal_texts(self.column.data, starts, stops)
        return Coded(codes, [f"[{text or ''}]" for text in self.column.raw(each[firsts]).to_pylist()])

    def texts_of_task(self, task: str) -> pa.Array:
        """The JSON list of each classification's annotations of a task, shape (classifications,)."""
        owners, nodes = self.of_task(task)
        offsets = np.zeros(self.count + 1, np.int32)
        np.cumsum(np.bincount(owners, minlength=self.count), out=offsets[1:])
        listed = pa.ListArray.from_arrays(pa.array(offsets), self.column.raw(nodes).cast(pa.string()))
        return pc.binary_join_element_wise("[", pc.binary_join(listed, ","), "]", "")

    def listed(self, values: pa.Array, owners: Rows) -> pa.Array:
        """Lists by classification, null for those that own nothing; the owners of the values ascend."""
        counts = np.bincount(owners, minlength=self.count)
        offsets = np.zeros(self.count + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        return pa.LargeListArray.from_arrays(pa.array(offsets), values, mask=pa.array(counts == 0))
