"""Clustering as a job: markings are shuffled by observation, the tiles of a bucket clustered, the clusters numbered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.engine.files import write_atomically
from swath.engine.job import Chunk, Job, Result, RunSoFar, Stage
from swath.engine.run import Outcome, Running, run
from swath.engine.shuffle import BucketStage, one_bucket, read_shuffled
from swath.engine.staging import Staging
from swath.planet4.clustering.averages import averages, one_vote_each
from swath.planet4.clustering.groups import Groups
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.clustering.tiles import TileMarkings, cluster_blotches, cluster_fans, min_samples
from swath.planet4.drawings import BLOTCH, FAN, KINDS
from swath.planet4.marking_files import MarkingFiles, read_groups
from swath.planet4.marking_ids import marking_ids
from swath.planet4.observations import cut_observations, range_of
from swath.planet4.tables import CLUSTERS

TEXTS = ("image_name", "image_id", "user_name")
NUMBERS = (
    *("x", "y", "image_x", "image_y", "x_tile", "y_tile", "radius_1", "radius_2"),
    *("distance", "angle", "spread", "version", "x_angle", "y_angle"),
)
NEEDED = ("classification_id", "marking", *TEXTS, *NUMBERS)
_HINT = "swath planet4 clean, or convert --clean, writes markings that can be clustered"

_BUCKET_ROWS = 100_000
_BYTES_A_ROW = 1200
_PREFIXES = {FAN: "F", BLOTCH: "B"}
_PERIODS = {FAN: 360.0, BLOTCH: 180.0}
_PLACE_SPREADS = {"x_std": "x", "y_std": "y"}
_SPREADS = {
    FAN: {**_PLACE_SPREADS, "distance_std": "distance", "spread_std": "spread"},
    BLOTCH: {**_PLACE_SPREADS, "radius1_std": "radius_1", "radius2_std": "radius_2"},
}


@dataclass(frozen=True)
class ShuffleStage(Stage):
    """The pass that sends fans and blotches to their observations' buckets."""

    files: MarkingFiles
    cuts: tuple[str, ...]
    settings: ClusterSettings
    name = "tiles"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:  # noqa: ARG002  (the engine's signature)
        """Yield row groups of the markings."""
        return self.files.chunks()

    def chunk_memory(self) -> int:
        """What the rows of a chunk take, as read and as sent."""
        return self.files.largest_group() * _BYTES_A_ROW + (64 << 20)

    def process(self, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's signature)
        """Read the markings that have a tile."""
        columns = self.files.columns() if self.settings.as_published else NEEDED
        read = read_groups(chunk, columns, as_codes=("marking", *TEXTS))
        kinds = _kinds(read["marking"])
        drawn = kinds >= 0
        placed = pc.and_(read["image_id"].is_valid(), read["image_name"].is_valid()).to_numpy()
        counts = {
            "markings": int((drawn & placed).sum()),
            "without markings": int((~drawn).sum()),
            "without a tile": int((drawn & ~placed).sum()),
        }
        kept = np.flatnonzero(drawn & placed)
        buckets = range_of(read["image_name"].take(pa.array(kept)), self.cuts)
        # in the order of their buckets at once, so that they are not moved twice
        order = np.argsort(buckets, kind="stable")
        kept, buckets = kept[order], buckets[order]
        moved = read.take(pa.array(kept)).combine_chunks()
        rows = pa.table({**_typed(moved), "kind": kinds[kept], "nulls": _nulls(moved)})
        return Result(shuffled={"markings": (rows, (buckets, len(self.cuts) + 1))}, counts=counts)


def _kinds(markings: pa.ChunkedArray) -> npt.NDArray[np.int8]:
    """FAN or BLOTCH for each marking, -1 for another."""
    encoded = _encoded(markings)
    known = pc.index_in(encoded.dictionary, pa.array([KINDS[FAN], KINDS[BLOTCH]], encoded.dictionary.type))
    kinds = np.array([FAN, BLOTCH, -1], np.int8)[pc.fill_null(known, 2).to_numpy()]
    codes = pc.fill_null(encoded.indices, len(kinds)).to_numpy(zero_copy_only=False)
    of_rows: npt.NDArray[np.int8] = np.append(kinds, np.int8(-1))[codes]
    return of_rows


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column of texts as codes and a dictionary of 64-bit offsets."""
    codes = column.combine_chunks()
    if not pa.types.is_dictionary(codes.type):
        codes = codes.dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices.cast(pa.int32()), codes.dictionary.cast(pa.large_string()))


def _typed(read: pa.Table) -> dict[str, pa.Array | pa.ChunkedArray]:
    identity = read["classification_id"]
    text = pa.types.is_string(identity.type) or pa.types.is_large_string(identity.type)
    columns = {"classification_id": identity.cast(pa.large_string() if text else pa.int64())}
    columns |= {name: _encoded(read[name]) for name in TEXTS}
    return columns | {name: read[name].cast(pa.float64()) for name in NUMBERS}


def _nulls(read: pa.Table) -> npt.NDArray[np.uint64]:
    """A bit for each column that is null or NaN."""
    bits = np.zeros(read.num_rows, np.uint64)
    for number, column in enumerate(read.columns):
        missing = column.is_null(nan_is_null=pa.types.is_floating(column.type))
        bits |= missing.to_numpy().astype(np.uint64) << np.uint64(number)
    return bits


@dataclass(frozen=True)
class ClusterStage(BucketStage):
    """The pass that clusters all tiles of a bucket at once."""

    buckets: int
    settings: ClusterSettings
    name = "clusters"
    source = "markings"

    def chunk_memory(self) -> int:
        """What the markings of a bucket take, as columns and in each stage of clustering."""
        return 2 * _BUCKET_ROWS * _BYTES_A_ROW + (64 << 20)

    def group(self, frame: pa.Table, chunk: Chunk, staging: Staging) -> Result:  # noqa: ARG002  (the engine's)
        """Cluster the tiles of some observations."""
        if not frame.num_rows:
            return Result()
        markings, names = tile_markings(frame)
        least = min_samples(markings, self.settings)
        users = _codes(frame["user_name"])
        fans, small_fans = _frame(FAN, cluster_fans(markings, least, self.settings), markings, users, least)
        blotches, small = _frame(BLOTCH, cluster_blotches(markings, least, self.settings), markings, users, least)
        rows = pa.concat_tables([fans, blotches])
        tiles = rows["tile"].to_numpy()
        rows = rows.append_column("tile_id", names["tile_id"].take(rows["tile"]))
        rows = rows.append_column("obsid", names["obsid"].take(rows["tile"])).drop_columns("tile")
        rows = rows.take(pa.array(np.argsort(tiles, kind="stable")))
        counts = {
            "tiles": markings.count,
            "fans": fans.num_rows,
            "blotches": blotches.num_rows,
            "clusters of too few volunteers": small_fans + small,
        }
        return Result(shuffled={"unnumbered": one_bucket(rows)}, counts=counts)


def tile_markings(frame: pa.Table) -> tuple[TileMarkings, pa.Table]:
    """Lay out the markings of a bucket; gives them and the names of the tiles, in order of obsid and tile id."""
    obsids, tile_ids = (frame[name].combine_chunks().dictionary_encode() for name in ("image_name", "image_id"))
    width = len(tile_ids.dictionary)
    keys = pa.array(obsids.indices.to_numpy().astype(np.int64) * width + tile_ids.indices.to_numpy())
    encoded = keys.dictionary_encode()
    distinct, tiles = encoded.dictionary.to_numpy(), encoded.indices.to_numpy()
    names = pa.table(
        {
            "obsid": obsids.dictionary.take(pa.array(distinct // width)),
            "tile_id": tile_ids.dictionary.take(pa.array(distinct % width)),
        }
    )
    in_order = pc.sort_indices(names, [("obsid", "ascending"), ("tile_id", "ascending")]).to_numpy()
    place = np.empty(in_order.size, np.int64)
    place[in_order] = np.arange(in_order.size)
    values = {name: frame[name].to_numpy() for name in NUMBERS}
    identity = frame["classification_id"]
    if pa.types.is_integer(identity.type):
        values["classification_id"] = identity.cast(pa.float64(), safe=False).to_numpy()
    kinds = frame["kind"].to_numpy()
    markings = TileMarkings(place[tiles], len(distinct), kinds, _codes(identity), values, frame["nulls"].to_numpy())
    return markings, names.take(pa.array(in_order)).combine_chunks()


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A number for each distinct value; nulls are one value."""
    encoded = column.combine_chunks()
    if not pa.types.is_dictionary(encoded.type):
        encoded = encoded.dictionary_encode()
    codes: npt.NDArray[np.int64] = pc.fill_null(encoded.indices, len(encoded.dictionary)).to_numpy().astype(np.int64)
    return codes


def _frame(
    kind: int, groups: Groups, markings: TileMarkings, users: npt.NDArray[np.int64], least: npt.NDArray[np.int64]
) -> tuple[pa.Table, int]:
    """The averages of the clusters of one kind that enough volunteers made, and the number of the others."""
    voted = one_vote_each(groups, users)
    enough = voted.sizes >= least[voted.tiles]
    kept = voted.only(enough)
    columns = averages(kept, markings.values, _PERIODS[kind], _SPREADS[kind])
    arrays = {name: pa.array(column, from_pandas=True) for name, column in columns.items()}
    arrays |= {"tile": pa.array(kept.tiles), "n_votes": pa.array(kept.sizes)}
    arrays["marking"] = pa.array(np.full(kept.count, KINDS[kind]), pa.large_string())
    names = [column.name for column in CLUSTERS.columns if column.name not in ("marking_id", "tile_id", "obsid")]
    whole = {name: arrays.get(name, pa.nulls(kept.count, pa.float64())) for name in (*names, "tile")}
    return pa.table(whole), int(enough.size - enough.sum())


@dataclass(frozen=True)
class NumberStage(Stage):
    """The pass that gives clusters their ids: fans and blotches are counted by obsid, tile and cluster."""

    name = "ids"

    def chunks(self, so_far: RunSoFar) -> Iterator[Chunk]:
        """Yield a chunk a bucket, with the numbers that its ids begin at."""
        start = dict.fromkeys(_PREFIXES.values(), 0)
        for key, record in sorted(so_far.done("clusters").items()):
            yield Chunk(key, sum(record.shuffled.values()), {"start": dict(start)})
            start["F"] += record.counts.get("fans", 0)
            start["B"] += record.counts.get("blotches", 0)

    def chunk_memory(self) -> int:
        """What the clusters of a bucket take."""
        return _BUCKET_ROWS * _BYTES_A_ROW // 2

    def process(self, chunk: Chunk, staging: Staging) -> Result:
        """Number the clusters of one bucket."""
        rows = read_shuffled(staging.scratch / "unnumbered", chunk.key)
        if rows is None or not rows.num_rows:
            return Result()
        return Result({CLUSTERS.name: CLUSTERS.frame(_numbered(rows, chunk.payload["start"]))})


def _numbered(rows: pa.Table, start: dict[str, int]) -> dict[str, pa.ChunkedArray]:
    """The columns of rows with ids that count fans and blotches each for themselves."""
    fan = pc.equal(rows["marking"], "fan").to_numpy()
    ids = [marking_ids("F", start["F"], int(fan.sum())), marking_ids("B", start["B"], int((~fan).sum()))]
    place = np.where(fan, np.cumsum(fan) - 1, fan.sum() + np.cumsum(~fan) - 1)
    return {"marking_id": pa.concat_arrays(ids).take(pa.array(place))} | {n: rows[n] for n in rows.column_names}


def cluster_job(markings: str | Path, settings: ClusterSettings) -> Job:
    """Describe the clustering of a table of cleaned markings; raises InputError where there is none."""
    files = MarkingFiles.open(markings, NEEDED, _HINT)
    cuts = cut_observations(files, _BUCKET_ROWS)
    stages = (ShuffleStage(files, cuts, settings), ClusterStage(len(cuts) + 1, settings), NumberStage())
    return Job("planet4 cluster", settings, files.inputs(), (CLUSTERS,), stages)


def cluster(
    markings: str | Path,
    out: str | Path,
    *,
    settings: ClusterSettings | None = None,
    running: Running | None = None,
) -> Outcome:
    """Cluster the fans and blotches of each tile into the dataset ``out`` with one table, ``clusters``.

    ``markings`` is an output of ``planet4 convert --clean`` or ``planet4 clean``, or a Parquet file of that layout.
    The output keeps its parameters in ``_swath/cluster.toml``. Raises InputError for other files, and what
    ``swath.engine.run.run`` raises.
    """
    chosen = settings or ClusterSettings()
    outcome = run(cluster_job(markings, chosen), out, running)
    parameters = Path(out) / "_swath" / "cluster.toml"
    if not parameters.exists():
        write_atomically(parameters, chosen.as_toml().encode())
    return outcome
