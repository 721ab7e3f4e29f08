"""Reducing all groups of a bucket at once gives what reducing each by itself gives."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swath.panoptes.cells import column_of, values_of
from swath.panoptes.reduce.fast import reduce_fast
from swath.panoptes.reduce.groups import Groups
from swath.panoptes.reduce.plain import reduce_plainly
from swath.panoptes.reduce.wrapper import prepare
from swath.tables import TEXT, TIME

COORDINATE = st.one_of(st.integers(0, 12), st.floats(0, 12).map(lambda value: round(value, 2)))
DETAIL = st.sampled_from([{"0": 1}, {"1": 1, "0": 1}, {"None": 1}, {}])
MARK = st.tuples(COORDINATE, COORDINATE, COORDINATE, st.tuples(DETAIL, DETAIL))
MARKS = st.dictionaries(
    st.tuples(st.sampled_from(["frame0", "frame1"]), st.sampled_from(["T0_tool0", "T0_tool1"])),
    st.lists(MARK, min_size=1, max_size=5),
    max_size=3,
)
SUBJECTS = st.lists(st.sampled_from(["3", "20", "100"]), min_size=1, max_size=14)


def groups_of(subjects, extracts):
    """Extracts of classifications of some subjects, as a bucket holds them."""
    names = list(dict.fromkeys(name for extract in extracts for name in extract))
    rows = len(subjects)
    keys = {
        "classification_id": pa.array(map(str, range(rows)), TEXT),
        "user_name": pa.array([f"user {n % 4}" for n in range(rows)], TEXT),
        "user_id": pa.array(range(rows)),
        "workflow_id": pa.array([1] * rows),
        "task": pa.array(["T0"] * rows, TEXT),
        "created_at": pa.array(range(rows), TIME),
        "subject": pa.array(subjects, TEXT),
    }
    data = {f"data.{name}": column_of([extract.get(name) for extract in extracts]) for name in names}
    return Groups.of(pa.table(keys | data), ("T0", "T1"), "all")


def rows_of(reductions):
    """The reductions as dicts by group, without what is null."""
    columns = {name: values_of(column) for name, column in reductions.columns.items()}
    return [
        (int(owner), {name: values[row] for name, values in columns.items() if values[row] is not None})
        for row, owner in enumerate(reductions.owners)
    ]


def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-9)
    return one == other


def check(reducer, groups):
    fast = reduce_fast(reducer, groups)
    assert fast is not None
    one, other = rows_of(fast), rows_of(reduce_plainly(reducer, groups))
    assert same(one, other), (one, other)


@settings(max_examples=60)
@given(SUBJECTS, st.data())
def test_votes(subjects, data):
    answers = st.dictionaries(st.sampled_from(["yes", "no", "not-sure"]), st.just(1), max_size=3)
    extracts = [data.draw(answers) for _ in subjects]
    groups = groups_of(subjects, extracts)
    check(prepare("question_reducer", {}), groups)
    check(prepare("question_consensus_reducer", {}), groups)


def flat(marks, parameters, *, details):
    extract = {}
    for (frame, tool), drawn in marks.items():
        for number, name in enumerate(parameters):
            extract[f"{frame}.{tool}_{name}"] = [mark[number] for mark in drawn]
        if details and tool == "T0_tool0":
            extract[f"{frame}.{tool}_details"] = [list(mark[3]) for mark in drawn]
    return extract


@settings(max_examples=80)
@given(SUBJECTS, st.data(), st.booleans(), st.integers(1, 3))
def test_points_with_their_sub_tasks(subjects, data, details, min_samples):
    extracts = [flat(data.draw(MARKS), ("x", "y"), details=details) for _ in subjects]
    keywords = {"eps": 1.5, "min_samples": min_samples}
    if details:
        keywords["details"] = {"T0_tool0": ["question_reducer", None]}
    check(prepare("point_reducer_dbscan", keywords), groups_of(subjects, extracts))


@settings(max_examples=40)
@given(SUBJECTS, st.data(), st.booleans(), st.sampled_from([(2, 2), (3, 1), (5, 3)]))
def test_points_by_hdbscan(subjects, data, single, sizes):
    extracts = [flat(data.draw(MARKS), ("x", "y"), details=True) for _ in subjects]
    keywords = {"min_cluster_size": sizes[0], "min_samples": sizes[1], "allow_single_cluster": single}
    keywords["details"] = {"T0_tool0": ["question_reducer", None]}
    check(prepare("point_reducer_hdbscan", keywords), groups_of(subjects, extracts))


def test_hdbscan_that_the_kernel_does_not_do_is_left_to_the_library():
    groups = groups_of(["1"], [{"frame0.T0_tool0_x": [1.0], "frame0.T0_tool0_y": [1.0]}])
    for keywords in ({"cluster_selection_method": "leaf"}, {"min_samples": 6}, {"metric": "cityblock"}):
        assert reduce_fast(prepare("point_reducer_hdbscan", keywords), groups) is None


@settings(max_examples=40)
@given(SUBJECTS, st.data(), st.sampled_from(["circle", "point"]))
def test_shapes(subjects, data, shape):
    parameters = {"circle": ("x", "y", "r"), "point": ("x", "y")}[shape]
    extracts = [flat(data.draw(MARKS), parameters, details=False) for _ in subjects]
    groups = groups_of(subjects, extracts)
    check(prepare("shape_reducer_dbscan", {"shape": shape, "eps": 2, "min_samples": 2}), groups)
    check(prepare("shape_reducer_hdbscan", {"shape": shape, "min_cluster_size": 3, "min_samples": 2}), groups)


SECOND = st.dictionaries(
    st.tuples(st.sampled_from(["frame0", "frame1"]), st.sampled_from(["T0_toolIndex0", "T0_toolIndex1"])),
    st.lists(MARK, min_size=1, max_size=5),
    max_size=3,
)
SPELLINGS = [
    {},
    {"T0_tool0": ["question_reducer", None]},
    {"T0_toolIndex0_subtask0": "question_reducer", "T0_toolIndex2_subtask1": "dropdown_reducer"},
]


def of_second_classifier(marks, version):
    extract = {"classifier_version": version}
    for (frame, tool), drawn in marks.items():
        for number, name in enumerate(("x", "y")):
            extract[f"{frame}.{tool}_{name}"] = [mark[number] for mark in drawn]
        if tool == "T0_toolIndex0":
            for place in (0, 1):
                extract[f"{frame}.{tool}_subtask{place}"] = [mark[3][place] for mark in drawn]
    return extract


@settings(max_examples=40)
@given(SUBJECTS, st.data(), st.sampled_from(SPELLINGS), st.sampled_from(["2.0", 2.0]))
def test_sub_tasks_of_the_second_classifier(subjects, data, details, version):
    extracts = [of_second_classifier(data.draw(SECOND), version) for _ in subjects]
    keywords = {"eps": 1.5, "min_samples": 2, "details": details}
    check(prepare("point_reducer_dbscan", keywords), groups_of(subjects, extracts))
    check(prepare("shape_reducer_dbscan", {"shape": "point", **keywords}), groups_of(subjects, extracts))


def test_groups_of_both_classifiers_are_reduced_by_themselves():
    extracts = [of_second_classifier({}, version) for version in ("2.0", None)]
    reducer = prepare("point_reducer_dbscan", {"details": SPELLINGS[1]})
    assert reduce_fast(reducer, groups_of(["1", "1"], extracts)) is None


def test_points_without_a_place_are_left_out_with_their_sub_tasks():
    extracts = [{"frame0.T0_tool0_x": [1, None], "frame0.T0_tool0_y": [1, 2],
                 "frame0.T0_tool0_details": [[{"0": 1}], [{"1": 1}]]}] * 3  # fmt: skip
    groups = groups_of(["7"] * 3, extracts)
    reducer = prepare("point_reducer_dbscan", {"details": {"T0_tool0": ["question_reducer"]}})
    check(reducer, groups)
    ((_, first), _) = rows_of(reduce_fast(reducer, groups))
    assert first["frame0.T0_tool0_clusters_details"] == [[{"0": 3}]]
