"""The reducers of transcribed lines against panoptes_aggregation 5.3.1, case for case."""

import json
import sys

import numpy as np
import pytest

from makers import CONFORMANCE
from swath.panoptes.keywords import values
from swath.panoptes.reduce import line_text, optics_text
from swath.panoptes.reduce.gutters import columns_of_lines
from swath.panoptes.reduce.line_annotations import LineAnnotation, lines_by_frame
from swath.panoptes.reduce.model import Group, ReduceError
from swath.panoptes.reduce.optics_clusters import bare_text, distances, enough_samples, once_each
from swath.panoptes.reduce.optics_order import reading_order
from swath.panoptes.reduce.slopes import apart, least_squares_slope, mean_slope

CASES = CONFORMANCE / "panoptes"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/panoptes is not here")

REDUCERS = {reducer.name: reducer for reducer in (*line_text.REDUCERS, *optics_text.REDUCERS)}
REPEATED = {"aggregation_version", "parameters"}
MODULES = ("optics_text_utils", "text_utils", "shape_metric")
OTHERS = {"consensus_score"}
"""Tested with the alignment of texts."""


def cases(name):
    sys.path.insert(0, str(CASES))
    try:
        from case_codec import dec
    finally:
        sys.path.remove(str(CASES))
    for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines() if CASES.is_dir() else ():
        case = json.loads(line)
        if case.get("reducer") in REDUCERS or (name == "functions" and wanted(case)):
            yield dec(case)


def wanted(case):
    module, _, name = case["function"].rpartition(".")
    turn = name == "avg_angle" and module.endswith("shape_metric")
    ours = module.rpartition(".")[2] in MODULES[:2] or (turn and case["kwargs"] == {"factor": 1, "limit": "180"})
    return ours and name not in OTHERS


def close(value):
    """A value whose floats compare to 1e-9."""
    if isinstance(value, dict):
        return {key: close(each) for key, each in value.items()}
    if isinstance(value, list):
        return [close(each) for each in value]
    return pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True) if isinstance(value, float) else value


@pytest.mark.parametrize("case", list(cases("reducers")), ids=lambda case: case["test_name"])
def test_reducers(case):
    reducer = REDUCERS[case["reducer"]]
    names = {keyword.name for keyword in reducer.keywords}
    given = {**case["kwargs"], **case["pkwargs"], **case["okwargs"]}
    keywords = values(reducer.keywords, {name: value for name, value in given.items() if name in names}, reducer.name)
    group = Group(case["extracted"], case["network_kwargs"]["user_id"])
    wanted = {key: value for key, value in case["actual"].items() if key not in REPEATED}
    assert reducer.function(group, **keywords, compat=True) == close(wanted)
    if reducer.name == line_text.NAME:
        assert reducer.function(group, **keywords) == close(wanted)


def test_every_case_is_run():
    assert len(list(cases("reducers"))) == 7
    assert len(list(cases("functions"))) == 23


def annotation(line, extract, ordinal=0):
    return LineAnnotation(line["x"], line["y"], line["text"], 0.0, line["gold_standard"], extract, ordinal)


def answer(name, args, known):
    """What ours gives for a case of one of the peer's functions."""
    match name:
        case "get_min_samples":
            return enough_samples(*args)
        case "strip_tags":
            return bare_text(*args)
        case "remove_user_duplication":
            return once_each(*args)
        case "metric":
            lines = [annotation(known["data_in"][number], extract) for number, extract in args]
            return distances(lines)[0, 1]
        case "order_lines":
            return reading_order(args[0], 30, 150)
        case "cluster_of_one":
            rows, data, users, ordinals = args
            group = Group([], users)
            lines = [annotation(data[row], owner, ordinals[n]) for n, (row, owner) in enumerate(rows)]
            return [optics_text._single_line(group, line) for line in lines]
        case "angle_metric":
            return apart(np.array(args, dtype=float))[0, 1]
        case "avg_angle":
            angles = np.array(args[0], dtype=float)
            return least_squares_slope(angles) if known else mean_slope(angles)
        case "gutter":
            return columns_of_lines(*args, 0)
        case "extractor_index":
            frame = {"points": {"x": [[0]], "y": [[0]]}, "text": [["a"]], "slope": [0]}
            extracts = [{"frame0": {k: repeated(v, args[0].count(n)) for k, v in frame.items()}} for n in range(9)]
            return [line.ordinal for line in lines_by_frame(Group(extracts))["frame0"]]
        case "cluster_by_line":
            keywords = {**values(line_text.REDUCERS[0].keywords, {}, name), "dot_freq": "bad"}
            drawn = {"points": {"x": [[0, 9]], "y": [[0, 0]]}, "text": [["a"]], "slope": [0]}
            return line_text.reduce_line_text(Group([{"frame0": drawn}], [1]), **keywords)
    raise NotImplementedError(name)


def repeated(value, times):
    return {k: v * times for k, v in value.items()} if isinstance(value, dict) else value * times


@pytest.mark.parametrize("case", list(cases("functions")), ids=lambda case: case["test"].rpartition("::")[2])
def test_functions(case):
    args = (case["function"].rpartition(".")[2], case["args"], case["kwargs"])
    if "raises" in case:
        with pytest.raises(ReduceError):
            answer(*args)
        return
    found, wanted = answer(*args), case["result"]
    if isinstance(wanted, str) or (isinstance(wanted, list) and wanted and isinstance(wanted[0], dict)):
        assert found == close(wanted)
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
