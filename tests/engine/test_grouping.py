"""The shuffle on disk: grouping by two passes equals grouping at once."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from counting import Settings, counting_job
from hypothesis import given, settings
from hypothesis import strategies as st

from reading import records
from swath.engine.run import run
from swath.engine.shuffle import bucket_of, read_bucket, write_buckets


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=60), st.integers(1, 20), st.integers(1, 9))
def test_sums_do_not_depend_on_chunks_or_buckets(numbers, chunk, buckets):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.txt"
        path.write_text(" ".join(map(str, numbers)))
        run(counting_job(path, Settings(chunk, buckets)), Path(folder) / "out")
        expected = Counter()
        for n in numbers:
            expected[n % 10] += n
        assert {r["key"]: r["sum"] for r in records(Path(folder) / "out", "sums")} == dict(expected) | {
            n % 10: expected[n % 10] for n in numbers
        }


def test_rows_of_a_bucket_keep_the_order_of_the_chunks(tmp_path):
    rng = np.random.default_rng(1)
    keys = [rng.integers(0, 50, 40) for _ in range(5)]
    for number, each in enumerate(keys):
        frame = pa.table({"key": each, "place": np.arange(40) + 100 * number})
        write_buckets(tmp_path / f"{number:03d}.arrow", frame, (bucket_of(each, 4), 4))
    seen = []
    for bucket in range(4):
        frame = read_bucket(tmp_path, bucket)
        places = frame["place"].to_pylist()
        assert places == sorted(places)
        assert set(bucket_of(frame["key"].to_numpy(), 4)) <= {bucket}
        seen += places
    assert sorted(seen) == [p + 100 * n for n in range(5) for p in range(40)]


def test_nothing_shuffled_is_no_bucket(tmp_path):
    assert read_bucket(tmp_path, 0) is None


@pytest.mark.parametrize("buckets", [1, 7, 64])
def test_buckets_are_even_and_within_range(buckets):
    numbers = bucket_of(np.arange(64_000), buckets)
    counts = np.bincount(numbers, minlength=buckets)
    assert counts.size == buckets
    assert counts.min() > 0.8 * 64_000 / buckets
