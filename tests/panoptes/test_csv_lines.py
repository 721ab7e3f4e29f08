"""Lines of CSV files against Python's csv and str; runs of lines merged; subjects in order."""

import csv
import io
import random
from datetime import UTC, datetime
from tempfile import TemporaryFile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.panoptes import sorted_lines
from swath.panoptes.cell_texts import cell_texts
from swath.panoptes.csv_lines import each_in_order, lines_of
from swath.panoptes.reduce.order import subject_key, subject_order
from swath.panoptes.sorted_lines import Run, merged
from swath.panoptes.text import TextColumn
from swath.panoptes.values import text_column, time_texts
from swath.tables import TEXT

CELLS = st.one_of(st.none(), st.text('ab",\n é', max_size=6))


@given(st.lists(st.tuples(CELLS, st.one_of(st.none(), st.integers(-999, 999)), CELLS), max_size=8))
def test_lines_are_those_of_the_csv_module(rows):
    columns = [pa.array([row[n] for row in rows], dtype) for n, dtype in enumerate((pa.string(), pa.int64(), TEXT))]
    expected = io.StringIO(newline="")
    csv.writer(expected, lineterminator="\n").writerows(rows)
    lines = lines_of(columns)
    assert lines.data.tobytes().decode() == expected.getvalue()
    assert len(lines) == len(rows)


def test_a_carriage_return_is_in_quotes_so_that_it_ends_no_line():
    assert lines_of([pa.array(["a\rb", "c"]), pa.array([1, None])]).data.tobytes() == b'"a\rb",1\nc,\n'


@given(st.lists(st.one_of(st.none(), st.floats(), st.integers(-9, 9).map(float), st.floats(1e-6, 1e-3)), max_size=30))
def test_floats_are_written_as_python_writes_them(values):
    expected = [None if value is None else repr(value) for value in values]
    assert cell_texts(pa.array(values, pa.float64())).to_pylist() == expected


@given(st.lists(st.lists(st.lists(st.one_of(st.none(), st.integers(-9, 9)), max_size=3), max_size=3), max_size=6))
def test_nested_lists_are_written_as_python_writes_them_and_so_is_a_slice(values):
    column = pa.array(values, pa.large_list(pa.large_list(pa.int64())))
    assert cell_texts(column).to_pylist() == [str(value) for value in values]
    assert cell_texts(column[1:]).to_pylist() == [str(value) for value in values[1:]]


@given(st.lists(st.one_of(st.none(), st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))), max_size=20))
def test_times_are_written_as_exports_have_them(times):
    column = pa.chunked_array([pa.array([t and t.replace(tzinfo=UTC) for t in times], pa.timestamp("us", "UTC"))])
    expected = [t and f"{t.year:04d}-{t:%m-%d %H:%M:%S} UTC" for t in times]
    assert time_texts(column).to_pylist() == expected


@pytest.mark.parametrize("block", [1, 40, 1 << 20])
def test_runs_in_order_are_merged_into_one(monkeypatch, block):
    monkeypatch.setattr(sorted_lines, "_BLOCK", block)
    rng = random.Random(block)
    numbers = rng.sample(range(1000), 200)
    parts = [sorted(numbers[start::7]) for start in range(7)]
    runs, order = [], np.argsort([n for part in parts for n in part], kind="stable")
    with TemporaryFile() as file:
        file.write(b"what stands there already")
        for part in parts:
            texts = pa.array([f"{n},{'x' * rng.randrange(9)}\n" for n in part], TEXT)
            runs.append(Run.append(file, text_column(texts)))
        blocks = [each.tobytes() for each in merged(file, runs, order)]
    lines = b"".join(blocks).decode().split("\n")
    assert [int(line.partition(",")[0]) for line in lines[:-1]] == sorted(numbers)
    assert len(blocks) > 1 or block > 1000


def test_runs_may_be_empty():
    with TemporaryFile() as file:
        nothing = TextColumn(np.zeros(1, np.int64), np.empty(0, np.uint8))
        assert list(merged(file, [Run.append(file, nothing)], np.empty(0, np.int64))) == []


@given(st.lists(st.one_of(st.integers(0, 10**20).map(str), st.sampled_from(["07", "7", "a", "", "1;2", "-3", "7_0"]))))
def test_subjects_are_ordered_by_number_and_then_by_text(names):
    places = subject_order(pa.array(names, TEXT))
    assert places.tolist() == sorted(range(len(names)), key=lambda place: subject_key(names[place]))


def test_threads_keep_the_order_and_an_error_is_raised():
    assert list(each_in_order(lambda n: n * n, range(50), 3)) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(each_in_order(lambda n: 1 // n, [1, 0, 1], 2))
