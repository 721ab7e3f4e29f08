"""The process that answers one query: a request on stdin, an Arrow stream on stdout, an error on stderr.

A process of its own, because some of DuckDB's functions heed neither its memory limit nor an interruption.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import sys
import threading
from collections.abc import Sequence
from typing import IO

import duckdb
import pyarrow as pa

from swath.errors import QueryError, SwathError
from swath.query.request import Request
from swath.query.sandbox import open_sandbox
from swath.query.statements import check_reads

BATCH_ROWS = 8192

_LONGEST_MESSAGE = 1000


def main() -> None:
    """Answer the request, and leave with status 1 where that failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that asks hears it too, and ends this one
    request: Request = pickle.load(sys.stdin.buffer)  # noqa: S301  (written by the process that started this one)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as target:
            os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
            answer(request, target)
    except SwathError as error:
        _fail(error.message, error.hint)
    except (duckdb.Error, pa.ArrowException, ValueError, TypeError, OSError, MemoryError) as error:
        _fail(_message(error), _hint(str(error), request))


def _end_with_parent() -> None:
    """Wait until the process that asks is gone, which closes stdin, and end."""
    while os.read(sys.stdin.fileno(), 1):
        continue
    os._exit(1)


def answer(request: Request, target: IO[bytes]) -> None:
    """Write the answer to a request as an Arrow stream; raises QueryError, or what DuckDB raises."""
    connection = open_sandbox(request)
    check_reads(connection, request.sql)
    relation = connection.sql(request.sql, params=dict(request.parameters))
    if relation is None:
        raise QueryError("the statement gives no rows", "write a SELECT")
    reader = relation.to_arrow_reader(BATCH_ROWS)
    names = _distinct(reader.schema.names)
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
    with pa.ipc.new_stream(target, schema) as writer:
        for batch in reader:
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))


def _distinct(names: Sequence[str]) -> list[str]:
    """Tell columns of one name apart: ``a``, ``a_1``, ``a_2``."""
    found: dict[str, None] = {}
    for name in names:
        number, candidate = 0, name
        while candidate in found or (number and candidate in names):
            number += 1
            candidate = f"{name}_{number}"
        found[candidate] = None
    return list(found)


def _message(error: Exception) -> str:
    """The first two lines of an error: the second points at the place in the SQL."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (" ".join(lines[:2]) or type(error).__name__)[:_LONGEST_MESSAGE]


def _hint(text: str, request: Request) -> str:
    hints = {
        "Out of Memory Error": "give --memory more",
        "Permission Error": "a query reads the tables of its outputs and nothing else",
        "Catalog Error": "the tables are " + ", ".join(view.shown for view in request.views),
        "Parser Error": "check the SQL",
        "Invalid Input Error: Values were not provided": "give each $name a value: -p name=value",
    }
    fitting = (hint for beginning, hint in hints.items() if text.startswith(beginning))
    return next(fitting, "swath query OUT lists the tables and their columns")


def _fail(message: str, hint: str) -> None:
    sys.stderr.write(json.dumps({"message": message, "hint": hint}) + "\n")
    sys.exit(1)


if __name__ == "__main__":
    main()
