"""The rows of a chunk that are set aside: where they stood, what could be read of them, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.job import Chunk
from swath.kernels.json_text import gather_spans
from swath.panoptes.text import TextColumn
from swath.tables import QUARANTINE

Rows = npt.NDArray[np.int64]

_MOST_RAW = 1 << 16


@dataclass
class Rejects:
    """The rejected rows of a chunk; ``good`` says which rows are not rejected, shape (rows,)."""

    chunk: Chunk
    data: npt.NDArray[np.uint8]
    bounds: npt.NDArray[np.int64]
    good: npt.NDArray[np.bool_]
    _rows: list[Rows] = field(default_factory=list)
    _reasons: list[str] = field(default_factory=list)
    _details: list[str] = field(default_factory=list)
    _ids: dict[str, tuple[Rows, Rows]] = field(default_factory=dict)

    def add(self, rows: Rows, reason: str, detail: str | Sequence[str]) -> None:
        """Set aside those of the rows that are still good; ``detail`` is one text or one for each row."""
        fresh = self.good[rows]
        if not fresh.any():
            return
        details = [detail] * rows.size if isinstance(detail, str) else detail
        self.good[rows] = False
        self._rows.append(rows[fresh])
        self._reasons.extend([reason] * int(fresh.sum()))
        self._details.extend(d for d, new in zip(details, fresh, strict=True) if new)

    def know(self, column: str, rows: Rows, ids: Rows) -> None:
        """Tell the ids (``classification_id`` or ``subject_id``) of some rows, for those that are set aside."""
        self._ids[column] = (rows, ids)

    def frame(self) -> pa.Table | None:
        """The quarantine rows in file order, or None where there are none."""
        if not self._rows:
            return None
        rows = np.concatenate(self._rows)
        order = np.argsort(rows, kind="stable")
        rows = rows[order]
        offset = int(self.chunk.payload["offset"])
        return QUARANTINE.frame(
            {
                "source": pa.array([self.chunk.payload["source"]] * rows.size),
                "chunk": pa.array([self.chunk.key] * rows.size),
                "offset": offset + self.bounds[rows],
                "row": rows,
                "classification_id": self._known("classification_id", rows),
                "subject_id": self._known("subject_id", rows),
                "reason": pa.array(self._reasons).take(pa.array(order)),
                "detail": pa.array(self._details).take(pa.array(order)),
                "raw": self._raw(rows),
            }
        )

    def _known(self, column: str, rows: Rows) -> pa.Array:
        known, ids = self._ids.get(column, (np.empty(0, np.int64), np.empty(0, np.int64)))
        values = np.zeros(self.good.size, np.int64)
        there = np.zeros(self.good.size, np.bool_)
        values[known], there[known] = ids, True
        return pa.array(values[rows], mask=~there[rows])

    def _raw(self, rows: Rows) -> pa.Array:
        starts = self.bounds[rows]
        stops = np.minimum(self.bounds[rows + 1], starts + _MOST_RAW)
        spans = TextColumn(*gather_spans(self.data, starts.astype(np.int32), stops.astype(np.int32)))
        return pa.array([spans.at(row) for row in range(len(spans))], pa.large_string())
