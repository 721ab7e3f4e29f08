"""A catalogue to look things up in: an output of ``planet4 catalog``, or published files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from swath import compute as pc
from swath.engine.catalog import view_query
from swath.engine.dataset import Dataset, is_dataset
from swath.errors import InputError
from swath.planet4.lookups import load_table
from swath.planet4.marking_ids import normalise_tile_id
from swath.planet4.mars import mars_years

_TABLES = ("fans", "blotches")
_ENDINGS = (".parquet", ".csv")


@dataclass(frozen=True)
class Catalogue:
    """The published fans and blotches, by the queries or files that give them."""

    queries: dict[str, str]

    @classmethod
    def open(cls, path: str | Path) -> Catalogue:
        """Take an output of ``planet4 catalog`` or ``produce``, or a directory of ``fans`` and ``blotches`` files.

        The files are CSV or Parquet. Raises InputError where there is neither.
        """
        root = Path(path)
        if is_dataset(root / "catalog"):
            root = root / "catalog"
        if is_dataset(root):
            dataset = Dataset.open(root)
            tables = dataset.manifest.tables
            if not set(_TABLES) <= set(tables):
                made_by = dataset.manifest.content["job"]
                raise InputError(f"{path} is an output of {made_by}", "give an output of swath planet4 catalog")
            return cls({name: view_query(tables[name], map(str, dataset.files(name))) for name in _TABLES})
        return cls.of_files(*(_file(root, name) for name in _TABLES))

    @classmethod
    def of_files(cls, fans: str | Path, blotches: str | Path) -> Catalogue:
        """Take the two files of a published catalogue; raises InputError where one is not there."""
        for path in (fans, blotches):
            if not Path(path).is_file():
                raise InputError(f"there is no {path}", "check the path")
        return cls({"fans": _scan(Path(fans)), "blotches": _scan(Path(blotches))})

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with the views fans and blotches."""
        with duckdb.connect(":memory:") as connection:
            for name, query in self.queries.items():
                try:
                    connection.execute(f"CREATE VIEW {name} AS {query}")
                except duckdb.Error as error:
                    raise InputError(
                        f"cannot read the {name}: {str(error).splitlines()[0]}", "give CSV or Parquet"
                    ) from error
            yield connection

    def fans_of_tile(self, tile_id: str) -> pa.Table:
        """The fans of a tile; its id may be short, such as ``r8y``."""
        return self._where("fans", "tile_id", normalise_tile_id(tile_id))

    def blotches_of_tile(self, tile_id: str) -> pa.Table:
        """The blotches of a tile; its id may be short, such as ``r8y``."""
        return self._where("blotches", "tile_id", normalise_tile_id(tile_id))

    def fans_of_obsid(self, obsid: str) -> pa.Table:
        """The fans of an observation."""
        return self._where("fans", "obsid", obsid)

    def blotches_of_obsid(self, obsid: str) -> pa.Table:
        """The blotches of an observation."""
        return self._where("blotches", "obsid", obsid)

    def obsid_of_tile(self, tile_id: str) -> str:
        """The observation that a tile is of; raises InputError for a tile without markings."""
        for table in (self.fans_of_tile(tile_id), self.blotches_of_tile(tile_id)):
            if table.num_rows:
                obsid: str = table["obsid"][0].as_py()
                return obsid
        raise InputError(f"the catalogue has no markings of {normalise_tile_id(tile_id)}", "check the tile id")

    def _where(self, name: str, column: str, value: str) -> pa.Table:
        with self.connect() as connection:
            query = f"SELECT * FROM {name} WHERE {column} = ? ORDER BY marking_id"
            table: pa.Table = connection.sql(query, params=[value]).to_arrow_table()
        return table


def with_mars_year(markings: pa.Table, metadata: str | Path) -> pa.Table:
    """Add the Mars year, ``MY``, and the solar longitude, ``l_s``, of each row's obsid, null where it is not known.

    ``metadata`` is the table of observations, CSV or Parquet. Raises InputError where it is none.
    """
    known = load_table("planet4/load_observations", Path(metadata))
    place = pc.index_in(markings["obsid"].cast(pa.string()), known["obsid"].cast(pa.string()).combine_chunks())
    rows = known.take(place.combine_chunks())
    years = pa.array(mars_years(rows["start_time"]), mask=place.is_null().to_numpy())
    bare = markings.drop_columns([name for name in ("MY", "l_s") if name in markings.column_names])
    return bare.append_column("MY", years).append_column("l_s", rows["l_s"])


def _file(root: Path, name: str) -> Path:
    for path in (root / f"{name}{ending}" for ending in _ENDINGS):
        if path.is_file():
            return path
    raise InputError(
        f"{root} has no catalogue", "give an output of swath planet4 catalog, or fans.csv and blotches.csv"
    )


def _scan(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    if path.suffix == ".parquet":
        return f"SELECT * FROM read_parquet('{quoted}')"
    return f"SELECT * FROM read_csv('{quoted}', header = true, delim = ',', sample_size = -1)"
