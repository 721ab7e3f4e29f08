"""Kernels: when Numba is loaded, what is left of the function, and how they travel."""

import os
import pickle
import subprocess
import sys
from threading import Barrier, Thread

import numpy as np
import pytest

from swath.kernels import hashing
from swath.kernels.compiled import compiled, compiled_borrowing, compiled_in_place


@compiled_in_place
def double(x):
    """Twice a number."""
    return 2 * x


@compiled
def doubled_sum(values):
    """The sum of the doubles."""
    total = 0
    for value in values:
        total += double(value)
    return total


@compiled_borrowing
def last_of_each(rows):
    """The sum of the last numbers of rows."""
    total = 0
    for place in range(rows.shape[0]):
        row = rows[place]
        total += row[row.size - 1]
    return total


@compiled_borrowing
def made_anew(values):
    """What such a kernel must not do."""
    return np.zeros(values.size).sum()


def test_numba_is_loaded_at_the_first_call():
    script = (
        "import sys, numpy as np; from swath.kernels.hashing import bucket_of_integers as f; "
        "assert 'numba' not in sys.modules; f(np.arange(3), 2); assert 'numba' in sys.modules; "
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_kernel_kept_on_disk_is_read_without_what_only_compiling_needs(tmp_path):
    script = (
        "import numpy as np; from swath.kernels.hashing import bucket_of_integers as f; "
        "print(f(np.arange(4), 3).tolist()); from numba.core.registry import cpu_target; "
        "print(sum(f._dispatcher.stats.cache_hits.values()), len(cpu_target.typing_context._functions) > 0)"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", script],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)},
        ).stdout.splitlines()
        for _ in range(2)
    )
    assert first[0] == second[0]
    assert (first[1], second[1]) == ("0 True", "1 False")


def test_a_kernel_calls_another_and_looks_like_its_function():
    assert doubled_sum(np.arange(5)) == 20
    assert doubled_sum(np.array([0.5])) == 1.0
    assert doubled_sum.__name__ == "doubled_sum"
    assert doubled_sum.__doc__ == "The sum of the doubles."


def test_a_kernel_is_pickled_by_its_name():
    assert pickle.loads(pickle.dumps(hashing.bucket_of_integers)) is hashing.bucket_of_integers


def test_threads_that_call_a_kernel_first_share_one_compilation():
    @compiled
    def add_one(x):
        return x + 1

    barrier, found = Barrier(4), []

    def call():
        barrier.wait()
        found.append((add_one(1), add_one._dispatcher))

    threads = [Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [value for value, _ in found] == [2] * 4
    assert len({id(dispatcher) for _, dispatcher in found}) == 1


def test_a_kernel_that_borrows_arrays_leaves_them_to_their_owner():
    rows = np.arange(6).reshape(2, 3)
    before = sys.getrefcount(rows)
    assert last_of_each(rows) == 2 + 5
    assert sys.getrefcount(rows) == before


def test_a_kernel_that_borrows_arrays_cannot_make_one():
    with pytest.raises(Exception, match="Failed in nopython mode"):
        made_anew(np.arange(3))


def test_arrow_computes_when_it_is_asked_to():
    script = (
        "import sys, swath.planet4.convert, swath.panoptes.convert; from swath import compute; "
        "assert 'pyarrow.compute' not in sys.modules; "
        "assert compute.equal(1, 1).as_py(); assert 'pyarrow.compute' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
