"""What is drawn of a tile: its raw markings, its clusters, its final markings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.engine.catalog import view_query
from swath.engine.dataset import Dataset
from swath.errors import InputError
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.marking_ids import normalise_tile_id
from swath.planet4.steps import StepTable

Floats = npt.NDArray[np.float64]

_STEPS = {"raw": ("markings", "markings"), "clustered": ("clusters", "clusters"), "final": ("combined", "combined")}
_SHAPE = ("x", "y", "distance", "angle", "spread", "radius_1", "radius_2")


@dataclass(frozen=True)
class Markings:
    """Fans and blotches as columns of numbers."""

    fans: dict[str, Floats]
    blotches: dict[str, Floats]

    @classmethod
    def of(cls, rows: pa.Table) -> Markings:
        """Take fans and blotches from a table with the columns of either."""
        return cls(*(_numbers(rows.filter(pc.equal(rows["marking"], kind))) for kind in ("fan", "blotch")))

    @property
    def fan_count(self) -> int:
        """How many fans there are."""
        return self.fans["x"].size

    @property
    def blotch_count(self) -> int:
        """How many blotches there are."""
        return self.blotches["x"].size


@dataclass(frozen=True)
class Tile:
    """A tile of a production: id, observation, what each step made of it, and the size of its smallest cluster."""

    tile_id: str
    obsid: str
    raw: Markings
    clustered: Markings
    final: Markings
    min_samples: int


def read_tile(production: str | Path, tile_id: str) -> Tile:
    """Read a tile from an output of ``planet4 produce``; raises InputError where it has no markings there."""
    identity = normalise_tile_id(tile_id)
    found = {step: _rows(Path(production), step, identity) for step in _STEPS}
    raw = found["raw"]
    if not raw.num_rows:
        raise InputError(f"{production} has no markings of {identity}", "check the tile id")
    settings = ClusterSettings(**Dataset.open(Path(production) / "clusters").manifest.content["settings"])
    drawn = raw.filter(pc.not_equal(raw["marking"], "none"))
    classifications = len(pc.unique(drawn["classification_id"]))
    least = max(settings.least_samples, round(settings.min_samples_factor * classifications))
    obsid = str(raw["obsid"][0].as_py())
    return Tile(identity, obsid, Markings.of(raw), Markings.of(found["clustered"]), Markings.of(found["final"]), least)


def _rows(production: Path, step: str, tile_id: str) -> pa.Table:
    """The rows of a tile in one step, with the columns tile_id and obsid whatever the step calls them."""
    directory, name = _STEPS[step]
    table = StepTable.open(production / directory, name, "swath planet4 produce")
    dataset = Dataset.open(table.root)
    view = view_query(dataset.manifest.tables[name], map(str, dataset.files(name)))
    # a marking that won several fnotches has a row for each
    names = "* RENAME (image_id AS tile_id, image_name AS obsid)" if step == "raw" else "DISTINCT ON (marking_id) *"
    with duckdb.connect(":memory:") as connection:
        query = f"SELECT {names} FROM ({view}) WHERE {'image_id' if step == 'raw' else 'tile_id'} = ?"
        rows: pa.Table = connection.sql(query, params=[tile_id]).to_arrow_table()
    return rows


def _numbers(rows: pa.Table) -> dict[str, Floats]:
    return {name: rows[name].cast(pa.float64()).to_numpy() for name in _SHAPE}
