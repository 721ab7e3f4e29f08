"""Reading a smaller export of a project (subjects, workflows) whole, chunk after chunk, without a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from swath.panoptes.exports import Export, cut
from swath.panoptes.quarantine import Rejects
from swath.panoptes.records import Records, read_records

_CHUNK = 16 << 20


def read_whole(export: Export, wanted: Sequence[str]) -> Iterator[tuple[Records, Rejects]]:
    """Yield the records of a whole export, a chunk at a time."""
    with TemporaryDirectory(prefix="swath-") as spool:
        for chunk in cut([export], wanted, _CHUNK, Path(spool), ()):
            yield read_records(chunk, export.columns, wanted)
