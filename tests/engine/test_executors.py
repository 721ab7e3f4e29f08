"""Workers of every kind write the same bytes, with one thread each, and go when the work is done."""

import contextlib
import importlib.util
import os
import pickle
import subprocess
import sys
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow as pa
import pytest
from counting import counting_job
from jobs import NUMBERS, PROBES, FirstStage, ProbeStage, job_of
from starting import PATHS

from reading import part_bytes, records
from swath import errors
from swath.engine.executors import KINDS, Workers, choose_workers
from swath.engine.run import Running, fit, run
from swath.errors import InputError, MemoryBudgetError, MissingExtraError, UsageError, WorkerError

HAS_DASK = importlib.util.find_spec("distributed") is not None


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(100))))
    return path


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_workers_of_every_kind_write_the_same_bytes(tmp_path, numbers, kind):
    run(counting_job(numbers), tmp_path / "serial")
    run(counting_job(numbers), tmp_path / kind, Running(Workers(kind, 2)))
    assert part_bytes(tmp_path / kind) == part_bytes(tmp_path / "serial")
    assert not [c for c in psutil.Process().children() if "spawn_main" in " ".join(c.cmdline())]


class Counted(ThreadPoolExecutor):
    """Counts how many tasks, each of some time, it was given and has not done."""

    given, most = 0, 0

    def submit(self, task, *arguments):
        future = super().submit(lambda: (time.sleep(0.1), task(*arguments))[1])
        self.given += 1
        self.most = max(self.most, self.given)
        future.add_done_callback(self.done)
        return future

    def done(self, _):
        self.given -= 1


class HeldStage(FirstStage):
    """Reads its chunks as it finds them."""

    def chunks(self, so_far):
        for chunk in super().chunks(so_far):
            yield replace(chunk, at_hand=chunk.payload["numbers"])


@pytest.mark.parametrize(
    ("stage", "own", "most"), [(FirstStage, True, 5), (HeldStage, True, 3), (FirstStage, False, 3)]
)
def test_chunks_wait_in_our_executor_unless_they_take_memory(tmp_path, numbers, monkeypatch, stage, own, most):
    executor = Counted(2 if own else 16)
    if own:
        monkeypatch.setattr(Workers, "_local", lambda _: executor)
    with executor:
        run(
            job_of([stage(numbers)], (NUMBERS,), numbers),
            tmp_path / "out",
            Running(Workers("threads", 2), executor=None if own else executor),
        )
    assert executor.most == most


@contextlib.contextmanager
def cluster(**settings):
    import dask
    from distributed import LocalCluster

    # What distributed itself leaves open is not ours to mend.
    with warnings.catch_warnings(), dask.config.set(settings):
        warnings.simplefilter("ignore")
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as made:
            yield made


@pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed")
def test_a_dask_cluster_writes_the_same_bytes(tmp_path, numbers, monkeypatch):
    """Its workers stand in another directory, and the output is given relative to this one."""
    from distributed import Client

    run(counting_job(numbers), tmp_path / "serial")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with cluster() as made:
        with Client(made, set_as_default=False) as client:
            client.run(os.chdir, str(tmp_path / "elsewhere"))
        workers = choose_workers("auto", None, made.scheduler_address, "threads")
        seen = []
        run(counting_job(numbers), "dask", Running(workers, on_event=seen.append))
    assert part_bytes(tmp_path / "dask") == part_bytes(tmp_path / "serial")
    assert not list((tmp_path / "elsewhere").iterdir())
    assert len(seen) == 13 + 4


@pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed")
def test_a_dask_worker_that_dies_is_one_clear_error(tmp_path, numbers, monkeypatch):
    monkeypatch.setenv("COUNTING_ACT", "die:00050")
    with cluster(**{"distributed.scheduler.allowed-failures": 0}) as made, pytest.raises(WorkerError):
        run(counting_job(numbers), tmp_path / "out", Running(Workers("dask", 0, made.scheduler_address)))
    monkeypatch.delenv("COUNTING_ACT")
    run(counting_job(numbers), tmp_path / "out")
    assert len(records(tmp_path / "out", "squares")) == 100


@pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed")
def test_a_scheduler_that_is_not_there_is_one_clear_error(tmp_path, numbers):
    with pytest.raises(InputError, match="no Dask scheduler file"):
        run(counting_job(numbers), tmp_path / "out", Running(Workers("dask", 0, str(tmp_path / "none.json"))))


def test_dask_that_is_not_installed_says_what_to_install(tmp_path, numbers, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"swath\[cluster\]"):
        run(counting_job(numbers), tmp_path / "out", Running(Workers("dask", 0, "tcp://127.0.0.1:1")))


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        (("auto", None, None, "threads"), Workers("threads", 4)),
        (("auto", None, None, "processes"), Workers("processes", 4)),
        (("auto", 1, None, "processes"), Workers("serial", 1)),
        (("auto", 3, None, "processes"), Workers("processes", 3)),
        (("serial", 8, None, "threads"), Workers("serial", 1)),
        (("threads", 2, None, "serial"), Workers("threads", 2)),
        (("processes", 1, None, "serial"), Workers("processes", 1)),
        (("auto", None, "tcp://a:1", "threads"), Workers("dask", 0, "tcp://a:1")),
        (("dask", 5, "file.json", "threads"), Workers("dask", 5, "file.json")),
    ],
)
def test_the_choice_of_workers(asked, chosen, monkeypatch):
    monkeypatch.setattr("swath.engine.executors.cpu_count", lambda: 4)
    assert choose_workers(*asked) == chosen


@pytest.mark.parametrize(
    "asked",
    [("auto", 0, None), ("auto", -1, None), ("magic", None, None), ("dask", None, None), ("threads", 2, "tcp://a:1")],
)
def test_what_cannot_be_meant(asked):
    with pytest.raises(UsageError) as caught:
        choose_workers(*asked, "threads")
    assert caught.value.hint


def test_one_worker_process_is_none(numbers):
    """A budget for one worker process is better spent in this process."""
    job = counting_job(numbers)
    assert fit(job, Running(Workers("processes", 2), memory=4 << 30)) == Workers("processes", 2)
    assert fit(job, Running(Workers("processes", 2), memory=530 << 20)) == Workers("serial", 1)
    assert fit(job, Running(Workers("processes", 2), memory=300 << 20)) == Workers("serial", 1)
    assert fit(job, Running(Workers("processes", 1), memory=4 << 30)) == Workers("processes", 1)
    assert fit(job, Running(Workers("threads", 2), memory=300 << 20)).count in (1, 2)
    with pytest.raises(MemoryBudgetError):
        fit(job, Running(Workers("processes", 2), memory=100 << 20))


PROBE = """
import numba, pyarrow  # as the main module of a command does, before any worker is prepared
from jobs import NUMBERS, PROBES, FirstStage, ProbeStage, job_of
from swath.engine.executors import Workers
from swath.engine.run import Running, run
if __name__ == "__main__":
    run(job_of([ProbeStage()], (PROBES,)), {out!r}, Running(Workers({kind!r}, 2)))
"""


def probed(out):
    return {(r["name"], r["value"]) for r in records(out, "probes")}


def test_worker_processes_have_one_thread_each(tmp_path):
    """Even where the main module, which a spawned process reads first, imports the libraries."""
    script = tmp_path / "main.py"
    script.write_text(PROBE.format(out=str(tmp_path / "out"), kind="processes"))
    environment = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")} | {"PYTHONPATH": PATHS}
    subprocess.run([sys.executable, str(script)], env=environment, check=True)
    limited = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "numba", "arrow"}
    assert probed(tmp_path / "out") == {(name, "1") for name in limited}


@pytest.mark.parametrize("kind", ["serial", "threads"])
def test_arrow_has_one_thread_while_chunks_are_worked_on_and_then_its_own(tmp_path, kind):
    before, environment = pa.cpu_count(), dict(os.environ)
    pa.set_cpu_count(3)
    try:
        run(job_of([ProbeStage()], (PROBES,)), tmp_path / "out", Running(Workers(kind, 2)))
        assert ("arrow", "1") in probed(tmp_path / "out")
        assert pa.cpu_count() == 3
    finally:
        pa.set_cpu_count(before)
    assert dict(os.environ) == environment


def test_a_worker_reads_nothing_heavy_before_it_is_prepared():
    code = "import sys, swath.engine.processes, swath.engine.executors\nprint(sorted(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"numba", "numpy", "pyarrow", "duckdb", "polars"} & set(eval(shown))


def test_errors_come_whole_from_another_process():
    for name in dir(errors):
        kind = getattr(errors, name)
        if isinstance(kind, type) and issubclass(kind, errors.SwathError):
            error = pickle.loads(pickle.dumps(kind("what and where", "what to try")))
            assert (type(error), error.message, error.hint) == (kind, "what and where", "what to try")


def test_every_kind_is_known():
    assert set(KINDS) == {"serial", "threads", "processes", "dask"}
    assert Path(__file__).exists()
