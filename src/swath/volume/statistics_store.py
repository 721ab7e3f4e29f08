"""The statistics of a dataset: a Swath output in its folder, from which ``swath query`` answers."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.parquet as pq

from swath import compute as pc
from swath.engine.catalog import catalog_sql
from swath.engine.dataset import Dataset, is_dataset
from swath.engine.files import sync_files, write_atomically
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.manifest import make_manifest
from swath.engine.place import Place, locked
from swath.engine.staging import Part, Record, Staging, write_part
from swath.errors import BusyError
from swath.tables import by_name
from swath.volume.paths import STATISTICS_FOLDER
from swath.volume.tables import CHUNKS, MAGS, SEGMENTS, VOLUME_TABLES

TABLES = by_name(VOLUME_TABLES)


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
    return dataset / STATISTICS_FOLDER


def merge_statistics(dataset: Path, new: Dataset) -> None:
    """Take what a job measured into the statistics of a dataset, in place of what they had of its mags."""
    rows = [row for file in new.files(MAGS.name) for row in _read(file, ["layer", "mag"], new.root).to_pylist()]
    _rewrite(dataset, {(row["layer"], row["mag"]) for row in rows}, new)


def forget_statistics(dataset: Path, layer: str, mag: str | None = None) -> None:
    """Leave a layer, or one of its mags, out of the statistics of a dataset, where it has any."""
    if is_dataset(statistics_path(dataset)):
        _rewrite(dataset, {(layer, mag)}, None)


Mags = frozenset[tuple[str, str]]

_FORGETTING = threading.Lock()
_known: dict[Path, tuple[tuple[int, int, int], Mags]] = {}


def forget_written(dataset: Path, layer: str, mag: str) -> None:
    """Leave a mag out whose voxels are written by no job, where it was measured: the rows would not be true."""
    with _FORGETTING:
        while (layer, mag) in _measured(dataset):
            try:
                forget_statistics(dataset, layer, mag)
            except BusyError:  # another process does so too, and is soon done
                time.sleep(0.02)


def _measured(dataset: Path) -> Mags:
    """Give the layers and mags that have statistics; read anew where these changed."""
    root = statistics_path(dataset)
    try:
        stat = (root / "_swath" / "manifest.json").stat()
    except FileNotFoundError:
        return frozenset()
    state = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    if _known.get(root, (None,))[0] != state:
        rows = [row for file in Dataset.open(root).files(MAGS.name) for row in _read(file, ["mag"], root).to_pylist()]
        _known[root] = (state, frozenset((row["layer"], row["mag"]) for row in rows))
    return _known[root][1]


def largest_segment(dataset: Path, layer: str) -> int | None:
    """Give the largest segment id that a layer's statistics have, None where they have none."""
    root = statistics_path(dataset)
    if not is_dataset(root):
        return None
    files = [file for file in Dataset.open(root).files(SEGMENTS.name) if file.parent.name == _folder_of(layer)]
    return max((int(_read(file, ["segment"], root)["segment"].to_numpy().max()) for file in files), default=None)


Gone = set[tuple[str, str | None]]


def _rewrite(dataset: Path, gone: Gone, new: Dataset | None) -> None:
    """Write the output anew, without the rows of mags that are gone, and with the parts of another output.

    Files that stay as they are get a second name; they were flushed to the disk by the jobs that wrote them.
    """
    place = Place.of(statistics_path(dataset))
    with locked(place):
        place.recover()
        shutil.rmtree(place.partial, ignore_errors=True)
        parts: list[Part] = []
        if is_dataset(place.out):
            old = Dataset.open(place.out)
            for part in old.manifest.content["parts"]:
                parts += _kept(old.root, Part(**part), gone, place.partial)
        if new is not None:
            run = 1 + max((int(Path(part.path).name.partition("-")[0]) for part in parts), default=0)
            parts += [_added(new.root, Part(**part), run, place.partial) for part in new.manifest.content["parts"]]
        record = Record("statistics", "all", 0, tuple(parts))
        job = Job("volume statistics", Kept(), (), VOLUME_TABLES, (_Listed(),))
        manifest = make_manifest(job, {"statistics": {"all": record}}, 0.0)
        write_atomically(place.partial / "catalog.sql", catalog_sql(manifest, place.out.resolve()).encode())
        write_atomically(place.partial / "_swath" / "manifest.json", json.dumps(manifest.content, indent=1).encode())
        place.put()


def _kept(root: Path, part: Part, gone: Gone, partial: Path) -> list[Part]:
    """Keep what stays of a part: all of it, by a second name, or the rows that are not gone."""
    layer = next((layer for layer, _ in gone if Path(part.path).parent.name == _folder_of(layer)), None)
    if layer is None:
        return [_linked(root, part, part.path, partial)]
    mags = {mag for of, mag in gone if of == layer}
    if None in mags:
        return []
    goes = pc.is_in(_read(root / part.path, ["mag"], root)["mag"], pa.array(list(mags), pa.large_string()))
    if not pc.any(goes).as_py():
        return [_linked(root, part, part.path, partial)]
    if pc.all(goes).as_py():
        return []
    rows = _read(root / part.path, None, root).filter(pc.invert(goes)).drop_columns(["layer"])
    path = Path(part.path)
    written = write_part(partial, path.parent, path.stem, rows, TABLES[part.table])
    sync_files([partial / written.path])
    return [written]


def _added(root: Path, part: Part, run: int, partial: Path) -> Part:
    """Take a part up under a name of its own; the number of the job comes first."""
    path = Path(part.path)
    return _linked(root, part, str(path.with_name(f"{run:06d}-{path.name}")), partial)


def _linked(root: Path, part: Part, name: str, partial: Path) -> Part:
    """Give a part's file a second name, or a copy where the disk knows no links."""
    target = partial / name
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(root / part.path, target)
    except OSError:
        shutil.copyfile(root / part.path, target)
        sync_files([target])
    return replace(part, path=name)


def _folder_of(layer: str) -> str:
    return "layer=" + quote(layer, safe="")


def _read(file: Path, columns: list[str] | None, root: Path) -> pa.Table:
    """Read a part, its layer too."""
    stored = None if columns is None else [column for column in columns if column != "layer"]
    frame = pq.read_table(file, columns=stored, partitioning=None)
    layer = unquote(next(each for each in file.relative_to(root).parts if each.startswith("layer="))[6:])
    return frame.append_column("layer", pa.repeat(pa.scalar(layer, pa.large_string()), frame.num_rows))


def value_range(dataset: Path, layer: str) -> tuple[float, float]:
    """Give the smallest and the largest value of a layer, by its statistics; what is not among them is 0."""
    root = statistics_path(dataset)
    output = Dataset.open(root)
    chunks = [file for file in output.files(CHUNKS.name) if file.parent.name == _folder_of(layer)]
    mags = [file for file in output.files(MAGS.name) if file.parent.name == _folder_of(layer)]
    frames = [_read(file, ["minimum", "maximum", "voxels"], root) for file in chunks]
    measured = sum(pc.sum(frame["voxels"]).as_py() for frame in frames)
    rows = [row for file in mags for row in _read(file, ["voxels", "channels"], root).to_pylist()]
    lows = [pc.min(frame["minimum"]).as_py() for frame in frames]
    highs = [pc.max(frame["maximum"]).as_py() for frame in frames]
    zero = [0.0] if measured < sum(row["voxels"] * row["channels"] for row in rows) else []
    return min([*lows, *zero], default=0.0), max([*highs, *zero], default=0.0)
