"""The polygon reducers against panoptes_aggregation 5.3.1, case for case."""

import json
import sys

import numpy as np
import pytest

from makers import CONFORMANCE
from swath.panoptes.keywords import values
from swath.panoptes.reduce import contours, polygons
from swath.panoptes.reduce.contour_levels import exact_contours, grid_contours
from swath.panoptes.reduce.model import Group, ReduceError
from swath.panoptes.reduce.polygon_averages import AVERAGES, Cluster, united
from swath.panoptes.reduce.polygon_shapes import consensus, distances

shapely = pytest.importorskip("shapely")

CASES = CONFORMANCE / "panoptes"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/panoptes is not here")

REDUCERS = {reducer.name: reducer for reducer in (*polygons.REDUCERS, *contours.REDUCERS)}
REPEATED = {"aggregation_version", "parameters"}
"""Keys that the peer's wrapper adds to every reduction."""

OTHER_INPUT = {
    "test_IoU_cluster_mean_distance_non_diagonal",
    "test_IoU_cluster_mean_distance_non_symmetric",
    "test_IoU_metric_polygon_same_polygon",
    "test_cluster_average_median_non_diagonal",
    "test_cluster_average_intersection_contours_non_polygon_shapes",
}
"""Given what cannot come: a matrix that is none of distances, one mark of two extracts, shapes that are no polygons."""


def cases(name):
    sys.path.insert(0, str(CASES))
    try:
        from case_codec import dec
    finally:
        sys.path.remove(str(CASES))
    for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        if "polygon" in line:
            # A pandas Timestamp is a datetime, and pandas is not here.
            yield dec(json.loads(line.replace('"timestamp"', '"datetime"')))


def reducer_cases():
    return [case for case in cases("reducers") if case["reducer"] in REDUCERS] if CASES.is_dir() else []


def function_cases():
    found = [case for case in cases("functions") if "polygon_reducer" in case["function"]] if CASES.is_dir() else []
    return [case for case in found if case["test"].rpartition("::")[2] not in OTHER_INPUT]


def close(value):
    """A value whose floats compare to 1e-9."""
    if isinstance(value, dict):
        return {key: close(each) for key, each in value.items()}
    if isinstance(value, list):
        return [close(each) for each in value]
    return pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value


def by_place(rows):
    """Rows in order of frame, tool and cluster; the peer's order is that of its sets."""

    def place(row):
        return [(f, sorted(tools), [n for n in tools.values() if isinstance(n, int)]) for f, tools in row.items()]

    return sorted(rows, key=place)


@pytest.mark.parametrize("case", reducer_cases(), ids=lambda case: case["test_name"])
def test_reducers(case):
    reducer = REDUCERS[case["reducer"]]
    names = {keyword.name for keyword in reducer.keywords}
    given = {name: value for name, value in case["kwargs"].items() if name in names}
    created_at = case["network_kwargs"]["created_at"]
    keywords = values(reducer.keywords, given, reducer.name)
    found = reducer.function(Group(case["extracted"], (), created_at), **keywords, compat=True)
    if isinstance(found, dict):
        wanted = {key: value for key, value in case["actual"].items() if key not in REPEATED}
        assert list(found) == list(wanted)
        assert found == close(wanted)
    else:
        wanted = [{key: value for key, value in row.items() if key not in REPEATED} for row in case["actual"]]
        assert by_place(found) == close(by_place(wanted))


def test_every_reducer_case_is_run():
    assert len(reducer_cases()) == 13
    assert len(function_cases()) == 20


def cluster_of(members, **known):
    shapes = np.array([member["polygon"] for member in members], dtype=object)
    matrix = known.get("distance_matrix", np.zeros((len(shapes), len(shapes))))
    return Cluster(shapes, matrix, known.get("created_at", []))


def chosen(case):
    """The polygons and extracts of a case about a part of them."""
    wanted, rows, data = case["args"]
    shapes = np.array([each["polygon"] for each in data], dtype=object)
    return shapes[np.asarray(wanted)], np.asarray(rows)[np.asarray(wanted)][:, 1]


def answer(case):
    """What ours gives for a case of one of the peer's functions."""
    name = case["function"].rpartition("polygon_reducer")[2].rpartition(".")[2]
    args, known = case["args"], case["kwargs"]
    match name:
        case "_original":
            keywords = {**values(REDUCERS["polygon_reducer"].keywords, {}, name), **known}
            return polygons.reduce_polygons(Group([]), **keywords)
        case "IoU_cluster_mean_distance":
            return 1 - consensus(args[0])
        case "IoU_distance_matrix_of_cluster":
            return distances(*chosen(case))
        case "IoU_metric_polygon":
            shapes = np.array([each["polygon"] for each in known["data_in"]], dtype=object)
            return distances(shapes, np.array([args[0][1], args[1][1]]))[0, 1]
        case "_polygons_unify":
            return united(args[0])
        case "cluster_average_intersection_contours":
            return exact_contours(cluster_of(args[0]).polygons)
        case "cluster_average_intersection_contours_rasterisation":
            return list(grid_contours(cluster_of(args[0]).polygons, known["num_grid_points"], "minimal_sides"))
    return AVERAGES[name.removeprefix("cluster_average_")](cluster_of(args[0], **known))


def same_ring(found, wanted):
    return found.normalize().equals_exact(wanted.normalize(), 1e-9)


@pytest.mark.parametrize("case", function_cases(), ids=lambda case: case["test"].rpartition("::")[2])
def test_functions(case):
    if "raises" in case:
        with pytest.raises(ReduceError):
            answer(case)
        return
    found, wanted = answer(case), case["result"]
    if isinstance(wanted, shapely.Geometry):
        assert same_ring(found, wanted)
    elif isinstance(found, list):
        assert len(found) == len(wanted)
        assert all(map(same_ring, found, wanted))
    else:
        np.testing.assert_allclose(found, wanted, rtol=1e-9)
