"""The memory budget, and the memory that a conversion really takes."""

import json
import subprocess
import sys

import pytest

from makers import csv_text, row
from swath.engine.memory import format_size, keep_freed_memory, parse_size, projected, workers_within
from swath.errors import MemoryBudgetError, UsageError

MEASURED = """
import json, resource, sys
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.panoptes.convert import ConvertSettings, convert
settings = ConvertSettings(chunk_size=1 << 20)
outcome = convert([sys.argv[1]], sys.argv[2], settings=settings, running=Running(Workers("threads", 2)))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak": peak, "rows": outcome.dataset.manifest.content["counts"]["classifications"]}))
"""


def test_ten_times_the_rows_take_the_same_memory(tmp_path):
    body = csv_text([row(n, subject_ids=500 + n // 20) for n in range(40_000)])
    header, rest = body.split("\n", 1)
    lines = rest.splitlines(keepends=True)
    peaks = []
    for name, count in (("warm", 200), ("small", 4_000), ("large", 40_000)):
        export = tmp_path / f"{name}.csv"
        export.write_text(header + "\n" + "".join(lines[:count]))
        command = [sys.executable, "-c", MEASURED, str(export), str(tmp_path / name)]
        shown = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert shown["rows"] == count
        peaks.append(shown["peak"])
    assert peaks[2] <= 1.15 * peaks[1], peaks


def test_workers_are_lowered_to_the_budget():
    chunk = 200 << 20
    assert workers_within(4 << 30, [chunk, 1], 2, processes=False) == 2
    assert workers_within(projected(chunk, 2, processes=True) - 1, [chunk], 2, processes=True) == 1
    with pytest.raises(MemoryBudgetError) as caught:
        workers_within(100 << 20, [chunk], 2, processes=False)
    size = caught.value.hint.split("--memory ")[1].split(" ")[0]
    assert workers_within(parse_size(size), [chunk], 2, processes=False) == 1


@pytest.mark.parametrize(
    ("text", "size"), [("900M", 900 << 20), ("1.5G", 3 << 29), ("64 MiB", 64 << 20), ("10kb", 10240), ("7", 7)]
)
def test_sizes(text, size):
    assert parse_size(text) == size
    assert format_size(size).endswith("B")


@pytest.mark.parametrize("text", ["", "much", "-1G", "0", "1X"])
def test_what_is_no_size(text):
    with pytest.raises(UsageError):
        parse_size(text)


REUSED = """
import resource, sys
import numpy as np
from swath.engine.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
for chunk in range(40):
    made = [np.ones(size << 20, np.uint8) for size in (16, 3, 8, 30, 5, 12, 1 + chunk % 7)]
    del made
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_maxrss, used.ru_minflt)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc only")
def test_freed_memory_is_used_again_and_the_peak_stays():
    used = {}
    for name in ("given back", "kept"):
        command = [sys.executable, "-c", REUSED, name]
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used[name] = [int(number) for number in shown.split()]
    assert used["kept"][0] <= 1.1 * used["given back"][0], used
    assert used["kept"][1] < used["given back"][1], used


def test_where_the_c_library_is_another_nothing_happens(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    keep_freed_memory()


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("processes", [True, False])
def test_the_budget_is_used_up_and_not_more(workers, processes):
    chunk = 100 << 20
    budget = projected(chunk, workers, processes=processes)
    assert workers_within(budget, [chunk], 9, processes=processes) == workers
    assert workers_within(budget, [chunk, chunk // 2], workers + 3, processes=processes) == workers
