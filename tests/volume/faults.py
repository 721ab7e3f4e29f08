"""Compresses and copies again and again, the k-th change to the disk the last that a run makes.

``faults.py compress|copy FOLDER FIRST STEP``: the k are FIRST, FIRST + STEP, ... until a run gets through. Each run is
a fork of this process. Prints the exit codes of the broken runs.
"""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

from swath.engine.executors import SerialExecutor
from swath.volume import Dataset
from volume.boxes import files_below, make, voxels

DATA = voxels((70, 40, 30))
CHANGES = ("fsync", "replace", "rename", "unlink", "mkdir", "rmdir")


def kept(_handle):
    """What fsync is to a process that is killed: the system has what was written, on the disk or not yet."""


os.fsync = kept  # the disk would take much of the time


def kill_at(step):
    """Kill this process before the step-th change to the disk is made."""
    seen = [0]

    def broken(change):
        def call(*args, **kwargs):
            seen[0] += 1
            if seen[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*args, **kwargs)

        return call

    for name in CHANGES:
        setattr(os, name, broken(getattr(os, name)))


def forked(task):
    """Do a task in a fork; 0 is done, -9 killed."""
    pid = os.fork()
    if pid == 0:
        code = 3
        try:
            task()
            code = 0
        except BaseException as error:  # noqa: BLE001
            sys.stderr.write(f"{error!r}\n")
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def compress(folder):
    Dataset.open(folder / "d").compress(SerialExecutor())


def copy(folder):
    Dataset.open(folder / "d").copy_dataset(folder / "e", shard_shape=32, codec="lz4hc", executor=SerialExecutor())


def seen(folder, name):
    """What a reader sees: the voxels, if the layer is there."""
    place = folder / ("d" if name == "compress" else "e")
    if not (place / "datasource-properties.json").exists():
        return True
    layers = Dataset.open(place).layers
    return all((mag.read() == DATA).all() for layer in layers.values() for mag in layer.mags.values())


def is_copied(place):
    """Whether a copy got through: its properties are there, its mark is not."""
    return (place / "datasource-properties.json").exists() and not (place / ".swath" / "copy").exists()


def main():
    name, base, first, stride = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    act = {"compress": compress, "copy": copy}[name]
    make(base / "plain" / "d", "wkw", DATA, compress=False)
    shutil.copytree(base / "plain", base / "whole")
    act(base / "whole")  # here, so that the forks have its kernels
    written = "d" if name == "compress" else "e"
    whole = files_below(base / "whole" / written / "layer")
    codes = []
    for step in range(first, 1000, stride):
        folder = base / "broken"
        shutil.copytree(base / "plain", folder)
        codes.append(forked(lambda: (kill_at(step), act(folder))))  # noqa: B023
        assert forked(lambda: os._exit(not seen(folder, name))) == 0, f"{step}: a reader sees something in between"  # noqa: B023
        if is_copied(folder / "e"):
            if codes[-1] != 0:  # killed before the last change of all, which takes the empty folder away
                (folder / "e" / ".swath").rmdir()
        else:
            assert forked(lambda: act(folder)) == 0, f"{step}: it does not go on"  # noqa: B023
        now = files_below(folder / written / "layer")
        assert now == whole, f"{step}: other bytes in {now.keys() ^ whole.keys()}"
        left = {p.name for p in (folder / written).iterdir() if not p.name.endswith(".tmp")}  # small, of the killed
        assert left == {"datasource-properties.json", "layer", "_statistics"}, f"{step}: {left}"
        shutil.rmtree(folder)
        if codes[-1] == 0:
            break
    sys.stdout.write(json.dumps(codes))


if __name__ == "__main__":
    main()
