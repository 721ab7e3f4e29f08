"""Runs a job again and again, its k-th change to the disk the last it makes, k = 1, 2, ... until a run gets through.

``faults.py JOB NUMBERS FOLDER kill|error [--replace]``. Each run is a fork of this process, which has all the imports
done. Prints what it saw as JSON.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
from jobs import JOBS

from reading import part_bytes
from swath.engine.dataset import Dataset
from swath.engine.run import Running, run
from swath.engine.shuffle import bucket_of
from swath.errors import OutputError

CHANGES = ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir")
NOT_REACHED = 10


def kept(_handle):
    """What fsync is to a process that is killed: the system has what was written, on the disk or not yet."""


os.fsync = kept  # the disk would take much of the time


def break_at(step, act):
    """Let the step-th change to the disk fail, or kill the process before it is made."""
    seen = [0]

    def broken(change):
        def call(*args, **kwargs):
            seen[0] += 1
            if seen[0] == step:
                if act == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                raise OSError(28, "No space left on device")
            return change(*args, **kwargs)

        return call

    for name in CHANGES:
        setattr(os, name, broken(getattr(os, name)))
    return lambda: seen[0] >= step


def forked(task):
    """Do a task in a fork; 0 is done, 1 an OutputError, -9 killed, 3 anything else."""
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            task()
            code = 0
        except OutputError:
            code = 1
        except BaseException as error:  # noqa: BLE001
            sys.stderr.write(f"{error!r}\n")
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def journaled(folder):
    journal = folder / "out.partial" / "_swath" / "journal.jsonl"
    if not journal.exists():
        return set()
    lines = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    return {f"{line['stage']} {line['chunk']}" for line in lines}


def check(job, folder, act, step, whole, old):
    """Break a run at a step, run it again, and give the exit code of the broken one."""
    running = Running(overwrite=old is not None)
    log = folder / "log"

    def broken():
        reached = break_at(step, act)
        run(job, folder / "out", running)
        if not reached():
            os._exit(NOT_REACHED)

    os.environ["COUNTING_LOG"] = str(log)
    code = forked(broken)
    out, partial = folder / "out", folder / "out.partial"
    if out.exists():
        assert Dataset.open(out).manifest.content
        assert part_bytes(out) in (whole, old), "a reader sees something in between"
    else:
        assert old is None or (folder / ".out.replaced").exists(), "the old output is lost"
    done, was_whole = journaled(folder), (partial / "_swath" / "manifest.json").exists()
    again = out.exists() and part_bytes(out) == whole
    log.write_text("")
    if not again:
        assert forked(lambda: run(job, out, running)) == 0, "it does not go on"
    else:
        assert forked(lambda: run(job, out)) == 0
    calls = log.read_text().splitlines()
    assert part_bytes(out) == whole, "other bytes"
    assert not list(Dataset.open(out).damages())
    assert not list(Dataset.open(out).strays()), "strays"
    inner = {path.name for path in (out / "_swath").iterdir()}
    assert act == "error" or inner == {"manifest.json"}, inner
    others = {path.name for path in folder.iterdir()} - {"out", "log"}
    assert not others, f"left over: {others}"
    assert len(calls) == len(set(calls))
    assert not (done if job.name == "test" else {d.split()[1] for d in done}) & set(calls), "done twice"
    assert not (was_whole and calls), "all was written, and it began again"
    return code


def main():
    name, numbers, base, act = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    job = JOBS[name](numbers)
    bucket_of(np.arange(3), 2)  # so that the forks have it compiled
    assert forked(lambda: run(job, base / "whole")) == 0
    whole, old, codes = part_bytes(base / "whole"), None, []
    if "--replace" in sys.argv:
        other = base / "other.txt"
        other.write_text("7 8 9")
        assert forked(lambda: run(JOBS[name](other), base / "old")) == 0
        old = part_bytes(base / "old")
    for step in range(1, 1000):
        folder = base / f"{step}"
        folder.mkdir()
        if old is not None:
            shutil.copytree(base / "old", folder / "out")
        try:
            codes.append(check(job, folder, act, step, whole, old))
        except AssertionError as error:
            raise AssertionError(f"step {step}: {error}") from error
        shutil.rmtree(folder)
        if codes[-1] == NOT_REACHED:
            break
    sys.stdout.write(json.dumps(codes))


if __name__ == "__main__":
    main()
