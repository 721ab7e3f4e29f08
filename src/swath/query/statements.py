"""Which statements a query may be: one, and one that only reads."""

from __future__ import annotations

import re

import duckdb

from swath.errors import QueryError

# What stands before an explained statement. Anchored, and without comments: nothing else may look like it.
_EXPLAIN = re.compile(
    r"\s*EXPLAIN\s+(ANALYZE\s+)?(\(\s*(ANALYZE|FORMAT\s+\w+)(\s*,\s*(ANALYZE|FORMAT\s+\w+))*\s*\))?", re.I
)

_READ_ONLY = "outputs are read-only: write a SELECT"


def check_reads(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise QueryError for what is not one statement that only reads.

    An explained statement is looked at itself: to explain it with ANALYZE is to run it.
    """
    kind = _kind(connection, sql)
    if kind == duckdb.StatementType.EXPLAIN:
        prefix = _EXPLAIN.match(sql)
        if prefix is None:
            raise QueryError("this EXPLAIN cannot be read", "begin with EXPLAIN or EXPLAIN ANALYZE, without comments")
        check_reads(connection, sql[prefix.end() :])
    elif kind == duckdb.StatementType.MULTI:
        raise QueryError("this PIVOT is several statements", "list its values: PIVOT … ON column IN ('a', 'b')")
    elif kind != duckdb.StatementType.SELECT:
        raise QueryError(f"{kind.name} statements are not allowed", _READ_ONLY)


def _kind(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.StatementType:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements, one is expected", "run them one after another")
    try:
        return statements[0].type
    except ValueError as error:  # a kind that DuckDB's Python package does not know
        raise QueryError("this statement is not allowed", _READ_ONLY) from error
