"""Workers of a Slurm cluster, whose commands are scripts that run the job here."""

import importlib.util
import os
import sys
import warnings

import pytest
from counting import counting_job
from starting import PATHS

from reading import part_bytes
from swath.engine.run import Running, run
from swath.engine.slurm import SlurmJob, slurm_workers
from swath.errors import InputError, MissingExtraError, UsageError

pytestmark = pytest.mark.skipif(importlib.util.find_spec("dask_jobqueue") is None, reason="no dask-jobqueue")

SBATCH = """#!/bin/sh
if [ "$1" = --test-only ]; then exit 0; fi
echo "$@" >> {directory}/submitted
cp "$1" {directory}/script
setsid sh {directory}/script > {directory}/log 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
kill -TERM -- -"$1" 2>/dev/null || true
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    commands = tmp_path / "commands"
    commands.mkdir()
    for name, script in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (commands / name).write_text(script.format(directory=commands))
        (commands / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{commands}:{os.environ['PATH']}")
    monkeypatch.setenv("PYTHONPATH", PATHS)
    return commands


def test_the_jobs_write_the_same_bytes(tmp_path, slurm):
    numbers = tmp_path / "numbers.txt"
    numbers.write_text(" ".join(map(str, range(100))))
    run(counting_job(numbers), tmp_path / "serial")
    job = SlurmJob(ncpus=3, memory="1GB", wall_time="0:10:00", partition="fast", prefix="export SEEN=1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what distributed itself leaves open is not ours to mend
        with slurm_workers(job, 1) as workers:
            run(counting_job(numbers), tmp_path / "slurm", Running(workers))
    assert part_bytes(tmp_path / "slurm") == part_bytes(tmp_path / "serial")
    script = (slurm / "script").read_text()
    for line in ("#SBATCH -p fast", "--cpus-per-task=3", "-t 0:10:00", "--mem=1GB", "export SEEN=1"):
        assert line in script


def test_without_slurm_one_line_says_so(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="no sbatch"), slurm_workers(SlurmJob(), 1):
        pass


def test_a_job_that_is_refused_ends_the_run(tmp_path, slurm):
    (slurm / "sbatch").write_text("#!/bin/sh\necho invalid partition >&2; exit 1\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="invalid partition"), slurm_workers(SlurmJob(), 1):
            pass


def test_no_jobs_and_no_library(monkeypatch):
    with pytest.raises(UsageError), slurm_workers(SlurmJob(), 0):
        pass
    monkeypatch.setitem(sys.modules, "dask_jobqueue.slurm", None)
    with pytest.raises(MissingExtraError, match="dask-jobqueue"), slurm_workers(SlurmJob(), 1):
        pass
