"""Reducers: inputs that their conformance cases leave open."""

import numpy as np
import pytest
import shapely

from swath.errors import UsageError
from swath.panoptes.reduce.model import Group, ReduceError
from swath.panoptes.reduce.running import run_gravity_spy_subject, run_tess_user
from swath.panoptes.reduce.tess import cluster_columns
from swath.panoptes.reduce.wrapper import prepare


def reduced(name, extracts, keywords=None, relevant=None, compat=False):
    group = Group(extracts, [None] * len(extracts), [None] * len(extracts), relevant)
    return prepare(name, keywords or {}, compat=compat).reduce(group)


@pytest.mark.parametrize(("extracts", "value"), [
    ([{"value": []}, {"value": []}], [{"value": []}]), ([{}, {}], [{}]), ([], [{}]),
])  # fmt: skip
def test_a_vote_in_no_drop_down_is_an_empty_list(extracts, value):
    assert reduced("dropdown_reducer", extracts) == value


def test_a_blank_survey_is_no_vote():
    (found,) = reduced("survey_reducer", [{"choice": "fox"}, {}, {"choice": "fox"}])
    assert found == {"choice": "fox", "total_vote_count": 2, "choice_count": 2}


def test_a_slider_has_the_last_digits_of_numpy():
    values = [0.1, 0.2, 0.3]
    (found,) = reduced("slider_reducer", [{"slider_value": value} for value in values])
    assert found == {
        "slider_mean": float(np.mean(values)), "slider_median": 0.2, "slider_var": float(np.var(values)),
    }  # fmt: skip


def test_a_slider_without_a_value_does_not_count_unless_compat():
    extracts = [{"slider_value": 3}, {"slider_value": None}, {}]
    (found,) = reduced("slider_reducer", extracts)
    assert found == {"slider_mean": 3.0, "slider_median": 3.0, "slider_var": 0.0}
    for blank in extracts[1:]:
        with pytest.raises(ReduceError, match="no slider_value"):
            reduced("slider_reducer", [blank], compat=True)


@pytest.mark.parametrize("value", ["nan", float("nan"), "inf"])
def test_a_slider_at_no_number_cannot_be_reduced(value):
    with pytest.raises(ReduceError, match="a slider's value is"):
        reduced("slider_reducer", [{"slider_value": 3}, {"slider_value": value}])


def test_a_text_may_be_a_number_even_0():
    (found,) = reduced("text_reducer", [{"text": 0}, {"text": None}, {"text": " "}, {}])
    assert (found["consensus_text"], found["number_views"]) == ("0", 1)


def test_a_text_that_is_null_is_blank_unless_compat():
    extracts = [{"text": "word"}, {"text": None}, {}]
    assert reduced("text_reducer", extracts)[0]["number_views"] == 1
    assert reduced("text_reducer", extracts, compat=True)[0]["number_views"] == 2
    assert reduced("text_reducer", [{"text": None}], compat=True)[0]["consensus_text"] == "None"


MARKS = [{"T0_tool0_x": [x], "T0_tool0_y": [y]} for x, y in ((0, 0), (3, 3), (6, 6), (9, 9), (50, 0))]


@pytest.mark.parametrize(("keywords", "labels"), [
    ({"eps": 5}, [0, 0, 0, 0, -1]),
    ({"eps": 5, "metric": "manhattan"}, [-1] * 5),
    ({"eps": 6, "metric": "manhattan"}, [0, 0, 0, 0, -1]),
    ({"eps": 3, "metric": "chebyshev"}, [0, 0, 0, 0, -1]),
    ({"eps": 5, "metric": "minkowski", "p": 2}, [0, 0, 0, 0, -1]),
    ({"eps": 5, "metric": "minkowski", "p": 1}, [-1] * 5),
    ({"eps": 5, "metric": "manhattan", "min_samples": 9}, [-1] * 5),
])  # fmt: skip
@pytest.mark.parametrize("name", ["point_reducer", "point_reducer_dbscan", "rectangle_reducer"])
def test_the_metric_of_points_is_heard(name, keywords, labels):
    extracts = MARKS if name == "point_reducer" else [{"frame0": {**mark}} for mark in MARKS]
    if name == "rectangle_reducer":
        for extract in extracts:
            extract["frame0"] |= {"T0_tool0_width": [4], "T0_tool0_height": [4]}
    (found,) = reduced(name, extracts, keywords)
    assert found.get("frame0", found)["T0_tool0_cluster_labels"] == labels


@pytest.mark.parametrize(("name", "keyword", "value"), [
    ("point_reducer_dbscan", "metric", "euclidian"), ("point_reducer_dbscan", "min_samples", 0),
    ("point_reducer_hdbscan", "min_cluster_size", 1), ("point_reducer_hdbscan", "cluster_selection_method", "leaves"),
    ("point_reducer_hdbscan", "algorithm", "kdtree"), ("shape_reducer_optics", "min_samples", 1),
    ("shape_reducer_optics", "xi", 1.5), ("optics_line_text_reducer", "xi", -1),
])  # fmt: skip
def test_what_the_library_would_refuse_of_every_group_is_a_usage_error(name, keyword, value):
    shape = {"shape": "point"} if name.startswith("shape") else {}
    with pytest.raises(UsageError, match=f"{keyword} cannot be"):
        prepare(name, {**shape, keyword: value})


@pytest.mark.parametrize("compat", [False, True])
@pytest.mark.parametrize("keywords", [{}, {"shape": None}])
def test_a_reducer_of_shapes_is_told_a_shape(keywords, compat):
    with pytest.raises(UsageError, match="told no shape"):
        prepare("shape_reducer_dbscan", keywords, compat=compat)


def test_null_stands_for_a_default_that_is_none():
    assert prepare("point_reducer_dbscan", {"p": None}).keywords["p"] is None
    with pytest.raises(UsageError, match="eps cannot be None"):
        prepare("point_reducer_dbscan", {"eps": None})


JUDGED = {"success": [True], "strategy": "singleAnswerQuestion", "true_answer": ["Fox"]}


@pytest.mark.parametrize("mode", ["one-to-one", "many-to-many"])
def test_a_class_that_was_counted_0_times_is_a_class(mode):
    extracts, hard = [{"fox": 1, "Owl": 0, "feedback": JUDGED}], [{"data": {"difficulty": [0.2]}}]
    (found,) = reduced("user_skill_reducer", extracts, {"mode": mode}, hard)
    assert found["classes"] == ["fox", "owl"] + ["NONE"] * (mode == "many-to-many")
    assert found["mean_skill"] == pytest.approx(0.5)


def test_the_null_class_is_no_focus():
    extracts, hard = [{"fox": 1, "feedback": JUDGED}], [{"data": {"difficulty": [0.2]}}]
    keywords = {"mode": "many-to-many", "count_threshold": 1}
    for focus in (["fox"], ["fox", "NONE"]):
        (found,) = reduced("user_skill_reducer", extracts, {**keywords, "focus_classes": focus}, hard)
        assert (found["mean_skill"], found["level_up"]) == (pytest.approx(1.0), True)


def test_the_classes_of_interest_are_heard_with_compat_too():
    extracts, hard = [{"fox": 1, "Owl": 0, "feedback": JUDGED}], [{"data": {"difficulty": [0.2]}}]
    keywords = {"mode": "many-to-many", "focus_classes": ["fox"]}
    (found,) = reduced("user_skill_reducer", extracts, keywords, hard, compat=True)
    assert found["mean_skill"] == pytest.approx(1.0)


def test_parameters_that_the_peer_does_not_hear_are_not_echoed_with_compat():
    square = {"frame0": {"T0_tool0_pathX": [[0, 4, 4, 0]], "T0_tool0_pathY": [[0, 0, 4, 4]]}}
    for compat, echoed in ((True, {"min_samples", "eps"}), (False, {"min_samples", "eps", "rasterisation"})):
        (found,) = reduced("polygon_reducer_contours", [square], {"rasterisation": True}, compat=compat)
        assert echoed <= found["parameters"].keys()
        assert ("rasterisation" in found["parameters"]) is not compat


def test_polygons_have_the_last_digits_of_the_area_of_their_union():
    paths = [([0.1, 4.3, 4.7, 0.2], [0.3, 0.1, 4.9, 4.4]), ([0.7, 4.9, 4.6, 0.9], [0.2, 0.7, 4.3, 4.8])]
    extracts = [{"frame0": {"T0_tool0_pathX": [x], "T0_tool0_pathY": [y]}} for x, y in paths]
    one, other = (shapely.Polygon(list(zip(x, y, strict=True))) for x, y in paths)
    (found,) = reduced("polygon_reducer", extracts)
    distance = 1 - one.intersection(other).area / one.union(other).area
    assert found["frame0"]["T0_tool0_consensus"] == [1 - distance]


def test_the_core_of_a_cluster_of_columns_reaches_beyond_it():
    """A column between two clusters belongs to the first, and still makes a core of the second's."""
    columns = np.array([[0, 1, 0], [1, 1, 1], [2, 1, 2], [6, 1, 3], [10, 1, 4], [10.5, 1, 5], [13.9, 1, 5]], np.float64)
    found = cluster_columns(columns, list(range(6)), [1.0] * 6, 4.0, 4)
    assert found["counts"] == [4, 2]
    assert found["centers"] == [2.25, 10.25]


def test_no_answer_yet_is_the_least_skill():
    found = run_tess_user([{"feedback": []}], {}, [None])
    assert found == {"skill": 0.05, "_store": {"seed": 0.0, "count": 0}}


def test_a_user_without_weights_is_no_view_and_a_weight_of_0_goes():
    extract = {"user_label": "BLIP", "ml_weights": {"BLIP": 1.0, "WHISTLE": 0.0}}
    for column, views, left in (({}, 1, {"BLIP", "WHISTLE"}), ({"BLIP": 1.0}, 2, {"BLIP"})):
        known = [{"data": {"normalized_confusion_matrix": {"BLIP": column}}}]
        found = run_gravity_spy_subject([extract], {}, known)
        assert (found["number_views"], set(found["category_weights"])) == (views, left)


@pytest.mark.parametrize("details", [
    {"T0_tol0": ["question_reducer"]}, {"T0_tool0": "question_reducer"},
    {"T0_toolIndex0_subtask0": ["question_reducer"]},
])  # fmt: skip
def test_details_of_what_is_no_tool_and_no_sub_task_are_refused(details):
    with pytest.raises(UsageError, match="no tool or sub-task"):
        prepare("point_reducer_dbscan", {"details": details})
