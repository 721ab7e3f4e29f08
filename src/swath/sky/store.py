"""Reading the tables of a sky store back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds

from swath.engine.dataset import Dataset, is_dataset
from swath.errors import OutputError
from swath.sky.blocks import parts_of_blocks
from swath.sky.config import Observer
from swath.sky.directories import Found
from swath.sky.tables import BRIGHTNESS, FRAMES
from swath.tables import Table

JOB = "sky reduce"
SCALAR = "scalar"
"""The dark of AZOTEA: a mean and a variance a region, instead of a frame."""

_SIGNALS = ("region", "plane", "dark_mean", "dark_variance", "signal", "signal_variance")
_NUMBERS = (
    *("region", "box", "plane", "pixels", "total", "squares", "mean", "variance", "minimum", "maximum", "median"),
    *("p05", "p95", "saturated", "hot"),
)


def open_sky_store(path: Path) -> Dataset:
    """Open an output of swath sky reduce; raises OutputError for anything else."""
    dataset = Dataset.open(path)
    if dataset.manifest.content["job"] != JOB:
        raise OutputError(f"{path} is no store of swath sky reduce", "check the path")
    return dataset


def read_table(dataset: Dataset, table: Table, where: ds.Expression | None = None) -> pa.Table:
    """Read a table of a store, partition columns included; ``where`` chooses rows."""
    files = [str(path) for path in dataset.files(table.name)]
    if not files:
        return table.schema.empty_table()
    keys = pa.schema([(name, pa.string()) for name in table.partition_by])
    layout = ds.partitioning(keys, flavor="hive") if table.partition_by else None
    source = ds.dataset(
        files, schema=_readable(table), partitioning=layout, partition_base_dir=str(dataset.root / table.name)
    )
    return source.to_table(filter=where).cast(table.schema)


def _readable(table: Table) -> pa.Schema:
    """The schema with texts for the partition columns, which the layout reads as such."""
    fields = [field.with_type(pa.string()) if field.name in table.partition_by else field for field in table.schema]
    return pa.schema(fields)


def keeps_blocks(out: Path) -> bool:
    """Say whether a store stands that keeps the blocks of its frames."""
    return is_dataset(out) and bool(Dataset.open(out).manifest.content["settings"].get("keep_blocks"))


def known_before(
    out: Path, found: Sequence[Found], cameras: Mapping[str, str], dark: str = SCALAR, *, keep_blocks: bool = False
) -> dict[str, Mapping[str, Any]]:
    """Give what a store holds of files that did not change, whose observer and cameras did not either, by path.

    Signals without a master dark frame are among it where the store was made with the same ``dark``. With
    ``keep_blocks`` the part that has the blocks of a frame is, and where no more than its observer's regions changed, a
    frame is known without what was measured in them.
    """
    if not is_dataset(out):
        return {}
    dataset = Dataset.open(out)
    content = dataset.manifest.content
    if content["job"] != JOB or content["settings"]["cameras"] != dict(cameras):
        return {}
    blocks = parts_of_blocks(dataset, [item.path for item in found]) if keep_blocks else {}
    observers = {str(item.path): item.observer for item in found if item.observer is not None}
    same = {observer: _same(observer, content) for observer in set(observers.values())}
    near = {observer: _same(observer, content, but="regions") for observer in set(observers.values())}
    same_dark = content["settings"].get("dark", SCALAR) == dark != SCALAR
    made: dict[str, dict[str, Any]] = {}
    for row in read_table(dataset, FRAMES).to_pylist():
        observer, kept = observers.get(row["path"]), blocks.get(row["path"])
        if observer is None or not _stands(row) or (keep_blocks and kept is None):
            continue
        if same[observer] or (near[observer] and kept is not None):
            digest = row["dark_hash"] if same_dark and same[observer] else None
            known: dict[str, Any] = {"frame": _measured(row), "planes": [], "signals": [], "dark_hash": digest}
            made[row["path"]] = known | {"blocks": kept}
    for row in read_table(dataset, BRIGHTNESS).to_pylist():
        if row["path"] in made and same[observers[row["path"]]]:
            made[row["path"]]["planes"].append({name: row[name] for name in _NUMBERS})
            made[row["path"]]["signals"].append({name: row[name] for name in _SIGNALS})
    return dict(made)


def _same(observer: Observer, content: Mapping[str, Any], but: str = "") -> bool:
    """Say whether an observer's configuration is the one that the store was made with, and its only one.

    ``but`` is a setting that may differ.
    """
    before = [item for item in content["settings"]["observers"] if item["observer"] == observer.observer]
    mine = asdict(observer)
    mine["regions"] = list(mine["regions"])
    return [{**item, but: None} for item in before] == [{**mine, but: None}]


def _stands(row: Mapping[str, Any]) -> bool:
    path = Path(row["path"])
    if not path.is_file():
        return False
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns) == (row["bytes"], row["mtime_ns"])


def _measured(row: Mapping[str, Any]) -> dict[str, Any]:
    """Undo what the sessions added to a frame's row."""
    kept = {name: value for name, value in row.items() if name not in ("session", "darks", "dark", "dark_hash")}
    return {**kept, "time": row["time"].isoformat()}
