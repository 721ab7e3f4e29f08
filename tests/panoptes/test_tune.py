"""Tuning: what each setting gives against scikit-learn, group by group."""

import csv
import io
import json
import math
import random

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN, HDBSCAN
from sklearn.metrics import adjusted_rand_score
from typer.testing import CliRunner

from mark_files import extract, points, write_rows
from swath.cli.panoptes_tune import tune as command
from swath.errors import InputError, MissingExtraError, UsageError
from swath.panoptes.rand_index import adjusted_rand_index
from swath.panoptes.tune import DEFAULT_GRID, sampled, settings_of, tune

LABELS = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(0, 4)), max_size=40)


def alone(labels):
    """Labels with each mark of noise in a cluster of its own."""
    return [-1 - place if label < 0 else label for place, label in enumerate(labels)]


def plain_index(rows):
    scores = []
    for group in {group for _, _, group in rows}:
        one, other = (alone([row[side] for row in rows if row[2] == group]) for side in (0, 1))
        if len(one) > 1:
            scores.append(adjusted_rand_score(one, other))
    return sum(scores) / len(scores) if scores else math.nan


@given(LABELS)
def test_rand_index_is_the_mean_of_scikit_learns(rows):
    one, other, groups = np.array(rows, np.int64).reshape(-1, 3).T
    index = adjusted_rand_index(one, other, groups)
    assert index == pytest.approx(plain_index(rows), nan_ok=True)
    assert adjusted_rand_index(other, one, groups) == pytest.approx(index, nan_ok=True)


def test_rand_index_by_hand():
    groups = np.zeros(6, np.int64)
    one, other = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    assert adjusted_rand_index(one, other, groups) == pytest.approx((2 - 6 * 3 / 15) / ((6 + 3) / 2 - 6 * 3 / 15))
    assert adjusted_rand_index(one, 1 - one, groups) == 1
    assert math.isnan(adjusted_rand_index(one[:2], one[:2], np.arange(2)))


def marks(seed, count=12):
    """Marks of one user about two spots, and one elsewhere."""
    chance = random.Random(seed)
    spots = [(100, 100), (140, 100)]
    found = [(x + chance.gauss(0, 4), y + chance.gauss(0, 4)) for x, y in spots if chance.random() < 0.8]
    return [*found, (chance.uniform(0, 500), chance.uniform(0, 500))]


@pytest.fixture
def marked(tmp_path):
    rows = [extract(n, n % 5, points(marks(n), frame=n % 2, tool=f"T0_tool{n % 3}")) for n in range(150)]
    return write_rows(tmp_path / "e.csv", rows)


def plain_groups(count=150):
    groups = {}
    for n in range(count):
        groups.setdefault((n % 5, n % 2, n % 3), []).extend(marks(n))
    return [np.array(group) for group in groups.values()]


def plain_labels(make, group, least):
    return make.fit_predict(group) if len(group) >= least else np.full(len(group), -1)


def check(trial, labels):
    flat = np.concatenate(labels)
    assert trial.groups == len(labels)
    assert trial.points == flat.size
    assert trial.clusters == sum(each.max(initial=-1) + 1 for each in labels)
    assert trial.clusters_per_group == pytest.approx(trial.clusters / trial.groups)
    assert trial.noise_share == pytest.approx(np.mean(flat < 0))


def test_dbscan_as_scikit_learn_finds_it(marked):
    trials = tune(marked, grid={"eps": [4, 9, 25], "min_samples": [2, 4]})
    assert [dict(trial.setting) for trial in trials] == [
        {"eps": eps, "min_samples": least} for eps in (4, 9, 25) for least in (2, 4)
    ]
    found = {}
    for trial in trials:
        eps, least = trial.setting.values()
        found[eps, least] = [plain_labels(DBSCAN(eps=eps, min_samples=least), g, least) for g in plain_groups()]
        check(trial, found[eps, least])
    near = {(4, 2): [(9, 2), (4, 4)], (9, 4): [(4, 4), (25, 4), (9, 2)], (25, 2): [(9, 2), (25, 4)]}
    for trial in trials:
        here = tuple(trial.setting.values())
        if here in near:
            assert trial.stability == pytest.approx(np.mean([agreement(found[here], found[n]) for n in near[here]]))


def agreement(one, other):
    return np.mean([adjusted_rand_score(alone(a), alone(b)) for a, b in zip(one, other, strict=True) if len(a) > 1])


def test_hdbscan_as_scikit_learn_finds_it(marked):
    trials = tune(marked, "point_reducer_hdbscan", {"min_cluster_size": [3, 6]})
    for trial in trials:
        size = trial.setting["min_cluster_size"]
        clusterer = HDBSCAN(min_cluster_size=size, min_samples=3, copy=True)
        check(trial, [plain_labels(clusterer, group, size) for group in plain_groups()])


def test_shapes_are_tuned_with_their_shape(tmp_path):
    def circle(n):
        return {"frame0.T0_tool1_x": [10.0 + n % 2], "frame0.T0_tool1_y": [20.0], "frame0.T0_tool1_r": [5.0 + n % 3]}

    path = write_rows(tmp_path / "e.csv", [extract(n, 1, circle(n)) for n in range(12)])
    wide, narrow = tune(path, "shape_reducer_dbscan", {"eps": [3, 0.5]}, keywords={"shape": "circle"})
    assert (wide.groups, wide.points, wide.clusters, wide.noise_share) == (1, 12, 1, 0)
    assert (narrow.clusters, narrow.noise_share) == (0, 1)
    assert wide.stability == narrow.stability == 0


def test_sample_is_the_same_for_the_same_seed_whatever_the_order():
    subjects = [str(n) for n in range(1000)]
    chosen = sampled(subjects, 50, 3)
    assert sorted(chosen) == sorted(sampled(reversed(subjects), 50, 3))
    assert len(set(chosen)) == 50
    assert set(chosen) != set(sampled(subjects, 50, 4))
    assert set(sampled(subjects, 20, 3)) < set(chosen)
    assert sorted(sampled(subjects, 5000, 3)) == sorted(subjects)


def test_sample_bounds_what_is_read(marked):
    (trial,) = tune(marked, grid={"eps": [5]}, sample=2)
    assert trial.groups == 2 * 6
    assert trial.stability is None
    assert trial == tune(marked, grid={"eps": [5]}, sample=2)[0]


def test_nothing_given_tries_a_grid_of_what_the_reducer_has(marked):
    assert len(tune(marked)) == len(DEFAULT_GRID["eps"]) * len(DEFAULT_GRID["min_samples"])
    assert {frozenset(trial.setting) for trial in tune(marked, "point_reducer_hdbscan", sample=1)} == {
        frozenset({"min_cluster_size", "min_samples"})
    }


def test_repeats_of_a_user_count_as_in_a_reduction(tmp_path):
    rows = [extract(n, 1, points([(5, 5)]), user_name="ann", user_id=3) for n in range(4)]
    path = write_rows(tmp_path / "e.csv", rows)
    assert tune(path, grid={"eps": [5]})[0].points == 1
    assert tune(path, grid={"eps": [5]}, repeats="all")[0].points == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"reducer": "point_reducer_dbscam"}, "no reducer"),
        ({"grid": {"min_cluster_size": [3]}}, "no keyword 'min_cluster_size'"),
        ({"grid": {"eps": [0]}}, "eps"),
        ({"grid": {"eps": [5, 5]}}, "each value once"),
        ({"grid": {"eps": []}}, "each value once"),
        ({"sample": 0}, "sample of 0"),
        ({"reducer": "question_reducer"}, "nothing to tune"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(marked, arguments, message):
    with pytest.raises(UsageError) as raised:
        tune(marked, **arguments)
    assert message in str(raised.value)


def test_extracts_without_marks_are_an_input_error(tmp_path):
    path = write_rows(tmp_path / "e.csv", [extract(1, 1, {"yes": 1})])
    with pytest.raises(InputError, match="finds no marks"):
        tune(path, grid={"eps": [5]})


def test_settings_change_the_last_keyword_first():
    assert settings_of({"a": [1, 2], "b": [3, 4]})[:2] == [{"a": 1, "b": 3}, {"a": 1, "b": 4}]


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(command)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_command_prints_a_row_for_each_setting(marked, run):
    done = run(marked, "--eps", "2,5.5", "--min-samples", "2,3", "--format", "csv")
    assert done.exit_code == 0, done.exception
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == [
        *("eps", "min_samples", "groups", "points", "clusters", "clusters_per_group", "noise_share", "stability"),
    ]
    assert [(row["eps"], row["min_samples"]) for row in rows] == [("2", "2"), ("2", "3"), ("5.5", "2"), ("5.5", "3")]
    found = json.loads(run(marked, "--eps", "2,5.5", "--min-samples", "2,3", "--format", "json").stdout)
    assert [float(row["stability"]) for row in rows] == [row["stability"] for row in found]
    assert "clusters_per_group" in run(marked, "--eps", "5").stdout


def test_command_draws_a_picture(marked, run, tmp_path):
    done = run(marked, "--eps", "2,5,40", "--picture", tmp_path / "tuned.png")
    assert done.exit_code == 0, done.exception
    assert (tmp_path / "tuned.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("--eps", "2,five"), UsageError),
        (("--eps", ""), UsageError),
        (("--picture", "tuned.bmp"), UsageError),
        (("--reducer", "shape_reducer_dbscan", "--shape", "heart"), UsageError),
    ],
)
def test_command_refuses_what_cannot_be_meant(marked, run, arguments, error):
    assert isinstance(run(marked, *arguments).exception, error)


def test_picture_says_what_is_missing_before_the_work(run, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    done = run(tmp_path / "none.csv", "--picture", tmp_path / "tuned.png")
    assert isinstance(done.exception, MissingExtraError)
    assert "swath[plots]" in done.exception.hint


def test_panels_have_units_and_a_line_for_each_other_keyword(marked):
    from swath.panoptes.tune_picture import draw

    drawn = draw(tune(marked, grid={"eps": [2, 5, 40], "min_samples": [2, 3]}), "a title")
    assert [len(axes.get_lines()) for axes in drawn.axes] == [2, 2, 2]
    assert {axes.get_xlabel() for axes in drawn.axes} == {"eps (pixels)"}
    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["min_samples 2", "min_samples 3"]
    assert drawn.axes[1].get_ylim() == (0, 100)


def test_picture_of_one_setting_says_that_nothing_is_compared(marked):
    from swath.panoptes.tune_picture import draw

    drawn = draw(tune(marked, grid={"eps": [5]}), "a title")
    assert [text.get_text() for text in drawn.axes[2].texts] == ["no neighbour to compare with"]
