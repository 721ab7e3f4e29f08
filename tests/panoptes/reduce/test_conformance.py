"""Every reducer that an export can be reduced by, against panoptes_aggregation 5.3.1, case by case."""

import importlib.util
import json
import math
from functools import cache

import numpy as np
import pytest

from makers import CONFORMANCE
from swath.panoptes.reduce import iou, shapes
from swath.panoptes.reduce.model import Group
from swath.panoptes.reduce.running import RUNNING_REDUCERS
from swath.panoptes.reduce.wrapper import prepare

CASES = CONFORMANCE / "panoptes"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/panoptes is not here")

ELSEWHERE = ("polygon_reducer", "polygon_reducer_contours", "poly_line_text_reducer", "optics_line_text_reducer")
"""Reducers with tests of their own."""


DEPARTS = ("TestRectReducerEmptySubtasksClustersOfOne", "TestRectReducerOneEmptySubtasks")
"""Cases where the peer loses the sub-tasks of clusters, because some marks have none."""


def cases(name):
    if not CASES.is_dir():
        return []
    spec = importlib.util.spec_from_file_location("case_codec", CASES / "case_codec.py")
    codec = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(codec)
    lines = (CASES / name).read_text(encoding="utf-8").splitlines()
    found = [codec.dec(json.loads(line)) for line in lines if json.loads(line)["reducer"] not in ELSEWHERE]
    return [pytest.param(case, id=f"{case['reducer']}-{case['id'].rsplit('::', 1)[1]}") for case in found]


def plain(value):
    """A value as JSON has it; nan and None are the same."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k != "aggregation_version" and v != {}}
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float | int) and isinstance(other, float | int):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return one == other


@cache
def averaged_once(values, rows, shape, eps_t):
    return iou.best_shape(np.frombuffer(values).reshape(rows, -1), shape, eps_t)


@pytest.fixture(autouse=True)
def _same_average_once(monkeypatch):
    """Search the average of the same marks once: several cases ask for it, and a search takes seconds."""
    monkeypatch.setattr(shapes, "best_shape", lambda points, *more: averaged_once(points.tobytes(), len(points), *more))


@pytest.mark.parametrize("compat", [True, False], ids=["compat", "documented"])
@pytest.mark.parametrize("case", cases("reducers.jsonl"))
def test_every_reducer_case(case, compat):
    if not compat and any(name in case["id"] for name in DEPARTS):
        pytest.skip("the peer loses the sub-tasks")
    network = case["network_kwargs"] or {}
    keywords = {**(case["pkwargs"] or {}), **(case["okwargs"] or {}), **(case["kwargs"] or {})}
    group = Group(
        case["extracted"],
        network.get("user_id", [None] * len(case["extracted"])),
        network.get("created_at", [None] * len(case["extracted"])),
        network.get("relevant_reduction"),
    )
    reduced = plain(prepare(case["reducer"], keywords, compat=compat).reduce(group))
    actual = plain(case["actual"])
    expected = actual if isinstance(actual, list) else [actual]
    assert same(reduced, expected), (reduced, expected)


@pytest.mark.parametrize("case", cases("running_reducers.jsonl"))
def test_every_running_case(case):
    network = case["network_kwargs"] or {}
    more = {"user_ids": network["user_id"]} if case["reducer"] == "tess_reducer_column_rr" else {}
    run = RUNNING_REDUCERS[case["reducer"]]
    reduced = run(
        case["extracted"], network["store"], network.get("relevant_reduction", ()), **(case["kwargs"] or {}), **more
    )
    assert same(plain(reduced), plain(case["actual"])), (reduced, case["actual"])
