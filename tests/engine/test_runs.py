"""What a run writes, and what happens when it is run again, changed, doubled, interrupted or killed."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from counting import Settings, counting_job
from filelock import FileLock

from reading import part_bytes, records, rejects
from swath.engine.dataset import Dataset
from swath.engine.executors import Workers
from swath.engine.run import Running, run
from swath.engine.store import open_store
from swath.errors import BusyError, MismatchError, OutputError, StrictError

SCRIPT = Path(__file__).with_name("counting.py")


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(100))))
    return path


def process(numbers, out, kind="serial", *more, **environment):
    paths = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parents[1])])
    command = [sys.executable, str(SCRIPT), str(numbers), str(out), kind, *more]
    return subprocess.Popen(command, env=os.environ | environment | {"PYTHONPATH": paths},
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # fmt: skip


def finish(started):
    out, err = started.communicate(timeout=60)
    return started.returncode, out, err


def leftovers(folder):
    return sorted(
        p.name for p in folder.rglob("*") if p.name.endswith(".tmp") or ".partial" in p.name or ".lock" in p.name
    )


def test_the_layout_and_the_manifest_are_true(tmp_path, numbers):
    outcome = run(counting_job(numbers), tmp_path / "out")
    content = outcome.dataset.manifest.content
    assert not outcome.unchanged
    assert content["tables"]["squares"]["rows"] == 100
    assert content["counts"] == {"numbers": 100}
    assert sorted(r["n"] for r in records(tmp_path / "out", "squares")) == list(range(100))
    assert {r["key"]: r["sum"] for r in records(tmp_path / "out", "sums")} == {k: 450 + 10 * k for k in range(10)}
    assert not list(outcome.dataset.damages())
    assert {p.parent.name for p in (tmp_path / "out" / "squares").rglob("*.parquet")} == {"parity=odd", "parity=even"}
    assert not leftovers(tmp_path)
    assert not (tmp_path / "out" / "_swath" / "scratch").exists()


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_workers_do_not_change_the_bytes(tmp_path, numbers, kind):
    run(counting_job(numbers), tmp_path / "serial")
    run(counting_job(numbers), tmp_path / kind, Running(Workers(kind, 2)))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / kind)


def test_a_dask_cluster_writes_the_same(tmp_path, numbers):
    distributed = pytest.importorskip("distributed")
    run(counting_job(numbers), tmp_path / "serial")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
    ) as cluster:
        run(counting_job(numbers), tmp_path / "dask", Running(Workers("dask", 2, cluster.scheduler_address)))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "dask")


@pytest.mark.parametrize("kind", ["serial", "processes"])
@pytest.mark.parametrize("at", ["00000", "00040", "00090"])
def test_killed_and_run_again_it_writes_the_same_bytes_and_does_nothing_twice(tmp_path, numbers, monkeypatch, kind, at):
    run(counting_job(numbers), tmp_path / "whole")
    code, _, err = finish(process(numbers, tmp_path / "out", kind, COUNTING_ACT=f"die:{at}"))
    assert code == (-signal.SIGKILL if kind == "serial" else 1)
    assert kind == "serial" or "WorkerError" in err
    assert not (tmp_path / "out").exists()
    journal = tmp_path / "out.partial" / "_swath" / "journal.jsonl"
    done = {json.loads(line)["chunk"] for line in journal.read_text().splitlines()} if journal.exists() else set()
    assert at not in done
    log = tmp_path / "log"
    monkeypatch.setenv("COUNTING_LOG", str(log))
    run(counting_job(numbers), tmp_path / "out", Running(Workers(kind, 1 if kind == "serial" else 2)))
    assert not done & set(log.read_text().split())
    assert part_bytes(tmp_path / "whole") == part_bytes(tmp_path / "out")
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("step", range(1, 30, 7))
def test_killed_at_any_write_it_goes_on(tmp_path, numbers, step):
    """The process dies at the k-th file that it writes, after the rename or before it."""
    run(counting_job(numbers), tmp_path / "whole")
    script = f"""
import os, sys, pathlib
sys.argv = ['x', {str(numbers)!r}, {str(tmp_path / "out")!r}, 'serial']
count, renamed = [0], pathlib.Path.replace
def replace(self, target):
    count[0] += 1
    if count[0] == {step} and {step} % 2: os._exit(9)
    renamed(self, target)
    if count[0] == {step}: os._exit(9)
pathlib.Path.replace = replace
import counting
counting.main()
"""
    paths = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parents[1])])
    died = subprocess.run([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": paths}, check=False)
    assert died.returncode == 9
    run(counting_job(numbers), tmp_path / "out")
    assert part_bytes(tmp_path / "whole") == part_bytes(tmp_path / "out")
    assert not leftovers(tmp_path)


def test_ctrl_c_while_a_stage_is_checked_is_heard_at_its_end(tmp_path, numbers, monkeypatch):
    checked = []

    def check(stage):
        signal.raise_signal(signal.SIGINT)  # as it comes within a library that would lose the exception
        checked.append(stage.name)

    job = counting_job(numbers)
    monkeypatch.setattr(type(job.stages[0]), "check", check)
    with pytest.raises(KeyboardInterrupt):
        run(job, tmp_path / "out")
    assert checked == ["squares"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["serial", "threads", "processes"])
def test_interrupted_it_says_so_and_goes_on(tmp_path, numbers, kind):
    started = process(numbers, tmp_path / "out", kind, COUNTING_ACT="wait:00050")
    assert started.stdout.readline() == "waiting\n"
    started.send_signal(signal.SIGINT)
    code, _, err = finish(started)
    assert code == 1
    assert err.strip().splitlines()[-1].startswith("Interrupted: interrupted:")
    run(counting_job(numbers), tmp_path / "out", Running(Workers(kind, 1 if kind == "serial" else 2)))
    run(counting_job(numbers), tmp_path / "whole")
    assert part_bytes(tmp_path / "whole") == part_bytes(tmp_path / "out")


def test_a_full_disk_is_one_clear_error(tmp_path, numbers):
    code, _, err = finish(process(numbers, tmp_path / "out", COUNTING_ACT="fail:00030"))
    assert code == 1
    assert "no space is left" in err
    assert "3 chunks are kept" in err
    run(counting_job(numbers), tmp_path / "out")


def test_a_limit_on_the_size_of_files_is_a_full_disk(tmp_path, numbers):
    limited = f"""
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
sys.argv = ['x', {str(numbers)!r}, {str(tmp_path / "out")!r}, 'serial']
import counting
counting.main()
"""
    paths = os.pathsep.join([str(SCRIPT.parent), str(SCRIPT.parents[1])])
    shown = subprocess.run([sys.executable, "-c", limited], env=os.environ | {"PYTHONPATH": paths}, capture_output=True,
                           text=True, check=False)  # fmt: skip
    assert shown.returncode == 1
    assert "no space is left" in shown.stderr
    run(counting_job(numbers), tmp_path / "out")


def test_a_finished_run_is_left_alone(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    times = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}
    assert run(counting_job(numbers), tmp_path / "out").unchanged
    assert times == {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*")}


def test_changed_settings_and_input_refuse(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    with pytest.raises(MismatchError, match="chunk was 10, is 7"):
        run(counting_job(numbers, Settings(chunk=7)), tmp_path / "out")
    numbers.write_text("1 2 3")
    with pytest.raises(MismatchError, match="inputs") as caught:
        run(counting_job(numbers), tmp_path / "out")
    assert "--overwrite" in caught.value.hint
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert len(records(tmp_path / "out", "squares")) == 3


def test_an_unfinished_run_of_other_settings_refuses(tmp_path, numbers):
    finish(process(numbers, tmp_path / "out", COUNTING_ACT="die:00050"))
    with pytest.raises(MismatchError, match="unfinished"):
        run(counting_job(numbers, Settings(chunk=7)), tmp_path / "out")
    run(counting_job(numbers, Settings(chunk=7)), tmp_path / "out", Running(overwrite=True))
    assert len(records(tmp_path / "out", "squares")) == 100


def test_a_second_writer_is_refused(tmp_path, numbers):
    started = process(numbers, tmp_path / "out", COUNTING_ACT="wait:00050")
    assert started.stdout.readline() == "waiting\n"
    with pytest.raises(BusyError, match="another run"):
        run(counting_job(numbers), tmp_path / "out")
    assert finish(started)[0] == 0
    assert run(counting_job(numbers), tmp_path / "out").unchanged


def test_overwriting_keeps_the_old_output_until_the_new_is_whole(tmp_path, numbers):
    run(counting_job(numbers), tmp_path / "out")
    old = part_bytes(tmp_path / "out")
    numbers.write_text("5 6 7 " * 20)
    assert finish(process(numbers, tmp_path / "out", "serial", "--overwrite", COUNTING_ACT="die:00050"))[0] != 0
    assert part_bytes(tmp_path / "out") == old
    run(counting_job(numbers), tmp_path / "out", Running(overwrite=True))
    assert len(records(tmp_path / "out", "squares")) == 60


@pytest.mark.parametrize("new_is_whole", [True, False])
def test_a_replacement_cut_off_between_its_renames_is_mended(tmp_path, numbers, new_is_whole):
    run(counting_job(numbers), tmp_path / "out")
    run(counting_job(numbers, Settings(chunk=7)), tmp_path / "new")
    (tmp_path / "out").rename(tmp_path / ".out.replaced")
    if new_is_whole:
        (tmp_path / "new").rename(tmp_path / "out.partial")
    settings = Settings(chunk=7) if new_is_whole else Settings()
    assert run(counting_job(numbers, settings), tmp_path / "out").unchanged != new_is_whole
    assert run(counting_job(numbers, settings), tmp_path / "out").unchanged
    assert not (tmp_path / ".out.replaced").exists()


def test_foreign_files_are_never_replaced(tmp_path, numbers):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match="not a Swath output"):
            run(counting_job(numbers), tmp_path / "out", Running(overwrite=overwrite))
    assert (tmp_path / "out" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("damage", ["torn line", "part gone", "part cut"])
def test_what_is_damaged_in_an_unfinished_run_is_done_again(tmp_path, numbers, damage):
    run(counting_job(numbers), tmp_path / "whole")
    finish(process(numbers, tmp_path / "out", COUNTING_ACT="die:00050"))
    partial = tmp_path / "out.partial"
    part = next(partial.rglob("part-00020.parquet"))
    if damage == "torn line":
        journal = partial / "_swath" / "journal.jsonl"
        journal.write_bytes(journal.read_bytes()[:-30])
    elif damage == "part gone":
        part.unlink()
    else:
        part.write_bytes(part.read_bytes()[:-5])
    run(counting_job(numbers), tmp_path / "out")
    assert part_bytes(tmp_path / "whole") == part_bytes(tmp_path / "out")


def test_rejects_are_counted_and_strict_stops(tmp_path, numbers):
    numbers.write_text("1 two 3 four")
    run(counting_job(numbers), tmp_path / "out")
    assert rejects(tmp_path / "out") == {"no number": 2}
    assert [r["raw"] for r in records(tmp_path / "out", "quarantine")] == ["two", "four"]
    with pytest.raises(StrictError, match="no number"):
        run(counting_job(numbers), tmp_path / "strict", Running(strict=True))


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped", "extra"])
def test_damage_is_found(tmp_path, numbers, damage):
    run(counting_job(numbers), tmp_path / "out")
    part = Dataset.open(tmp_path / "out").files("squares")[2]
    content = bytearray(part.read_bytes())
    if damage == "missing":
        part.unlink()
    elif damage == "cut":
        part.write_bytes(content[:-9])
    elif damage == "flipped":
        content[40] ^= 1
        part.write_bytes(content)
    else:
        part.with_name("part-extra.parquet").write_bytes(content)
    (found,) = Dataset.open(tmp_path / "out").damages()
    assert ("part-extra" if damage == "extra" else part.name) in found


def test_a_lock_of_a_dead_process_does_not_block(tmp_path, numbers):
    finish(process(numbers, tmp_path / "out", COUNTING_ACT="die:00000"))
    run(counting_job(numbers), tmp_path / "out")
    with (
        FileLock(tmp_path / ".other.lock"),
        pytest.raises(BusyError),
        open_store(tmp_path / "other", counting_job(numbers)),
    ):
        pass


def test_an_input_counts_by_size_time_and_content(numbers):
    job = counting_job(numbers)
    assert job.fingerprint() == counting_job(numbers).fingerprint()
    moved = replace(job.inputs[0], mtime_ns=1)
    assert replace(job, inputs=(moved,)).fingerprint() != job.fingerprint()
