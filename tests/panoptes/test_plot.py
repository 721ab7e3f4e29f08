"""Pictures of subjects: the outlines of shapes, what is found of a subject, and what stands in the figure."""

import sys

import numpy as np
import pytest
import shapely
import typer
from hypothesis import example, given
from hypothesis import strategies as st
from matplotlib.image import imread, imsave
from matplotlib.patches import Ellipse
from typer.testing import CliRunner

from makers import CONFORMANCE
from mark_files import extract, points, write_rows
from swath.cli.panoptes_tune import plot as command
from swath.errors import InputError, MissingExtraError, UsageError
from swath.panoptes.outlines import POINTS, Box, centres, outlines
from swath.panoptes.plot import draw, plot
from swath.panoptes.read_extracts import extracts_at, reductions_at
from swath.panoptes.reduce.csv_output import reduce_csv
from swath.panoptes.reduce.iou import geometry
from swath.panoptes.reduce.job import reduce
from swath.panoptes.shapes import SHAPES
from swath.panoptes.subject_marks import subject_marks

GOLDEN = CONFORMANCE / "panoptes" / "golden"
BOX = Box(0.0, 0.0, 800.0, 600.0)
AREAS = ("rectangle", "rotateRectangle", "temporalRotateRectangle", "circle", "ellipse", "triangle")
SIZE = st.floats(5, 200)


def one_of(shape):
    ranges = {"angle": st.floats(-360, 360), "x": SIZE, "y": SIZE, "x_center": SIZE, "y_center": SIZE}
    return st.tuples(*(ranges.get(name, SIZE) for name in SHAPES[shape]))


@example(("rotateRectangle", (96.9782044528637, 5.0, 96.9782044528637, 96.9782044528637, -37.797)))
@given(st.sampled_from(AREAS).flatmap(lambda shape: st.tuples(st.just(shape), one_of(shape))))
def test_outline_encloses_the_area_that_reducers_compare(drawn):
    shape, values = drawn
    (line,) = outlines(shape, np.array([values]), BOX)
    enclosed, area = shapely.Polygon(line), geometry(values, shape)
    # on a grid, as GEOS may find two squares that differ by a last digit twice as large as either
    assert shapely.symmetric_difference(enclosed, area, grid_size=1e-6).area < 0.01 * area.area


def test_fan_opens_about_its_rotation_clockwise_from_the_right():
    (line,) = outlines("fan", np.array([[100.0, 50.0, 20.0, 60.0, 90.0]]), BOX)
    assert line[0] == pytest.approx([100, 50])
    assert line[-1] == pytest.approx([100, 50])
    assert line[13] == pytest.approx([100, 70])
    assert line[1] == pytest.approx([100 + 20 * np.cos(np.radians(60)), 50 + 20 * np.sin(np.radians(60))])


@pytest.mark.parametrize(
    ("shape", "values", "expected"),
    [
        ("point", [3, 4], [[3, 4]]),
        ("temporalPoint", [3, 4, 1], [[3, 4]]),
        ("line", [1, 2, 3, 4], [[1, 2], [3, 4]]),
        ("fullWidthLine", [7], [[0, 7], [800, 7]]),
        ("fullHeightLine", [7], [[7, 0], [7, 600]]),
        ("column", [7, 10], [[7, 0], [17, 0], [17, 600], [7, 600], [7, 0]]),
    ],
)
def test_what_ends_at_points_or_at_the_frame(shape, values, expected):
    assert outlines(shape, np.array([values], float), BOX)[0].tolist() == expected


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_drawn_even_where_there_is_none(shape):
    values = np.full((3, len(SHAPES[shape])), 30.0)
    assert outlines(shape, values, BOX).shape[0] == 3
    assert centres(shape, values, BOX).shape == (3, 2)
    assert outlines(shape, values[:0], BOX).shape[::2] == (0, 2)


def two_clusters():
    spots = [(100 + n, 200 + 2 * (n % 3)) for n in range(6)] + [(300 + n % 2, 80 - n) for n in range(5)]
    return [*spots, (20, 20)]


@pytest.fixture
def files(tmp_path):
    marks = two_clusters()
    rows = [extract(n, 42, points([mark])) for n, mark in enumerate(marks)]
    rows += [extract(99, 43, points([(1, 1)], frame=1)), extract(98, 42, points([(5, 5)], tool="T1_tool0"), task="T1")]
    (tmp_path / "r.yaml").write_text("reducer_config: {point_reducer_dbscan: {eps: 6, min_samples: 3}}\n")
    path = write_rows(tmp_path / "e.csv", rows)
    return path, reduce_csv(path, tmp_path / "r.yaml", tmp_path)[0]


def marks_of(files, subject):
    extracts, reductions = files
    return subject_marks(extracts_at(extracts).of([subject]), reductions_at(reductions).of([subject]))


def test_marks_and_clusters_are_found_by_frame_and_tool(files):
    found, other = marks_of(files, "42")
    assert (found.frame, found.tool, found.shape) == (0, "T0_tool0", "point")
    assert sorted(map(tuple, found.marks.tolist())) == sorted((float(x), float(y)) for x, y in two_clusters())
    first, second = np.array(two_clusters()[:6], float), np.array(two_clusters()[6:11], float)
    assert found.clusters.counts.tolist() == [6, 5]
    assert found.clusters.means == pytest.approx(np.stack([first.mean(axis=0), second.mean(axis=0)]))
    assert found.clusters.covariances == pytest.approx(np.stack([np.cov(first.T), np.cov(second.T)]))
    assert sorted(map(tuple, found.clusters.members.tolist())) == sorted(map(tuple, [*first, *second]))
    assert (other.tool, other.marks.tolist(), other.clusters.counts.size) == ("T1_tool0", [[5.0, 5.0]], 0)


def test_marks_that_cannot_be_told_apart_are_left_out(tmp_path, files):
    uneven = {"frame0.T0_tool0_x": [1.0, 2.0], "frame0.T0_tool0_y": [1.0]}
    gap = {"frame0.T0_tool0_x": [1.0, None], "frame0.T0_tool0_y": [1.0, 2.0], "frame0.T0_tool0_details": [[], []]}
    path = write_rows(tmp_path / "odd.csv", [extract(1, 42, uneven), extract(2, 42, gap)])
    (found,) = (tool for tool in marks_of((path, files[1]), "42") if tool.tool == "T0_tool0")
    assert found.marks.tolist() == [[1.0, 1.0]]


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="conformance/panoptes is not here")
@pytest.mark.parametrize("shape", sorted(set(SHAPES) - {"point", "temporalPoint", "temporalRotateRectangle"}))
def test_every_shape_of_a_whole_project_is_found_and_drawn(shape):
    extracts = extracts_at(GOLDEN / f"extract/latest/shape_extractor_{shape}_w2004.csv")
    reductions = reductions_at(GOLDEN / f"reduce/latest/shape_reducer_dbscan_shape_extractor_{shape}_w2004.csv")
    subjects = extracts.subjects()
    found = [tool for s in subjects for tool in subject_marks(extracts.of([s]), reductions.of([s]))]
    assert {tool.shape for tool in found} == {shape}
    assert sum(len(tool.clusters.counts) for tool in found) > 0
    for tool in found:
        assert len(tool.clusters.members) == tool.clusters.counts.sum() <= len(tool.marks)
    draw("1", [tool for tool in found if tool.frame == 0][:5])


def test_figure_has_a_count_and_an_ellipse_for_each_cluster_and_y_points_down(files):
    drawn = draw("42", marks_of(files, "42"))
    (axes,) = drawn.axes
    assert sorted(text.get_text() for text in axes.texts) == ["5", "6"]
    bottom, top = axes.get_ylim()
    assert bottom > 202 > 20 > top
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (pixels)", "y (pixels)")
    ellipse = next(p for p in axes.patches if isinstance(p, Ellipse) and p.center[0] > 200)
    variances = np.linalg.eigvalsh(np.cov(np.array(two_clusters()[6:11]).T))
    assert sorted([ellipse.width, ellipse.height]) == pytest.approx(4 * np.sqrt(variances))
    turned = np.array([np.cos(np.radians(ellipse.angle)), np.sin(np.radians(ellipse.angle))])
    covariance = np.cov(np.array(two_clusters()[6:11]).T)
    assert turned @ covariance @ turned == pytest.approx((ellipse.width / 4) ** 2)
    labels = [text.get_text() for text in drawn.legends[0].get_texts()]
    assert labels[:2] == ["T0_tool0 (point): 12 marks, 2 clusters", "T1_tool0 (point): 1 mark, 0 clusters"]


def test_image_sets_the_frame_and_a_frame_without_stays_blank(files, tmp_path):
    image = np.zeros((250, 400, 3))
    tools = [*marks_of(files, "42"), *marks_of(files, "43")]
    first, second = draw("42", tools, [image]).axes
    assert (first.get_xlim(), first.get_ylim()) == ((0, 400), (250, 0))
    assert (len(first.images), len(second.images)) == (1, 0)
    assert [axes.get_title(loc="left") for axes in (first, second)] == ["Frame 0", "Frame 1"]


def test_picture_is_the_same_each_time_and_the_task_is_chosen(files, tmp_path):
    for name in ("a.png", "b.png"):
        plot("42", *files, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    plot("42", *files, tmp_path / "c.png", task="T1")
    assert imread(tmp_path / "c.png").shape != imread(tmp_path / "a.png").shape
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("form", ["svg", "pdf"])
def test_other_forms_tell_no_time(files, tmp_path, form):
    for name in ("a", "b"):
        plot("43", *files, tmp_path / f"{name}.{form}")
    content = (tmp_path / f"a.{form}").read_bytes()
    assert content == (tmp_path / f"b.{form}").read_bytes()
    assert b"CreationDate" not in content


def test_datasets_are_drawn_as_csv_files_are(files, tmp_path):
    extracts, reductions = files
    reduce(extracts, tmp_path / "r.yaml", tmp_path / "reduced")
    plot("42", extracts, reductions, tmp_path / "a.png")
    plot("42", extracts, tmp_path / "reduced" / "point_reducer_dbscan", tmp_path / "b.png")
    plot("42", extracts, tmp_path / "reduced", tmp_path / "c.png")
    assert len({(tmp_path / name).read_bytes() for name in ("a.png", "b.png", "c.png")}) == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"subject": "44"}, InputError, "subject 44 has no marks"),
        ({"task": "T7"}, InputError, "subject 42 has no marks of task T7"),
        ({"out": "p.bmp"}, UsageError, "cannot be 'p.bmp'"),
        ({"images": ["e.csv"]}, InputError, "is no picture"),
        ({"images": ["none.png"]}, InputError, "is no picture"),
        ({"reductions": "none.csv"}, InputError, "cannot read"),
    ],
)
def test_what_cannot_be_drawn_is_told(files, tmp_path, monkeypatch, change, error, message):
    monkeypatch.chdir(tmp_path)
    given = {"subject": "42", "extracts": files[0], "reductions": files[1], "out": "p.png"} | change
    with pytest.raises(error) as raised:
        plot(**given)
    assert message in str(raised.value)
    assert not (tmp_path / "p.png").exists()


def test_without_matplotlib_the_extra_is_named(files, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError) as raised:
        plot("42", *files, tmp_path / "p.png")
    assert "swath[plots]" in raised.value.hint


def test_command_draws_on_the_image(files, tmp_path):
    imsave(tmp_path / "subject.png", np.full((300, 400, 3), 0.5))
    app = typer.Typer()
    app.command()(command)
    arguments = ["42", "-e", files[0], "-r", files[1], "--task", "T0", "--image", tmp_path / "subject.png"]
    done = CliRunner().invoke(app, [str(argument) for argument in [*arguments, "-o", tmp_path / "p.png"]])
    assert done.exit_code == 0, done.exception
    assert done.stdout.strip() == str(tmp_path / "p.png")
    assert imread(tmp_path / "p.png").shape[2] == 4


def test_points_have_no_outline():
    assert all(outlines(shape, np.full((1, len(SHAPES[shape])), 2.0), BOX).shape == (1, 1, 2) for shape in POINTS)
