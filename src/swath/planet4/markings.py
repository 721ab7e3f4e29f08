"""Putting a chunk's markings together: joins, positions in the observation, de-duplication, cleaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from swath.kernels.distinct import first_of_equal
from swath.panoptes.chunks import Cells
from swath.planet4 import cleaning
from swath.planet4.drawings import BLOTCH, FAN, KINDS, NONE, Drawings, Floats
from swath.planet4.lookups import LookupFiles, join_places
from swath.planet4.tables import CLEAN_MARKINGS, MARKINGS
from swath.planet4.tiles import Tiles
from swath.tables import Table

X_STRIDE, Y_STRIDE = 740, 548
"""Pixels from a tile to the next: 840 x 648 pixels less an overlap of 100."""

PANDAS_MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip
"""Texts that the published conversion reads as missing, because pandas does."""


@dataclass(frozen=True)
class Options:
    """How markings are made: cleaned or not, blotch angles mended or not, gaps filled from the tile coordinates or not."""

    clean: bool
    flip_blotch_angle: bool
    fill: bool


@dataclass(frozen=True)
class Source:
    """A chunk's classifications: their cells, ids, drawings and tiles; rows that are rejected are still among them."""

    cells: Cells
    ids: npt.NDArray[np.int64]
    drawings: Drawings
    tiles: Tiles


def make_markings(
    source: Source, lookups: LookupFiles, options: Options
) -> tuple[list[pa.Table], dict[str, int]]:
    """Make the markings of a chunk, and count them.

    Gives one frame of ``markings``, or with ``clean`` three: fans, blotches, the rest.
    """
    columns = _classification_columns(source, lookups, fill=options.fill)
    drawings = source.drawings
    whole = source.cells.good()[drawings.rows]
    rows, kinds = drawings.rows[whole], drawings.kinds[whole]
    geometry = {name: values[whole] for name, values in drawings.geometry.items()}
    first = _first_of_equal(source.ids[rows], kinds, geometry)
    counts = {"markings": rows.size, "duplicates removed": int(rows.size - first.sum()), **columns.counts}
    rows, kinds = rows[first], kinds[first]
    geometry = {name: values[first] for name, values in geometry.items()}
    if options.flip_blotch_angle:
        geometry["angle"] = np.where(kinds == BLOTCH, 0.0 - geometry["angle"], geometry["angle"])
    if not options.clean:
        return [_frame(MARKINGS, columns, source.ids, rows, kinds, geometry)], counts
    good = cleaning.is_complete(kinds, geometry)
    counts["incomplete"] = int(good.size - good.sum())
    good &= cleaning.is_in_frame(kinds, geometry)
    counts["out of frame"] = int(good.size - good.sum() - counts["incomplete"])
    rows, kinds = rows[good], kinds[good]
    geometry = cleaning.normalise_blotches(kinds, {name: values[good] for name, values in geometry.items()})
    geometry |= cleaning.direction(geometry["angle"])
    frame = _frame(CLEAN_MARKINGS, columns, source.ids, rows, kinds, geometry)
    return [frame.filter(pa.array(kinds == kind)) for kind in (FAN, BLOTCH, NONE)], counts


@dataclass(frozen=True)
class _Columns:
    """What is the same for all markings of a classification: Arrow arrays of shape (classifications,)."""

    texts: dict[str, pa.Array]
    numbers: dict[str, Floats]
    counts: dict[str, int]


def _classification_columns(source: Source, lookups: LookupFiles, *, fill: bool) -> _Columns:
    cells, tiles = source.cells, source.tiles
    version = _numbers(cells)
    places = join_places(
        lookups,
        pa.table(
            {
                "row": np.arange(source.ids.size),
                "subject_id": tiles.subject_id,
                "image_id": tiles.image_id,
                "image_name": tiles.image_name,
                "x_tile": pa.array(tiles.x_tile, from_pandas=True),
                "y_tile": pa.array(tiles.y_tile, from_pandas=True),
            }
        ),
        fill=fill,
    )
    texts = {
        "created_at": _unless_missing(cells.texts("created_at").arrow()),
        "user_name": _unless_missing(cells.texts("user_name").arrow()),
        "image_id": tiles.image_id,
        "image_name": places["image_name"],
        "image_url": places["image_url"],
        "acquisition_date": places["acquisition_date"],
        "workflow_id": pa.array(cells.integers("workflow_id")),
    }
    numbers = {
        "version": version,
        "x_tile": places["x_tile"].to_numpy(),
        "y_tile": places["y_tile"].to_numpy(),
    }
    return _Columns(texts, numbers, _gaps(cells.good(), tiles, numbers, places))


def _gaps(
    good: npt.NDArray[np.bool_], tiles: Tiles, numbers: dict[str, Floats], places: pa.Table
) -> dict[str, int]:
    """Count the tiles without coordinates of their own, and the other gaps that were filled all the same."""
    bare = np.isnan(tiles.x_tile) & tiles.image_id.is_valid().to_numpy(zero_copy_only=False)
    named = pc.and_(pc.is_null(tiles.image_name), pc.is_valid(places["image_name"])).to_numpy()
    filled = named | (np.isnan(tiles.y_tile) & ~np.isnan(numbers["y_tile"]))
    return {
        "tiles without coordinates": int((good & bare).sum()),
        "other gaps filled": int((good & filled & ~bare).sum()),
    }


def _numbers(cells: Cells) -> Floats:
    """Read the workflow version as a number, as pandas does; what is none is rejected."""
    texts = cells.texts("workflow_version").arrow()
    missing = pc.is_in(texts, pa.array(PANDAS_MISSING, pa.large_string()))
    number = pc.match_substring_regex(texts, r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$")
    wrong = pc.invert(pc.or_(missing, number)).to_numpy(zero_copy_only=False)
    cells.reject([(np.flatnonzero(wrong), "workflow_version is not a number", "such as 52.76 is expected")])
    plain = pc.if_else(number, pc.utf8_trim(texts, " "), None)
    return pc.cast(plain, pa.float64()).to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _unless_missing(texts: pa.Array) -> pa.Array:
    missing = pc.is_in(texts, pa.array(PANDAS_MISSING, pa.large_string()))
    return pc.if_else(missing, pa.scalar(None, pa.large_string()), texts)


def _first_of_equal(
    ids: npt.NDArray[np.int64], kinds: npt.NDArray[np.int8], geometry: dict[str, Floats]
) -> npt.NDArray[np.bool_]:
    """Which markings no earlier one of the same classification, kind and position equals; NaN equals NaN."""
    words = [ids, kinds.astype(np.int64)]
    for name in ("x", "y"):
        values = geometry[name] + 0.0
        values[np.isnan(values)] = np.nan
        words.append(values.view(np.int64))
    return first_of_equal(np.stack(words, axis=1))  # type: ignore[no-any-return]


def _frame(
    table: Table,
    columns: _Columns,
    ids: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int8],
    geometry: dict[str, Floats],
) -> pa.Table:
    """Lay out the columns of the markings of some classifications."""
    indices = pa.array(rows)
    numbers = {name: values[rows] for name, values in columns.numbers.items()} | geometry
    numbers["image_x"] = numbers["x"] + X_STRIDE * (numbers["x_tile"] - 1)
    numbers["image_y"] = numbers["y"] + Y_STRIDE * (numbers["y_tile"] - 1)
    arrays = {name: pa.array(values, from_pandas=True) for name, values in numbers.items()}
    arrays |= {name: values.take(indices) for name, values in columns.texts.items()}
    arrays["classification_id"] = pa.array(ids[rows])
    arrays["marking"] = pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(KINDS, pa.large_string()))
    return table.frame(arrays)
