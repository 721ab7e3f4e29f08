"""Every change that a run makes to the disk may be its last one."""

import json
import os
import random
import signal
import time

import psutil
import pytest
from counting import counting_job
from starting import finish, start

from reading import part_bytes, records
from swath.engine.dataset import Dataset
from swath.engine.run import run


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "numbers.txt"
    path.write_text(" ".join(map(str, range(40))))
    return path


@pytest.mark.parametrize("act", ["kill", "error"])
@pytest.mark.parametrize("more", [["counting"], ["replacing"], ["squares", "--replace"]], ids=" ".join)
def test_each_change_to_the_disk_may_be_the_last(tmp_path, numbers, act, more):
    """Killed or out of space before the k-th fsync, rename, unlink, mkdir: whole or nothing to see, and it goes on."""
    (tmp_path / "base").mkdir()
    numbers.write_text(" ".join(map(str, range(20))))
    name, *replace = more
    code, out, err = finish(start("faults.py", name, numbers, tmp_path / "base", act, *replace), 250)
    assert code == 0, err[-3000:]
    codes = json.loads(out)
    assert len(codes) > 30
    assert codes.pop() == 10
    assert set(codes) <= ({-9} if act == "kill" else {1, 0})
    assert codes.count(0) <= len(codes) // 2


def test_killed_at_any_time_with_its_workers(tmp_path, numbers):
    """Each of a few runs on end is killed after a random time; what they leave adds up to the whole."""
    numbers.write_text(" ".join(map(str, range(2000))))
    run(counting_job(numbers), tmp_path / "whole")
    pauses = random.Random(time.time_ns())
    for _ in range(3):
        started = start("jobs.py", "counting", numbers, tmp_path / "out", "processes")
        time.sleep(pauses.uniform(0.5, 2))
        started.kill()
        finish(started)
    code, _, err = finish(start("jobs.py", "counting", numbers, tmp_path / "out", "processes"))
    assert code == 0, err
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "whole")
    assert {path.name for path in tmp_path.iterdir()} == {"numbers.txt", "out", "whole"}
    assert not list(Dataset.open(tmp_path / "out").strays())


def workers_of(process):
    return [c for c in psutil.Process(process.pid).children(recursive=True) if "spawn_main" in " ".join(c.cmdline())]


def wait_until_gone(processes, seconds):
    _, alive = psutil.wait_procs(processes, seconds)
    return not alive


def test_workers_end_when_the_run_is_killed(tmp_path, numbers):
    started = start("jobs.py", "counting", numbers, tmp_path / "out", "processes", COUNTING_ACT="wait:00010")
    assert started.stdout.readline() == "waiting\n"
    workers = workers_of(started)
    assert workers
    started.kill()
    assert wait_until_gone(workers, 2)
    finish(started)


@pytest.mark.parametrize("kind", ["serial", "threads", "processes"])
def test_ctrl_c_of_a_terminal_is_quiet_and_ends_the_workers(tmp_path, numbers, kind):
    """A terminal sends it to every process of the group."""
    started = start("jobs.py", "counting", numbers, tmp_path / "out", kind, COUNTING_ACT="wait:00020")
    assert started.stdout.readline() == "waiting\n"
    workers = workers_of(started)
    os.killpg(started.pid, signal.SIGINT)
    code, _, err = finish(started)
    assert code == 1
    assert err.startswith("Interrupted: interrupted: ")
    assert err.count("\n") == 1, err
    assert wait_until_gone(workers, 1)
    assert finish(start("jobs.py", "counting", numbers, tmp_path / "out", kind))[:2] == (0, "written\n")
    assert len(records(tmp_path / "out", "squares")) == 40


def test_a_worker_that_dies_is_one_clear_error(tmp_path, numbers):
    died = start("jobs.py", "counting", numbers, tmp_path / "out", "processes", COUNTING_ACT="die:00020")
    code, _, err = finish(died)
    assert code == 1
    assert err.startswith("WorkerError: a worker process was killed")
    assert "Hint: run the same command again" in err
    assert finish(start("jobs.py", "counting", numbers, tmp_path / "out", "processes"))[0] == 0


def test_a_stage_that_writes_anew_goes_on_where_it_was(tmp_path, numbers):
    import jobs

    run(jobs.replacing_job(numbers), tmp_path / "whole")
    by = [r["by"] for r in records(tmp_path / "whole", "numbers")]
    assert by == (["first"] * 10 + ["again"] * 10) * 2
    finish(start("jobs.py", "replacing", numbers, tmp_path / "out", "serial", COUNTING_ACT="die:again 00030"))
    log = tmp_path / "log"
    code, _, err = finish(start("jobs.py", "replacing", numbers, tmp_path / "out", "serial", COUNTING_LOG=str(log)))
    assert code == 0, err
    assert log.read_text().splitlines() == ["again 00030"]
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "whole")
