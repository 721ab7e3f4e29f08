"""Frames that are set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from swath.errors import SwathError
from swath.tables import QUARANTINE


class FrameError(SwathError):
    """A frame that cannot be measured: a short reason, and what exactly was wrong."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True)
class Reject:
    """A file that was set aside: where it stands, its number in its chunk, why."""

    source: str
    row: int
    error: FrameError


def rejects_frame(rejects: Sequence[Reject], chunk: str) -> pa.Table | None:
    """Make the quarantine's rows; None where nothing was set aside."""
    if not rejects:
        return None
    return QUARANTINE.frame(
        {
            "source": pa.array([reject.source for reject in rejects], pa.large_string()),
            "chunk": pa.array([chunk] * len(rejects), pa.large_string()),
            "offset": pa.array([0] * len(rejects), pa.int64()),
            "row": pa.array([reject.row for reject in rejects], pa.int64()),
            "reason": pa.array([reject.error.reason for reject in rejects], pa.large_string()),
            "detail": pa.array([reject.error.detail for reject in rejects], pa.large_string()),
        }
    )
