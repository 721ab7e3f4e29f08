"""What an output adds to the published catalogue, observation by observation and tile by tile."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb

from swath.engine.catalog import view_query
from swath.engine.dataset import Dataset
from swath.errors import InputError
from swath.planet4.lookups import load_tile_coords
from swath.sql import load_sql


@dataclass(frozen=True)
class Overlap:
    """Numbers of distinct names: in the output, in the catalogue, in both, and in one of them only."""

    output: int
    catalogue: int
    shared: int
    new: int
    only_in_catalogue: int


@dataclass(frozen=True)
class Comparison:
    """Observations, tiles, classifications with full and sparse metadata, and the new observations by name.

    Metadata is full where a tile came with its own or a joined position (x_tile), else sparse.
    """

    obsids: Overlap
    tiles: Overlap
    full_metadata: int
    sparse_metadata: int
    new_obsids: list[str]

    def as_json(self) -> dict[str, Any]:
        """The comparison as plain JSON values."""
        return asdict(self)

    def rows(self) -> list[dict[str, Any]]:
        """One record a number."""
        found = []
        for level, overlap in (("observations", self.obsids), ("tiles", self.tiles)):
            found += [{"level": level, "what": k.replace("_", " "), "count": n} for k, n in asdict(overlap).items()]
        for what, number in (
            ("full metadata", self.full_metadata),
            ("sparse metadata", self.sparse_metadata),
        ):
            found.append({"level": "classifications", "what": what, "count": number})
        return found


def compare(out: str | Path, tile_coords: str | Path) -> Comparison:
    """Compare an output of ``convert`` with the published catalogue's tile coordinates.

    Raises OutputError where there is no output, InputError where it has no markings or the table is none.
    """
    dataset = Dataset.open(out)
    if "markings" not in dataset.manifest.tables:
        raise InputError(f"{out} has no table of markings", "give an output of swath planet4 convert")
    table = dataset.manifest.tables["markings"]
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE VIEW markings AS {view_query(table, map(str, dataset.files('markings')))}")
        connection.register("tile_coords", load_tile_coords(Path(tile_coords)))
        counts = connection.execute(load_sql("planet4/compare")).fetchone()
        new = connection.execute(load_sql("planet4/new_obsids")).fetchall()
    if counts is None:
        raise InputError(f"{out} cannot be compared", "swath verify shows damage")
    return Comparison(Overlap(*counts[0:5]), Overlap(*counts[5:10]), counts[10], counts[11], [name for (name,) in new])
