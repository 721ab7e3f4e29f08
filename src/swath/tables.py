"""Tables and columns: the one source of schemas, of docs/formats.md and of the query catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

INT64 = pa.int64()
INT32 = pa.int32()
UINT64 = pa.uint64()
FLOAT64 = pa.float64()
FLOAT32 = pa.float32()
BOOL = pa.bool_()
TEXT = pa.large_string()
BLOB = pa.large_binary()
JSON = pa.string()
"""JSON text; by its Arrow type alone it is told from other text."""
TEXTS = pa.large_list(pa.large_string())
FLOATS = pa.large_list(pa.float64())
INTS = pa.large_list(pa.int64())
TIME = pa.timestamp("us", tz="UTC")
LOCAL_TIME = pa.timestamp("us")
TEXT_MAP = pa.map_(pa.large_string(), pa.large_string())
NUMBER_MAP = pa.map_(pa.large_string(), pa.float64())

_SQL_TYPES = {
    INT64: "BIGINT",
    INT32: "INTEGER",
    UINT64: "UBIGINT",
    BLOB: "BLOB",
    FLOAT64: "DOUBLE",
    FLOAT32: "FLOAT",
    BOOL: "BOOLEAN",
    TEXT: "VARCHAR",
    JSON: "JSON",
    TIME: "TIMESTAMP WITH TIME ZONE",
    LOCAL_TIME: "TIMESTAMP",
    TEXT_MAP: "MAP(VARCHAR, VARCHAR)",
    NUMBER_MAP: "MAP(VARCHAR, DOUBLE)",
}


def sql_type(dtype: pa.DataType) -> str:
    """The name of an Arrow type in DuckDB's SQL; raises KeyError for a type that no table has."""
    if pa.types.is_large_list(dtype):
        return sql_type(dtype.value_type) + "[]"
    return _SQL_TYPES[dtype]


def arrow_type(name: str) -> pa.DataType:
    """The Arrow type of a name that ``sql_type`` gave."""
    if name.endswith("[]"):
        return pa.large_list(arrow_type(name[:-2]))
    return next(dtype for dtype, known in _SQL_TYPES.items() if known == name)


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, Arrow type, meaning and unit.

    ``repeats`` says that few distinct values recur, so that the writer may use a dictionary.
    """

    name: str
    dtype: pa.DataType
    meaning: str
    unit: str = ""
    repeats: bool = False

    @property
    def sql_type(self) -> str:
        """The column's type in DuckDB's SQL."""
        return sql_type(self.dtype)


@dataclass(frozen=True)
class Table:
    """A table that a job writes: ordered columns, and those that become Hive directories.

    Of an ``open`` table, further columns follow from the data, the same ones in all its parts.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    partition_by: tuple[str, ...] = ()
    open: bool = False

    @property
    def schema(self) -> pa.Schema:
        """All columns as an Arrow schema, partition columns included."""
        return pa.schema([pa.field(column.name, column.dtype) for column in self.columns])

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """The columns that stand in the files: all but the partition columns."""
        return tuple(column for column in self.columns if column.name not in self.partition_by)

    def frame(self, arrays: Mapping[str, object]) -> pa.Table:
        """Make a frame of this table's schema; a column that is not given is all null.

        ``arrays`` maps column names to Arrow or NumPy arrays of one length; one that is a dictionary of the column's
        type stays one, which is faster to write. Raises KeyError for a name that is no column.
        """
        unknown = set(arrays) - {column.name for column in self.columns}
        if unknown:
            raise KeyError(f"{self.name} has no column {sorted(unknown)}")
        length = max((_length(array) for array in arrays.values()), default=0)
        return pa.table(
            {column.name: _as_column(arrays.get(column.name), column.dtype, length) for column in self.columns}
        )

    def describe(self) -> list[dict[str, str]]:
        """One record a column: name, dtype, unit, meaning."""
        return [{"name": c.name, "dtype": c.sql_type, "unit": c.unit, "meaning": c.meaning} for c in self.columns]


def _length(array: object) -> int:
    return len(array)  # type: ignore[arg-type]


def _as_column(array: Any, dtype: pa.DataType, length: int) -> pa.Array | pa.ChunkedArray:
    if array is None:
        return pa.nulls(length, dtype)
    if not isinstance(array, pa.Array | pa.ChunkedArray):
        array = pa.array(array)
    held = array.type.value_type if pa.types.is_dictionary(array.type) else array.type
    return array if held == dtype else array.cast(dtype)


QUARANTINE = Table(
    "quarantine",
    "Rows that could not be read: where they stood, and why they were set aside.",
    (
        Column("source", TEXT, "Input file.", repeats=True),
        Column("chunk", TEXT, "Key of the chunk that held the row.", repeats=True),
        Column("offset", INT64, "Position of the row in the (decompressed) file.", "bytes"),
        Column("row", INT64, "Number of the row within its chunk, the first is 0."),
        Column("classification_id", INT64, "Classification id, where it could be read."),
        Column("subject_id", INT64, "Subject id, where it could be read."),
        Column("reason", TEXT, "Why the row was set aside.", repeats=True),
        Column("detail", TEXT, "What exactly was wrong.", repeats=True),
        Column("raw", TEXT, "The row as it stands in the file; at most 64 KiB of it."),
    ),
)


def by_name(tables: Iterable[Table]) -> dict[str, Table]:
    """Index tables by their names."""
    return {table.name: table for table in tables}
