"""The tables that the conversion joins: tile coordinates, observation metadata, addresses of the subjects' pictures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from swath.errors import InputError
from swath.joins import join
from swath.kernels import json as kernel
from swath.panoptes.decode import JsonColumn
from swath.panoptes.exports import Export
from swath.panoptes.whole import read_whole
from swath.sql import load_sql


@dataclass(frozen=True)
class LookupFiles:
    """The files of the look-up tables, CSV or Parquet; None where a table is not given."""

    subjects: Path | None = None
    tile_coords: Path | None = None
    metadata: Path | None = None


def join_places(files: LookupFiles, classifications: pa.Table, *, fill: bool) -> pa.Table:
    """Join what the look-up tables know to classifications, one row each, in their order.

    ``classifications`` has row, subject_id, image_id, image_name, x_tile, y_tile. ``fill`` takes missing coordinates
    from the tile coordinates. Gives row, image_name, x_tile, y_tile, acquisition_date, image_url.
    """
    parameters = {"fill": fill, "urls": files.subjects is not None}
    frames = {"classifications": classifications}
    return join(files, lambda: _tables(files), load_sql("planet4/places"), frames, parameters)


_CSV = "header = true, all_varchar = true, delim = ',', quote = '\"', escape = '\"'"
"""How tables are written; to find that out took longer than to read them."""


def check_lookups(files: LookupFiles) -> None:
    """Load the look-up tables once; raises InputError where a file is not such a table."""
    _tables(files)


@lru_cache(maxsize=4)
def _tables(files: LookupFiles) -> dict[str, pa.Table]:
    """Load the look-up tables; of rows with the same key the first counts, as it does in the published conversion.

    DuckDB reads its two while the subjects are read here, and with them the first kernels loaded.
    """
    with ThreadPoolExecutor(1) as beside:
        tile_coords = beside.submit(load_table, "planet4/load_tile_coords", files.tile_coords)
        metadata = beside.submit(load_table, "planet4/load_metadata", files.metadata)
        subjects = _subject_urls(files.subjects)
        return {"tile_coords": tile_coords.result(), "metadata": metadata.result(), "subjects": subjects}


def load_tile_coords(path: Path) -> pa.Table:
    """Load tile coordinates, CSV or Parquet: tile_id, x_tile, y_tile, obsid; raises InputError."""
    return load_table("planet4/load_tile_coords", path)


def load_table(query: str, path: Path | None) -> pa.Table:
    """Run a loading query over a CSV or Parquet file; over nothing where no file is given.

    Raises InputError for a file that cannot be read, lacks a column or holds other values.
    """
    import duckdb  # noqa: PLC0415  (a run that finds its output done needs none of it)

    text = load_sql(query)
    columns = next(line for line in text.splitlines() if line.startswith("-- needs:")).removeprefix("-- needs:")
    names = columns.split(",")
    with duckdb.connect(":memory:") as connection:
        if path is None:
            none = {name.strip(): pa.nulls(0, pa.string()) for name in names}
            connection.register("nothing", pa.table(none))
            connection.execute("CREATE TEMP TABLE source AS SELECT * FROM nothing")
        else:
            reader = "read_parquet(?)" if path.suffix == ".parquet" else f"read_csv(?, {_CSV})"
            try:
                connection.execute(f"CREATE TEMP TABLE source AS SELECT * FROM {reader}", [str(path)])
            except duckdb.Error as error:
                raise InputError(
                    f"cannot read {path}: {str(error).splitlines()[0]}", "give a CSV or Parquet file"
                ) from error
        try:
            loaded: pa.Table = connection.sql(text).to_arrow_table()
        except duckdb.BinderException as error:
            raise InputError(
                f"{path} lacks a column: {str(error).splitlines()[0]}", f"it needs the columns {columns.strip()}"
            ) from error
        except duckdb.ConversionException as error:
            raise InputError(f"{path}: {str(error).splitlines()[0]}", "check the values of that column") from error
    return loaded


def _subject_urls(path: Path | None) -> pa.Table:
    """Read each subject's first picture's address from the subjects export; empty where its locations name none."""
    if path is None:
        return pa.table({"subject_id": pa.nulls(0, pa.int64()), "image_url": pa.nulls(0, pa.large_string())})
    export = Export.open(path, ("subject_id", "locations"))
    frames = []
    for records, rejects in read_whole(export, ("subject_id", "locations")):
        rows = np.flatnonzero(rejects.good)
        ids, good = records.fields_of("subject_id", rows).integers()
        urls = first_locations(JsonColumn.parse(records.texts("locations", rows)))
        frames.append(pa.table({"subject_id": ids, "image_url": urls}).filter(pa.array(good)))
    table = pa.concat_tables(frames)
    first = np.unique(table["subject_id"].to_numpy(), return_index=True)[1]
    return table.take(pa.array(np.sort(first)))


def first_locations(locations: JsonColumn) -> pa.Array:
    """The address under the key 0 of each locations cell; empty where the cell is no JSON, null, or has no such key."""
    nodes = locations.fields(locations.roots, ("0",))["0"]
    numbers = locations.are(nodes, kernel.NUMBER, kernel.TRUE, kernel.FALSE, kernel.OBJECT, kernel.ARRAY)
    texts = np.array(locations.texts(nodes).to_pylist(), dtype=object)
    raw = np.array(locations.raw(np.where(numbers, nodes, -1).astype(np.int32)).to_pylist(), dtype=object)
    texts[numbers] = raw[numbers]
    texts[nodes < 0] = ""
    return pa.array(texts.tolist(), pa.large_string())
