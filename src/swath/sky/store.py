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


def known_before(
    out: Path, found: Sequence[Found], cameras: Mapping[str, str], dark: str = SCALAR
) -> dict[str, Mapping[str, Any]]:
    """Give what a store holds of files that did not change, whose observer and cameras did not either, by path.

    Signals without a master dark frame are among it where the store was made with the same ``dark``.
    """
    if not is_dataset(out):
        return {}
    dataset = Dataset.open(out)
    content = dataset.manifest.content
    if content["job"] != JOB or content["settings"]["cameras"] != dict(cameras):
        return {}
    wanted = {str(item.path) for item in found if item.observer is not None and _same(item.observer, content)}
    frames = {row["path"]: _measured(row) for row in read_table(dataset, FRAMES).to_pylist() if _stands(row, wanted)}
    same_dark = content["settings"].get("dark", SCALAR) == dark != SCALAR
    made: dict[str, dict[str, Any]] = {}
    for path, frame in frames.items():
        digest = frame.pop("dark_hash")
        made[path] = {"frame": frame, "planes": [], "signals": [], "dark_hash": digest if same_dark else None}
    for row in read_table(dataset, BRIGHTNESS).to_pylist():
        if row["path"] in made:
            made[row["path"]]["planes"].append({name: row[name] for name in _NUMBERS})
            made[row["path"]]["signals"].append({name: row[name] for name in _SIGNALS})
    return dict(made)


def _same(observer: Observer, content: Mapping[str, Any]) -> bool:
    """Say whether an observer's configuration is the one that the store was made with, and its only one."""
    before = [item for item in content["settings"]["observers"] if item["observer"] == observer.observer]
    mine = asdict(observer)
    mine["regions"] = list(mine["regions"])
    return before == [mine]


def _stands(row: Mapping[str, Any], wanted: set[str]) -> bool:
    path = Path(row["path"])
    if row["path"] not in wanted or not path.is_file():
        return False
    stat = path.stat()
    return (stat.st_size, stat.st_mtime_ns) == (row["bytes"], row["mtime_ns"])


def _measured(row: Mapping[str, Any]) -> dict[str, Any]:
    """Undo what the sessions added to a frame's row."""
    kept = {name: value for name, value in row.items() if name not in ("session", "darks", "dark")}
    return {**kept, "time": row["time"].isoformat()}
