"""Putting a chunk's markings together: joins, positions in the observation, de-duplication, cleaning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels.distinct import first_of_equal
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import Floats
from swath.panoptes.missing import is_missing, unless_missing
from swath.planet4 import cleaning
from swath.planet4.drawings import BLOTCH, FAN, KINDS, NONE, Drawings
from swath.planet4.geometry import X_STRIDE, Y_STRIDE, in_observation
from swath.planet4.lookups import LookupFiles, join_places
from swath.planet4.tables import CLEAN_MARKINGS, MARKINGS
from swath.planet4.tiles import Tiles
from swath.tables import Table


@dataclass(frozen=True)
class Options:
    """How markings are made: cleaned or not, blotch angles mended or not, gaps of tiles filled or not."""

    clean: bool
    flip_blotch_angle: bool
    fill: bool


@dataclass(frozen=True)
class Source:
    """A chunk's classifications: their cells, ids, workflows, drawings, tiles; rejected rows are still among them."""

    cells: Cells
    ids: npt.NDArray[np.int64]
    workflows: npt.NDArray[np.int64]
    drawings: Drawings
    tiles: Tiles


def make_markings(source: Source, lookups: LookupFiles, options: Options) -> tuple[list[pa.Table], dict[str, int]]:
    """Make the markings of a chunk, and count them.

    Gives one frame of ``markings``, or with ``clean`` three: fans, blotches, the rest.
    """
    columns = _columns(source, lookups, fill=options.fill)
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
        return [_frame(MARKINGS, columns, rows, kinds, geometry)], counts
    cleaned = cleaning.clean(kinds, geometry, cleaning.PANOPTES)
    counts |= cleaned.dropped
    rows, kinds, geometry = rows[cleaned.kept], kinds[cleaned.kept], cleaned.geometry
    frame = _frame(CLEAN_MARKINGS, columns, rows, kinds, geometry)
    return [frame.filter(pa.array(kinds == kind)) for kind in (FAN, BLOTCH, NONE)], counts


@dataclass(frozen=True)
class _Columns:
    """What is the same for all markings of a classification, or of a tile; Arrow arrays of their shapes."""

    of_classification: dict[str, pa.Array]
    of_tile: dict[str, pa.Array]
    groups: npt.NDArray[np.int64]
    counts: dict[str, int]


def _columns(source: Source, lookups: LookupFiles, *, fill: bool) -> _Columns:
    cells, tiles = source.cells, source.tiles
    version = _versions(cells)
    places = join_places(
        lookups,
        pa.table(
            {
                "row": np.arange(tiles.subject_id.size),
                "subject_id": tiles.subject_id,
                "image_id": tiles.image_id,
                "image_name": tiles.image_name,
                "x_tile": pa.array(tiles.x_tile, from_pandas=True),
                "y_tile": pa.array(tiles.y_tile, from_pandas=True),
            }
        ),
        fill=fill,
    ).combine_chunks()
    of_classification = {
        "classification_id": pa.array(source.ids),
        "created_at": unless_missing(cells.texts("created_at").arrow()),
        "user_name": _encoded(unless_missing(cells.texts("user_name").arrow())),
        "workflow_id": pa.array(source.workflows),
        "version": version,
    }
    of_tile = {name: places[name].combine_chunks() for name in places.column_names if name != "row"}
    of_tile |= {name: _encoded(of_tile[name]) for name in ("image_name", "image_url")}
    of_tile["image_id"] = _encoded(tiles.image_id)
    return _Columns(of_classification, of_tile, tiles.groups, _gaps(cells.good(), tiles, places))


def _encoded(texts: pa.Array) -> pa.DictionaryArray:
    """Texts by number: each is looked at once here, and not again for every marking."""
    return texts.cast(pa.large_string()).dictionary_encode()


def _gaps(good: npt.NDArray[np.bool_], tiles: Tiles, places: pa.Table) -> dict[str, int]:
    """Count the classifications of tiles without own coordinates, and of tiles whose other gaps were filled."""
    bare = np.isnan(tiles.x_tile) & tiles.image_id.is_valid().to_numpy(zero_copy_only=False)
    named = tiles.image_name.is_null().to_numpy(zero_copy_only=False) & places["image_name"].is_valid().to_numpy()
    filled = (named | (np.isnan(tiles.y_tile) & places["y_tile"].is_valid().to_numpy())) & ~bare
    return {
        "tiles without coordinates": int((good & bare[tiles.groups]).sum()),
        "other gaps filled": int((good & filled[tiles.groups]).sum()),
    }


def _versions(cells: Cells) -> pa.Array:
    """Read the workflow version as a number, as pandas does; what is none is rejected."""
    distinct, groups = cells.distinct_texts("workflow_version")
    texts = distinct.arrow()
    missing = is_missing(texts)
    number = pc.match_substring_regex(texts, r"^ *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *$")
    wrong = pc.invert(pc.or_(missing, number)).to_numpy(zero_copy_only=False)
    cells.reject([(np.flatnonzero(wrong[groups]), "workflow_version is not a number", "such as 52.76 is expected")])
    plain = pc.if_else(number, pc.utf8_trim(texts, " "), None)
    return pc.cast(plain, pa.float64()).take(pa.array(groups))


def _first_of_equal(
    ids: npt.NDArray[np.int64], kinds: npt.NDArray[np.int8], geometry: dict[str, Floats]
) -> npt.NDArray[np.bool_]:
    """Which markings no earlier one of the same classification, kind and position equals; NaN equals NaN."""
    words = [ids, kinds.astype(np.int64)]
    for name in ("x", "y"):
        values = geometry[name] + 0.0
        values[np.isnan(values)] = np.nan
        words.append(values.view(np.int64))
    return first_of_equal(np.stack(words, axis=1))


def _frame(
    table: Table,
    columns: _Columns,
    rows: npt.NDArray[np.int64],
    kinds: npt.NDArray[np.int8],
    geometry: dict[str, Floats],
) -> pa.Table:
    """Lay out the columns of markings; ``rows`` are their classifications."""
    classifications, tiles = pa.array(rows), pa.array(columns.groups[rows])
    arrays = {name: values.take(classifications) for name, values in columns.of_classification.items()}
    arrays |= {name: values.take(tiles) for name, values in columns.of_tile.items()}
    numbers = dict(geometry)
    numbers["image_x"] = in_observation(geometry["x"], _numpy(arrays["x_tile"]), X_STRIDE)
    numbers["image_y"] = in_observation(geometry["y"], _numpy(arrays["y_tile"]), Y_STRIDE)
    arrays |= {name: pa.array(values, from_pandas=True) for name, values in numbers.items()}
    arrays["marking"] = pa.DictionaryArray.from_arrays(pa.array(kinds), pa.array(KINDS, pa.large_string()))
    return table.frame(arrays)


def _numpy(array: pa.Array | pa.ChunkedArray) -> Floats:
    chunk = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    numbers: Floats = chunk.to_numpy(zero_copy_only=False)
    return numbers
