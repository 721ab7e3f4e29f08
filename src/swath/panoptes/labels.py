"""Types and labels joined from the workflow export, as they stood in the version that was classified in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.joins import join
from swath.panoptes.versions import version_orders
from swath.panoptes.workflows import read_workflows
from swath.sql import load_sql
from swath.tables import INT64, TEXT

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """The labels of a workflow export; without one, every label is null.

    ``workflow_id`` and ``version`` (as orders) are those of the classifications of a chunk, shape (rows,).
    """

    path: Path | None
    workflow_id: Rows
    version: Rows

    def find(self, rows: Rows, tasks: pa.Array, places: pa.Array) -> tuple[pa.Array, pa.Array]:
        """Find the types and labels of elements: each one's classification, task and place in it.

        A place is such as ``task``, ``tool 2``, ``choice AGOUTI``, ``detail answer 0 1 3``. Where the version itself
        is not in the export, the latest one before it counts.
        """
        if self.path is None or not rows.size:
            return pa.nulls(rows.size, TEXT), pa.nulls(rows.size, TEXT)
        path = self.path
        seen = pa.table(
            {
                "row": np.arange(rows.size),
                "workflow_id": self.workflow_id[rows],
                "version": self.version[rows],
                "task": tasks,
                "place": places,
            }
        )
        found = join(path, lambda: {"elements": _elements(path)}, load_sql("panoptes/labels"), {"seen": seen}, {})
        return found["type"].cast(TEXT).combine_chunks(), found["label"].cast(TEXT).combine_chunks()


def place(element: str, *parts: pa.Array) -> pa.Array:
    """Write places in a task: the element's name and its numbers or key, with blanks between; null where one is."""
    texts = [part.cast(TEXT) for part in parts]
    return pc.binary_join_element_wise(pa.scalar(element, TEXT), *texts, pa.scalar(" ", TEXT))


@lru_cache(maxsize=4)
def _elements(path: Path) -> pa.Table:
    """The elements of all versions of all workflows, with their places."""
    table = read_workflows(path)
    numbers = {
        "task": (),
        "tool": ("tool",),
        "choice": ("key",),
        "option": ("key",),
        "answer": ("element_index",),
        "detail": ("tool", "detail_index"),
        "detail answer": ("tool", "detail_index", "element_index"),
    }
    parts = []
    for element, columns in numbers.items():
        rows = table.filter(pc.equal(table["element"], element))
        places = place(element, *(rows[column] for column in columns)) if columns else rows["element"]
        orders = version_orders(rows["version_major"].to_numpy(), rows["version_minor"].to_numpy())
        chosen = rows.select(["workflow_id", "task", "type", "label"])
        parts.append(chosen.append_column("place", places).append_column("version", pa.array(orders, INT64)))
    return pa.concat_tables(parts)
