"""The shuffle by frames of any kind: nothing is lost, order is kept, buckets do not depend on chunks."""

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.engine.shuffle import bucket_of, read_bucket, write_buckets

KEYS = st.integers(-(2**63), 2**63 - 1)
LISTS = st.none() | st.lists(st.integers(0, 9), max_size=3)
ROWS = st.lists(st.tuples(KEYS, st.none() | st.text(max_size=5), LISTS), max_size=40)
SCHEMA = pa.schema(
    [("key", pa.int64()), ("place", pa.int64()), ("text", pa.large_string()), ("list", pa.large_list(pa.int64()))]
)


def shuffled(rows, cuts, buckets, folder):
    """Write rows as chunks cut at some places, and read every bucket."""
    edges = [0, *sorted(cut % (len(rows) + 1) for cut in cuts), len(rows)]
    placed = [{"key": k, "place": n, "text": t, "list": v} for n, (k, t, v) in enumerate(rows)]
    for number, (start, stop) in enumerate(pairwise(edges)):
        frame = pa.Table.from_pylist(placed[start:stop], schema=SCHEMA)
        path = folder / f"{number:03d}.arrow"
        size = write_buckets(path, frame, (bucket_of(frame["key"].to_numpy(), buckets), buckets))
        assert path.stat().st_size == size
    return placed, [read_bucket(folder, bucket).to_pylist() for bucket in range(buckets)]


@settings(max_examples=60, deadline=None)
@given(ROWS, st.lists(st.integers(0, 40), max_size=4), st.integers(1, 9))
def test_a_bucket_is_the_rows_of_its_keys_in_order(rows, cuts, buckets):
    with tempfile.TemporaryDirectory() as folder:
        placed, found = shuffled(rows, cuts, buckets, Path(folder))
    keys = np.array([row["key"] for row in placed], np.int64)
    numbers = bucket_of(keys, buckets)
    assert found == [[row for row, n in zip(placed, numbers, strict=True) if n == b] for b in range(buckets)]
