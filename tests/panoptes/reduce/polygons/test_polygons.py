"""What the polygon reducers do with odd marks, and that their contours are what they say."""

import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.errors import MissingExtraError, UsageError
from swath.panoptes.keywords import values
from swath.panoptes.reduce import contours, polygons
from swath.panoptes.reduce.contour_levels import exact_contours, grid_contours
from swath.panoptes.reduce.model import Group, ReduceError
from swath.panoptes.reduce.polygon_averages import moment
from swath.panoptes.reduce.polygon_shapes import distances, drawn, exterior
from swath.panoptes.reduce.polygon_shapes import polygons as polygons_of

shapely = pytest.importorskip("shapely")

REDUCERS = {reducer.name: reducer for reducer in (*polygons.REDUCERS, *contours.REDUCERS)}
TOOL = "T0_toolIndex0"


def square(x, y, side=10):
    return [x, x + side, x + side, x], [y, y, y + side, y + side]


def drew(*paths, tool=TOOL, frame="frame0"):
    return {frame: {f"{tool}_pathX": [x for x, _ in paths], f"{tool}_pathY": [y for _, y in paths]}}


def polygon(path):
    return shapely.Polygon(list(zip(*path, strict=True)))


def reduced(extracts, name="polygon_reducer", created_at=(), compat=False, **given):
    reducer = REDUCERS[name]
    keywords = values(reducer.keywords, given, name)
    return reducer.function(Group(extracts, [None] * len(extracts), created_at), **keywords, compat=compat)


def contoured(extracts, **given):
    return reduced(extracts, "polygon_reducer_contours", **given)


def test_nothing_drawn():
    assert reduced([]) == {}
    assert reduced([{}, {"frame0": None, "gold_standard": False}]) == {}
    assert contoured([{}]) == []
    assert reduced([drew(), drew()], min_samples=1) == {"frame0": {f"{TOOL}_cluster_labels": []}}


def test_threshold_counts_blank_extracts():
    group = [drew(square(0, 0)), drew(square(1, 0)), {}, {}]
    assert reduced(group)["threshold"] == [0.5]
    assert "threshold" not in reduced(group, min_threshold=0.6)


def test_a_cluster_of_just_the_least_share_is_kept_unless_compat():
    group = [drew(square(0, 0)), drew(square(1, 0)), {}, {}]
    assert reduced(group, min_threshold=0.5)["threshold"] == [0.5]
    assert reduced(group, min_threshold=0.5, compat=True) == {"frame0": {f"{TOOL}_cluster_labels": [0, 0]}}


@pytest.mark.parametrize(
    "path",
    [
        ([0, 5], [0, 5]),
        ([], []),
        ([0, 5, 0], [0, 5, 0]),
        ([0, 5, None, 3], [0, 5, 1, 2]),
        ([0, 5, 5, 0], [0, 0, 5]),
        ([0, 5, "a"], [0, 0, 5]),
        ([0, 5, float("inf")], [0, 0, 5]),
        (3, 4),
        ([[0, 1, 2]], [[0, 1, 2]]),
    ],
)
def test_a_path_that_bounds_nothing_is_left_out_and_its_volunteer_counted(path):
    group = [drew(path), drew(square(0, 0), path), drew(square(1, 0))]
    found = reduced(group)
    assert found["frame0"][f"{TOOL}_cluster_labels"] == [0, 0]
    assert found["threshold"] == [2 / 3]
    with pytest.raises(ReduceError, match="frame0"):
        reduced(group, compat=True)


def test_paths_without_their_other_half_are_left_out():
    assert reduced([{"frame0": {f"{TOOL}_pathX": [[1, 2, 3]]}}]) == {"frame0": {f"{TOOL}_cluster_labels": []}}


def test_a_polygon_that_crosses_itself_keeps_its_largest_part():
    (found,) = (tool.polygons[0] for tool in drawn([drew(([0, 10, 10, 0], [0, 10, 0, 12]))]))
    assert found.is_valid
    assert found.area == pytest.approx(12 * 60 / 11 / 2)


def test_a_polygon_without_area_clusters_with_nothing():
    flat = ([0, 5, 10], [0, 5, 10])
    found = reduced([drew(flat), drew(square(0, 0))], min_samples=1)
    assert found["frame0"][f"{TOOL}_cluster_labels"] == [0, 1]
    assert found["frame0"][f"{TOOL}_clusters_x"][0] == []
    rows = contoured([drew(flat), drew(square(0, 0))], min_samples=1)
    assert rows[0]["frame0"][f"{TOOL}_contours_x"] == [[]]


def test_frames_and_tools_stand_in_order_of_their_names():
    group = [{**drew(square(0, 0), frame="frame10"), **drew(square(0, 0), tool="T1_tool3", frame="frame1")}] * 2
    found = reduced(group, collab=True)
    assert list(found) == ["data", "frame1", "frame10", "threshold"]
    places = [(d["taskKey"], d["toolIndex"], d["frame"], d["markID"]) for d in found["data"]]
    assert places == [("T1", 3, 1, "consensus_0"), ("T0", 0, 10, "consensus_1")]


def test_collab_needs_names_of_tools():
    group = [drew(square(0, 0), tool="init")] * 2
    assert "init_consensus" in reduced(group)["frame0"]
    with pytest.raises(ReduceError, match="init"):
        reduced(group, collab=True)


def test_marks_of_one_volunteer_join_only_through_others():
    apart = reduced([drew(square(0, 0), square(1, 0))])
    assert apart["frame0"][f"{TOOL}_cluster_labels"] == [-1, -1]
    joined = reduced([drew(square(0, 0), square(1, 0)), drew(square(1, 1))])
    assert joined["frame0"][f"{TOOL}_clusters_count"] == [3]
    assert joined["threshold"] == [1.5]


@pytest.mark.parametrize("average_type", ["median", "last", "union", "intersection"])
def test_averages_of_comb_and_bar(average_type):
    comb = ([0, 10, 10, 8, 8, 2, 2, 0], [0, 0, 10, 10, 2, 2, 9, 9])
    bar = ([0, 10, 10, 0], [4, 4, 20, 20])
    times = ["2025-01-02 00:00:00 UTC", "2025-01-01T00:00:00.000Z"]
    found = reduced([drew(comb), drew(bar)], eps=0.99, average_type=average_type, created_at=times)
    ring = polygon([found["frame0"][f"{TOOL}_clusters_{axis}"][0] for axis in "xy"])
    shapes = {"comb": polygon(comb), "bar": polygon(bar)}
    wanted = {
        "median": shapes["comb"],
        "last": shapes["comb"],
        "union": shapely.Polygon(shapely.union(*shapes.values()).exterior),
        "intersection": shapely.box(8, 4, 10, 10),
    }
    assert ring.equals(wanted[average_type])


def test_bad_keywords():
    for bad in ({"average_type": "mean"}, {"collab": "perhaps"}, {"min_samples": "few"}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            reduced([], **bad)
    for bad in ({"rasterisation": "maybe"}, {"smoothing": "soft"}, {"num_grid_points": 1}, {"eps": "wide"}, {"eps": 0}):
        with pytest.raises(UsageError, match=next(iter(bad))):
            contoured([], **bad)


@pytest.mark.parametrize("value", [None, 1, "soon"])
def test_the_last_needs_times(value):
    with pytest.raises(ReduceError, match="created_at"):
        reduced([drew(square(0, 0)), drew(square(1, 0))], average_type="last", created_at=[value, value])


def test_times_are_read_in_every_form():
    texts = ["2025-01-21 10:46:20 UTC", "2025-01-21T10:46:20.000Z", "2025-01-21T12:46:20+02:00", "2025-01-21 10:46:20"]
    assert len({moment(text) for text in texts}) == 1


def comb(x, y, upright):
    xs = [x, x, x + 5, x + 5, x + 10, x + 10, x + 15, x + 15, x + 20, x + 20]
    ys = [y, y + 20, y + 20, y + 5, y + 5, y + 20, y + 20, y + 5, y + 5, y]
    return (xs, ys) if upright else (ys, xs)


COMBS = st.builds(comb, st.integers(0, 6), st.integers(0, 6), st.booleans())


def shapes_of(paths):
    return polygons_of([np.array(path, dtype=float).T for path in paths])


@settings(deadline=None, max_examples=40)
@given(st.lists(COMBS, min_size=1, max_size=5))
def test_contours_are_the_largest_areas_of_so_many_polygons(paths):
    shapes = shapes_of(paths)
    found = exact_contours(shapes)
    for level, contour in enumerate(found, 1):
        sets = [shapely.intersection_all(np.array(chosen)) for chosen in combinations(shapes, level)]
        parts = [part for part in shapely.get_parts(shapely.union_all(sets)) if part.geom_type == "Polygon"]
        largest = max(part.area for part in parts)
        filled = [shapely.Polygon(part.exterior) for part in parts if part.area > largest - 1e-6]
        assert any(shapely.symmetric_difference(contour, part, grid_size=1e-9).area < 1e-6 for part in filled)
    if len(found) < len(shapes):
        assert all(shapely.intersection_all(np.array(c)).area < 1e-6 for c in combinations(shapes, len(found) + 1))


@settings(deadline=None, max_examples=40)
@given(st.lists(COMBS, min_size=2, max_size=6), st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_distances_are_those_of_pairs(paths, owners):
    shapes, extracts = shapes_of(paths), np.array(owners[: len(paths)])
    matrix = distances(shapes, extracts)
    for a, b in combinations(range(len(shapes)), 2):
        united = shapely.union(shapes[a], shapes[b]).area
        plain = 1 - shapely.intersection(shapes[a], shapes[b]).area / united
        assert matrix[a, b] == matrix[b, a]
        assert matrix[a, b] == (np.inf if extracts[a] == extracts[b] else pytest.approx(plain, abs=1e-12))
    assert not matrix.diagonal().any()


def test_contours_on_a_grid_are_near_the_exact_ones():
    shapes = shapes_of([square(0, 0, 100), square(20, 10, 100), square(10, 30, 100)])
    for exact, near in zip(exact_contours(shapes), grid_contours(shapes, 200, "no_smoothing"), strict=True):
        assert near.symmetric_difference(exact).area < 0.05 * exact.area


def test_smoothing_of_contours_on_a_grid():
    shapes = shapes_of([square(0, 0, 100), square(20, 10, 100)])
    whole, few, round_ = (grid_contours(shapes, 50, name)[1] for name in ("no_smoothing", "minimal_sides", "rounded"))
    assert len(few.exterior.coords) < len(whole.exterior.coords) < len(round_.exterior.coords)
    assert round_.is_valid
    assert whole.buffer(1e-9).contains(round_)


def test_keywords_of_contours_are_heard_unless_compat():
    group = [drew(square(0, 0)), drew(square(3, 0))]
    exact = contoured(group)
    grid = contoured(group, rasterisation="true", num_grid_points=20, smoothing="no_smoothing")
    assert exact != grid
    assert contoured(group, rasterisation=True, num_grid_points=20, compat=True) == exact
    many = [drew(square(number / 10, 0)) for number in range(10)]
    assert contoured(many, eps=0.9) == contoured(many, eps=0.9, rasterisation=True)
    assert contoured(many, eps=0.9) != contoured(many, eps=0.9, rasterisation="False")


@pytest.mark.parametrize("missing", ["shapely", "contourpy"])
def test_what_is_not_installed_is_named(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingExtraError, match="swath"):
        contoured([drew(square(0, 0)), drew(square(1, 0))], rasterisation=True)


def test_a_row_for_every_cluster():
    rows = contoured([drew(square(0, 0), square(50, 0)), drew(square(1, 0), square(51, 0)), drew(square(90, 90))])
    assert [row["frame0"][f"{TOOL}_cluster_label_for_contours"] for row in rows] == [0, 1]
    assert {tuple(row["frame0"][f"{TOOL}_cluster_labels"]) for row in rows} == {(0, 1, 0, 1, -1)}
    assert {row["frame0"][f"{TOOL}_number_of_contours"] for row in rows} == {2}
    assert contoured([drew(square(0, 0))]) == [{"frame0": {f"{TOOL}_cluster_labels": [-1]}}]


def test_exterior_is_closed():
    assert exterior(shapely.box(0, 0, 1, 1)) == ([1.0, 1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 1.0, 0.0, 0.0])
