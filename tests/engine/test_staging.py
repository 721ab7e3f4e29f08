"""What the parts of a chunk are called, and what stands in them."""

import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jobs import NUMBERS, WORDS, SectionStage, WordStage, job_of

from reading import records
from swath.engine.files import write_atomically
from swath.engine.job import Chunk, Result
from swath.engine.run import run
from swath.engine.staging import NULL_PARTITION, Staging, partitions
from swath.errors import OutputError

TEXTS = ("", ".", "..", "a/b", "a b", "é", "%41", "x=y", "NULL", "it's", 'say "x"; drop', "日本", "a\nb")
WEIRD = (None, NULL_PARTITION, *TEXTS)


def read_back(out):
    with duckdb.connect() as connection:
        connection.execute((out / "catalog.sql").read_text())
        return connection.execute("SELECT word, n FROM words ORDER BY n").fetchall()


def test_partitions_of_weird_values_come_back(tmp_path):
    run(job_of([WordStage(WEIRD)], (WORDS,)), tmp_path / "out")
    assert read_back(tmp_path / "out") == [(word, n) for n, word in enumerate(WEIRD)]
    top = {path.name for path in (tmp_path / "out").iterdir()}
    assert top == {"words", "catalog.sql", "_swath"}
    assert all(path.parent.parent.name == "words" for path in (tmp_path / "out").rglob("*.parquet"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12), max_size=8))
@example(["A", "a"])
def test_partitions_of_any_text_come_back(words):
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        run(job_of([WordStage(tuple(words))], (WORDS,)), out)
        assert read_back(out) == [(word, n) for n, word in enumerate(words)]


def test_another_reader_sees_the_partitions(tmp_path):
    words = ("one", None, "two", "one")
    run(job_of([WordStage(words)], (WORDS,)), tmp_path / "out")
    found = pa.dataset.dataset(tmp_path / "out" / "words", partitioning="hive").to_table().sort_by("n").to_pylist()
    assert found == [{"n": n, "word": word} for n, word in enumerate(words)]


def test_a_value_too_long_for_a_directory_is_one_clear_error(tmp_path):
    with pytest.raises(OutputError, match="too long"):
        run(job_of([WordStage(("x" * 300,))], (WORDS,)), tmp_path / "out")


def test_rows_keep_their_order_within_a_partition():
    frame = WORDS.frame({"n": range(6), "word": pa.array(list("abcabc"))})
    made = {directory.name: rows["n"].to_pylist() for directory, rows in partitions(frame, WORDS)}
    assert made == {"word=a": [0, 3], "word=b": [1, 4], "word=c": [2, 5]}


def test_a_table_of_two_keys_is_split_by_both():
    table = replace(WORDS, partition_by=("word", "n"))
    frame = WORDS.frame({"n": pa.array([2, 1, 2, 1]), "word": pa.array(["b", "a", "a", "a"])})
    made = [directory.relative_to("words").as_posix() for directory, _ in partitions(frame, table)]
    assert made == ["word=a/n=1", "word=a/n=2", "word=b/n=2"]
    assert [rows.num_rows for _, rows in partitions(frame, table)] == [2, 1, 1]


def test_sections_stand_one_after_the_other(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(35))))
    run(job_of([SectionStage(path)], (NUMBERS,), path), tmp_path / "out")
    assert [r["n"] for r in records(tmp_path / "out", "numbers")] == [*range(0, 35, 2), *range(1, 35, 2)]


@pytest.mark.parametrize("count", [1, 10, 11])
def test_sections_are_labelled_alike_however_many(tmp_path, count):
    frames = [NUMBERS.frame({"n": pa.array([n])}) for n in range(count)]
    write = Staging(tmp_path).write
    if count > 10:
        with pytest.raises(ValueError, match="11 sections"):
            write("s", Chunk("7", 1), Result({"numbers": frames}), {"numbers": NUMBERS})
        return
    record = write("s", Chunk("7", 1), Result({"numbers": frames}), {"numbers": NUMBERS})
    assert [part.path for part in record.parts] == [f"numbers/part-{n}-7.parquet" for n in range(count)]


def test_a_frame_without_rows_is_no_file(tmp_path):
    record = Staging(tmp_path).write("s", Chunk("7", 1), Result({"numbers": NUMBERS.frame({})}), {"numbers": NUMBERS})
    assert not record.parts
    assert not list(tmp_path.rglob("*.parquet"))


def test_a_part_is_as_its_record_says(tmp_path):
    frame = NUMBERS.frame({"n": pa.array([1, 2, 3])})
    record = Staging(tmp_path).write("s", Chunk("7", 1), Result({"numbers": frame}), {"numbers": NUMBERS})
    (part,) = record.parts
    assert (tmp_path / part.path).stat().st_size == part.bytes
    assert pq.read_metadata(tmp_path / part.path).num_rows == part.rows == 3
    assert type(record).from_json(record.as_json()) == record
    assert record.files == {part.path: part.bytes}


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    write_atomically(tmp_path / "a", b"old")

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "a", b"new")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("a", b"old")]
