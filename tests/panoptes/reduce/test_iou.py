"""Averages of shapes by their areas."""

import numpy as np
import pytest

pytest.importorskip("shapely")

from swath.panoptes.reduce.iou import medoid, shape_distance

RNG = np.random.default_rng(5)


@pytest.mark.parametrize(("shape", "width"), [("circle", 3), ("rectangle", 4), ("ellipse", 5), ("triangle", 4)])
def test_of_two_marks_the_first_is_the_average_whatever_the_areas_round_to(shape, width):
    for _ in range(25):
        points = RNG.uniform(5, 20, (2, width))
        found, spread = medoid(points, shape, 0.5)
        assert found == points[0].tolist()
        assert spread == pytest.approx(shape_distance(points[0], points[1], shape, 0.5))


def test_the_average_is_the_mark_nearest_to_all():
    points = np.array([[8, 0, 10, 10], [0, 0, 10, 10], [4, 0, 10, 10]], np.float64)
    assert medoid(points, "rectangle", 0.5)[0] == [4, 0, 10, 10]


def test_a_mark_without_area_is_no_farther_from_itself_than_any():
    points = np.array([[0, 0, 0, 0], [5, 5, 0, 0]], np.float64)
    assert medoid(points, "rectangle", 0.5)[0] == [0, 0, 0, 0]
