"""Reading back what was written, for the tests."""

import pyarrow as pa
import pyarrow.parquet as pq

from swath.engine.dataset import Dataset


def records(out, table):
    """All rows of a table as dictionaries, in the order of the files, without the partition columns."""
    files = Dataset.open(out).files(table)
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files]).to_pylist() if files else []


def part_bytes(out):
    """The content of every part, by its path."""
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in sorted(out.rglob("*.parquet"))}


def counts(out):
    """What the run counted."""
    return Dataset.open(out).manifest.content["counts"]


def rejects(out):
    """The rejected rows by reason."""
    return Dataset.open(out).manifest.content["rejects"]
