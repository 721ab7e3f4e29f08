"""Where each final marking lies on Mars, and when and how it was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.engine.job import Chunk, Input, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.staging import Staging
from swath.joins import join
from swath.planet4.geometry import X_STRIDE, Y_STRIDE, tile_centre
from swath.planet4.lookups import load_table
from swath.planet4.mars import latitude, longitude, mars_years, planetographic, seasons
from swath.planet4.projection import Projection, ground_azimuth
from swath.planet4.steps import StepTable
from swath.planet4.tables import GROUND
from swath.sql import load_sql

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class GroundFiles:
    """Files of the look-up tables, CSV or Parquet: tile coordinates, metadata of observations, regions of interest."""

    tile_coords: Path | None = None
    metadata: Path | None = None
    regions: Path | None = None

    def inputs(self) -> tuple[Input, ...]:
        """The files as they stand."""
        return tuple(Input.of(path) for path in (self.tile_coords, self.metadata, self.regions) if path is not None)


@lru_cache(maxsize=4)
def _observations(files: GroundFiles) -> dict[str, pa.Table]:
    return {
        "observations": load_table("planet4/load_observations", files.metadata),
        "regions": load_table("planet4/load_regions", files.regions),
    }


@lru_cache(maxsize=4)
def projections(tile_coords: Path | None) -> Mapping[str, Projection | None]:
    """The projection of each observation that has tile centres; None where they do not decide one."""
    centres = load_table("planet4/load_tile_centres", tile_coords)
    x_tile, y_tile, *coordinates = (centres[name].cast(pa.float64()).to_numpy() for name in centres.column_names[1:])
    positions = np.stack([tile_centre(x_tile, X_STRIDE), tile_centre(y_tile, Y_STRIDE)], axis=1)
    places = np.stack(coordinates, axis=1)
    obsids, starts = np.unique(np.array(centres["obsid"].to_pylist(), dtype=str), return_index=True)
    stops = [*starts[1:], len(places)]
    ranges = zip(obsids.tolist(), starts, stops[: obsids.size], strict=True)
    return {obsid: Projection.fit(positions[a:b], places[a:b]) for obsid, a, b in ranges}


def check_tables(files: GroundFiles) -> None:
    """Load the look-up tables once; raises InputError where a file is none."""
    _observations(files)
    projections(files.tile_coords)


@dataclass(frozen=True)
class GroundStage(Stage):
    """The pass over the parts of the final markings."""

    markings: StepTable
    files: GroundFiles
    name = "ground"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield the parts."""
        return self.markings.chunks()

    def total_size(self) -> int:
        """Bytes of all parts."""
        return self.markings.total_size()

    def chunk_memory(self) -> int:
        """What the largest part takes, as columns and again as rows."""
        return self.markings.part_memory()

    def check(self) -> None:
        """Load the look-up tables once."""
        check_tables(self.files)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Place the markings of one part."""
        rows = self.markings.read(chunk)
        known = _known(self.files, rows["obsid"])
        places = _places(self.files, rows)
        arrays = {name: rows[name] for name in ("marking_id", "marking", "tile_id", "obsid", "image_x", "image_y")}
        arrays |= {name: pa.array(column, from_pandas=True) for name, column in places.items()}
        azimuth = ground_azimuth(_numbers(rows["angle"]), _numbers(known["north_azimuth"]))
        fan = np.array(rows["marking"].to_numpy() == "fan")
        arrays["ground_azimuth"] = pa.array(np.where(fan, azimuth, np.nan), from_pandas=True)
        arrays["mars_year"] = pa.array(mars_years(known["start_time"]))
        arrays["season"] = _seasons(rows["obsid"])
        arrays |= {name: known[name] for name in ("l_s", "north_azimuth", "map_scale", "start_time", "region")}
        counts = {
            "markings": rows.num_rows,
            "markings without tile centres": int(np.isnan(places["fit_residual_x"]).sum()),
            "markings without metadata": rows.num_rows - int(np.count_nonzero(known["known"].to_numpy())),
        }
        return Result({GROUND.name: GROUND.frame(arrays)}, counts=counts)


def _known(files: GroundFiles, obsids: pa.ChunkedArray) -> pa.Table:
    """What is known of the observation of each row, in their order."""
    markings = pa.table({"row": np.arange(len(obsids)), "obsid": obsids})
    query = load_sql("planet4/ground")
    return join(("ground", files), lambda: _observations(files), query, {"markings": markings}, {}).combine_chunks()


def _places(files: GroundFiles, rows: pa.Table) -> dict[str, Floats]:
    """Coordinates, and what the fit leaves; NaN for an observation that cannot be placed."""
    positions = np.stack([_numbers(rows["image_x"]), _numbers(rows["image_y"])], axis=1)
    encoded = rows["obsid"].combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    placed, residual = np.full((rows.num_rows, 3), np.nan), np.full((rows.num_rows, 3), np.nan)
    points = np.full(rows.num_rows, np.nan)
    for code, obsid in enumerate(encoded.dictionary.to_pylist()):
        projection = projections(files.tile_coords).get(obsid)
        if projection is not None:
            here = codes == code
            placed[here] = projection.place(positions[here])
            residual[here], points[here] = projection.residual, projection.points
    x, y, z = placed.T
    planetocentric = latitude(x, y, z)
    return {
        "BodyFixedCoordinateX": x,
        "BodyFixedCoordinateY": y,
        "BodyFixedCoordinateZ": z,
        "PlanetocentricLatitude": planetocentric,
        "PlanetographicLatitude": planetographic(planetocentric),
        "Longitude": longitude(x, y),
        "fit_points": points,
        **{f"fit_residual_{axis}": residual[:, number] for number, axis in enumerate("xyz")},
    }


def _seasons(obsids: pa.ChunkedArray) -> pa.Array:
    encoded = obsids.combine_chunks().dictionary_encode()
    return pa.array(seasons(encoded.dictionary.to_pylist()), pa.int64()).take(encoded.indices)


def _numbers(column: pa.ChunkedArray) -> Floats:
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    return numbers


def ground_job(combined: str | Path, files: GroundFiles) -> Job:
    """Describe the placing of an output of ``planet4 combine``; raises InputError for another."""
    table = StepTable.open(combined, "combined", "swath planet4 combine")
    return Job("planet4 ground", files, table.inputs() + files.inputs(), (GROUND,), (GroundStage(table, files),))


def ground(
    combined: str | Path, out: str | Path, *, files: GroundFiles | None = None, running: Running | None = None
) -> Outcome:
    """Place the final markings on Mars, into the dataset ``out`` with one table, ``ground``, a row for each of theirs.

    Raises InputError for what is no output of ``planet4 combine`` and for wrong look-up tables, and what
    ``swath.engine.run.run`` raises.
    """
    return run(ground_job(combined, files or GroundFiles()), out, running)
