"""The store: what it refuses, what it keeps, what it says."""

import json
import multiprocessing
import os
import time
from dataclasses import replace

import duckdb
import pytest
from counting import Settings, counting_job
from jobs import NUMBERS, AgainStage, FirstStage, job_of
from starting import finish, start

from reading import part_bytes, records
from swath.engine import journal
from swath.engine.dataset import Dataset
from swath.engine.executors import Workers
from swath.engine.inspection import inspect
from swath.engine.place import Place, locked
from swath.engine.run import Running, run
from swath.engine.staging import Record, Staging
from swath.errors import BusyError, InputError, MismatchError, OutputError, StrictError


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(100))))
    return path


def killed(numbers, out, at="00050"):
    assert finish(start("jobs.py", "counting", numbers, out, "serial", COUNTING_ACT=f"die:{at}"))[0] == -9


def test_a_directory_that_is_called_old_is_not_ours(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "out.old")
    assert not run(counting_job(numbers), tmp_path / "out").unchanged
    assert run(counting_job(numbers), tmp_path / "out").unchanged
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert not list(Dataset.open(tmp_path / "out.old").damages())


@pytest.mark.parametrize("taken", ["directory", "file"])
def test_a_partial_that_is_not_ours_is_not_removed(tmp_path, numbers, taken):
    partial = tmp_path / "out.partial"
    mine = partial if taken == "file" else partial / "mine.txt"
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(OutputError, match="not written by Swath"):
        run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert mine.read_text() == "mine"


def test_files_that_somebody_put_into_an_output_are_not_replaced(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    (tmp_path / "out" / "notes.txt").write_text("mine")
    assert run(counting_job(numbers), tmp_path / "out").unchanged
    with pytest.raises(OutputError, match=r"holds notes\.txt"):
        run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    (tmp_path / "out" / "notes.txt").rename(tmp_path / "out" / ".DS_Store")
    assert not run(counting_job(numbers), tmp_path / "out", Running(overwrite=True)).unchanged


def test_a_link_is_not_replaced(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "real")
    (tmp_path / "out").symlink_to(tmp_path / "real")
    with pytest.raises(OutputError, match="symbolic link"):
        run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))


def test_the_place_may_be_an_empty_directory_even_this_one(tmp_path, numbers, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    run(counting_job(numbers), ".")
    assert len(records(tmp_path / "here", "squares")) == 100
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here", "numbers.txt"]


def test_a_half_removed_old_output_does_not_block(tmp_path, numbers):
    """Killed while it removed what it had replaced, the run left a part of it."""
    run(counting_job(numbers), tmp_path / "out")
    (tmp_path / ".out.replaced" / "squares").mkdir(parents=True)
    (tmp_path / ".out.replaced" / "squares" / "part.parquet").write_bytes(b"")
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert not (tmp_path / ".out.replaced").exists()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "fingerprint": "x"', '{"format": 99}'])
def test_a_manifest_that_is_none_can_be_replaced(tmp_path, numbers, content):
    run(counting_job(numbers), tmp_path / "out")
    (tmp_path / "out" / "_swath" / "manifest.json").write_text(content)
    with pytest.raises(OutputError) as caught:
        run(counting_job(numbers), tmp_path / "out")
    assert caught.value.hint
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert not list(Dataset.open(tmp_path / "out").damages())


def test_a_manifest_of_a_later_format_is_refused(tmp_path, numbers):
    manifest = run(counting_job(numbers), tmp_path / "out").dataset.root / "_swath" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(OutputError, match="format 2"):
        Dataset.open(tmp_path / "out")


def test_a_damaged_unfinished_run_is_one_clear_error(tmp_path, numbers):
    killed(numbers, tmp_path / "out")
    (tmp_path / "out.partial" / "_swath" / "run.json").write_text("")
    with pytest.raises(OutputError, match=r"run\.json is damaged"):
        run(counting_job(numbers), tmp_path / "out")
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))


def test_what_differs_is_said(tmp_path, numbers, monkeypatch):
    run(counting_job(numbers), tmp_path / "out")
    other = tmp_path / "other.txt"
    other.write_text("1 2")
    with pytest.raises(MismatchError) as caught:
        run(counting_job(other, Settings(buckets=5)), tmp_path / "out")
    assert "buckets was 3, is 5" in caught.value.message
    assert "other.txt is new" in caught.value.message
    assert "numbers.txt is not among them now" in caught.value.message
    monkeypatch.setattr("swath.engine.job.__version__", "99")
    with pytest.raises(MismatchError, match=r"swath was '.*', is '99'"):
        run(counting_job(numbers), tmp_path / "out")
    monkeypatch.undo()
    os.utime(numbers, ns=(1, 1))
    with pytest.raises(MismatchError, match="with the same content"):
        run(counting_job(numbers), tmp_path / "out")
    numbers.write_text("1" + numbers.read_text()[1:])
    with pytest.raises(MismatchError, match="has other content"):
        run(counting_job(numbers), tmp_path / "out")


def test_a_run_that_was_whole_but_not_in_its_place_is_not_done_again(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / "out.partial")
    with pytest.raises(MismatchError, match="chunk was 10, is 7"):
        run(counting_job(numbers, Settings(chunk=7)), tmp_path / "out")
    heard = []
    outcome = run(counting_job(numbers), tmp_path / "out", Running(on_event=heard.append))
    assert not outcome.unchanged
    assert not heard
    assert not (tmp_path / "out.partial").exists()


def test_a_shuffled_file_that_is_gone_is_made_again(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "whole")
    killed(numbers, tmp_path / "out")
    scratch = tmp_path / "out.partial" / "_swath" / "scratch" / "keyed"
    (scratch / "00010.arrow").unlink()
    (scratch / "00020.arrow").write_bytes(b"")
    run(counting_job(numbers), tmp_path / "out")
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "whole")


def test_a_journal_keeps_any_text(tmp_path):
    """U+2028 ends a line for str.splitlines, a lone surrogate does not encode; both come from inputs."""
    records = [
        Record("s", f"{n}", 1, first_reject=text) for n, text in enumerate(["a\u2028b\x85c\x1cd", "\udcff", "é\n"])
    ]
    for record in records:
        journal.append(tmp_path / "journal", record)
    with (tmp_path / "journal").open("ab") as file:
        file.write(b'{"stage": "s", "chunk": "9", "si')
    assert journal.load(tmp_path / "journal", tmp_path) == records
    assert journal.load(tmp_path / "journal", tmp_path) == records


def test_temporary_files_of_a_killed_run_go(tmp_path, numbers):
    killed(numbers, tmp_path / "out")
    partial = tmp_path / "out.partial"
    for path in (partial / "_swath" / ".journal.jsonl.1.tmp", partial / "squares" / ".part.1.tmp", partial / ".x.tmp"):
        path.write_text("")
    (partial / "squares" / "parity=none").mkdir()
    run(counting_job(numbers), tmp_path / "out")
    assert not list(Dataset.open(tmp_path / "out").strays())
    assert [path.name for path in (tmp_path / "out" / "_swath").iterdir()] == ["manifest.json"]
    assert not (tmp_path / "out" / "squares" / "parity=none").exists()


def test_an_input_that_changes_while_it_is_read_is_refused(tmp_path, numbers):
    def touch(event):
        os.utime(numbers, ns=(5, 5))

    with pytest.raises(InputError, match="changed while it was read"):
        run(counting_job(numbers), tmp_path / "out", Running(on_event=touch))
    assert not (tmp_path / "out").exists()


def test_strict_refuses_a_finished_output_with_rejects(tmp_path, numbers):
    numbers.write_text("1 two 3")
    run(counting_job(numbers), tmp_path / "out")
    with pytest.raises(StrictError, match="1 of no number"):
        run(counting_job(numbers), tmp_path / "out", Running(strict=True))
    assert run(counting_job(numbers), tmp_path / "out").unchanged


def test_strict_is_not_a_setting_and_what_it_stopped_goes_on(tmp_path, numbers):
    numbers.write_text(" ".join([*map(str, range(30)), "two", *map(str, range(30))]))
    with pytest.raises(StrictError, match=r"numbers\.txt, byte 0: no number"):
        run(counting_job(numbers), tmp_path / "out", Running(strict=True))
    outcome = run(counting_job(numbers), tmp_path / "out")
    assert outcome.dataset.manifest.content["rejects"] == {"no number": 1}


def test_two_chunks_with_one_file_are_a_mistake(tmp_path, numbers):
    class Twice(AgainStage):
        replaces = ""

    with pytest.raises(ValueError, match="two chunks wrote"):
        run(job_of([FirstStage(numbers), Twice(numbers)], (NUMBERS,), numbers), tmp_path / "out")


def test_chunks_that_do_not_sort_are_a_mistake(tmp_path, numbers):
    class Backwards(FirstStage):
        def chunks(self, so_far):
            yield from reversed(list(super().chunks(so_far)))

    with pytest.raises(ValueError, match="does not sort"):
        run(job_of([Backwards(numbers)], (NUMBERS,), numbers), tmp_path / "out")


def hold_and_check(out, until, violations):
    place, inside = Place.of(out), out.with_name("inside")
    while time.time() < until:
        try:
            with locked(place):
                try:
                    os.close(os.open(inside, os.O_CREAT | os.O_EXCL))
                    inside.unlink()
                except OSError:
                    violations.value += 1
        except BusyError:
            pass


def test_the_lock_holds_one_at_a_time(tmp_path):
    context = multiprocessing.get_context("spawn")
    violations = context.Value("i", 0)
    until = time.time() + 3
    tasks = [context.Process(target=hold_and_check, args=(tmp_path / "out", until, violations)) for _ in range(3)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join()
    assert violations.value == 0
    assert not (tmp_path / ".out.lock").exists()


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path, numbers):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write beside"):
        run(counting_job(numbers), tmp_path / "file" / "out")


@pytest.mark.parametrize("name", ["out", "o[1]t", "a*b?", "it's", "k=v"])
def test_the_catalogue_works_in_a_plain_duckdb_elsewhere(tmp_path, numbers, name, monkeypatch):
    folder = tmp_path / name
    run(counting_job(numbers), folder / name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with duckdb.connect() as connection:
        connection.execute((folder / name / "catalog.sql").read_text())
        found = connection.execute(
            "SELECT parity, count(*), sum(square) FROM squares GROUP BY ALL ORDER BY ALL"
        ).fetchall()
        assert found == [
            ("even", 50, sum(n * n for n in range(0, 100, 2))),
            ("odd", 50, sum(n * n for n in range(1, 100, 2))),
        ]
        assert connection.execute("SELECT count(*) FROM quarantine").fetchall() == [(0,)]


def test_the_manifest_tells_all(tmp_path, numbers):
    job = counting_job(numbers)
    outcome = run(job, tmp_path / "out", Running(Workers("threads", 2)))
    content = json.loads((tmp_path / "out" / "_swath" / "manifest.json").read_text())
    assert content == outcome.dataset.manifest.content
    assert content["fingerprint"] == job.fingerprint()
    assert content["inputs"][0]["size"] == numbers.stat().st_size
    for name, table in content["tables"].items():
        files = outcome.dataset.files(name)
        assert table["bytes"] == sum(path.stat().st_size for path in files)
    assert inspect(tmp_path / "out").counts == {"numbers": 100}


def test_a_task_gets_an_absolute_place(tmp_path, numbers, monkeypatch):
    """A worker of a cluster stands in another directory."""
    monkeypatch.chdir(tmp_path)
    seen = []

    class Seeing(FirstStage):
        def process(self, chunk, staging):
            seen.append(staging)
            return super().process(chunk, staging)

    run(job_of([Seeing(numbers)], (NUMBERS,), numbers), "out")
    assert set(seen) == {Staging(tmp_path / "out.partial")}


def test_a_worker_that_outlived_its_run_writes_nothing(tmp_path, numbers):
    from swath.engine.passes import work

    stage = FirstStage(numbers)
    (chunk, *_) = stage.chunks(None)
    with pytest.raises(OutputError, match="not there for a worker"):
        work(stage, chunk, Staging(tmp_path / "out.partial"), {"numbers": NUMBERS})
    assert not (tmp_path / "out.partial").exists()


def test_a_chunk_leaves_what_is_at_hand_behind(numbers):
    import pickle

    chunk = replace(next(FirstStage(numbers).chunks(None)), at_hand=[1, 2])
    assert pickle.loads(pickle.dumps(chunk)).at_hand is None
    assert pickle.loads(pickle.dumps(chunk)) == chunk
