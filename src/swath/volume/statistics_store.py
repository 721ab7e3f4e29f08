"""The statistics of a dataset: a Swath output in its folder, from which ``swath query`` answers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from swath.engine.catalog import catalog_sql
from swath.engine.dataset import Dataset, is_dataset
from swath.engine.files import write_atomically
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.manifest import make_manifest
from swath.engine.place import Place, locked
from swath.engine.staging import Part, Record, Staging
from swath.volume.tables import MAGS, SEGMENTS, VOLUME_TABLES

FOLDER = "_statistics"
"""The output's folder in that of a dataset."""


@dataclass(frozen=True)
class Kept:
    """The settings of the output: none, it holds what jobs measured."""


class _Listed(Stage):
    """The stage whose parts are those of all jobs so far."""

    name = "statistics"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        raise NotImplementedError

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        raise NotImplementedError

    def chunk_memory(self) -> int:
        return 0


def statistics_path(dataset: Path) -> Path:
    """Where the statistics of a dataset are."""
    return dataset / FOLDER


def merge_statistics(dataset: Path, new: Dataset) -> None:
    """Take what a job measured into the statistics of a dataset, in place of what they had of its mags."""
    parts = list(_parts(new))
    taken = {Path(part["path"]).parts[1:3] for part in parts if part["table"] == MAGS.name}
    _rewrite(dataset, lambda part: Path(part["path"]).parts[1:3] not in taken, [(new.root, part) for part in parts])


def forget_statistics(dataset: Path, layer: str, mag: str | None = None) -> None:
    """Leave a layer, or one of its mags, out of the statistics of a dataset, where it has any."""
    if is_dataset(statistics_path(dataset)):
        gone = (f"layer={layer}",) + ((f"mag={mag}",) if mag is not None else ())
        _rewrite(dataset, lambda part: Path(part["path"]).parts[1 : 1 + len(gone)] != gone, [])


def largest_segment(dataset: Path, layer: str) -> int | None:
    """Give the largest segment id that a layer's statistics have, None where they have none."""
    root = statistics_path(dataset)
    if not is_dataset(root):
        return None
    largest = None
    for file in (root / SEGMENTS.name / f"layer={layer}").glob("mag=*/*.parquet"):
        ids = pq.read_table(file, columns=["segment"], partitioning=None)["segment"].to_numpy()
        largest = max(int(ids.max()), largest or 0)
    return largest


def _rewrite(dataset: Path, keep: Any, added: Iterable[tuple[Path, dict[str, Any]]]) -> None:
    """Write the output anew: the parts that stay and those that come, both by links to the files that there are."""
    place = Place.of(statistics_path(dataset))
    with locked(place):
        place.recover()
        old = Dataset.open(place.out) if is_dataset(place.out) else None
        kept = [(old.root, part) for part in _parts(old) if keep(part)] if old is not None else []
        parts = [*kept, *added]
        shutil.rmtree(place.partial, ignore_errors=True)
        for root, part in parts:
            _link(root / part["path"], place.partial / part["path"])
        record = Record("statistics", "all", 0, tuple(Part(**part) for _, part in parts))
        job = Job("volume statistics", Kept(), (), VOLUME_TABLES, (_Listed(),))
        manifest = make_manifest(job, {"statistics": {"all": record}}, 0.0)
        write_atomically(place.partial / "catalog.sql", catalog_sql(manifest, place.out.resolve()).encode())
        write_atomically(place.partial / "_swath" / "manifest.json", json.dumps(manifest.content, indent=1).encode())
        place.put()


def _parts(output: Dataset) -> Iterator[dict[str, Any]]:
    yield from output.manifest.content["parts"]


def _link(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the disk knows no links."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
