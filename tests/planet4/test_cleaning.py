"""Cleaning against p4tools 0.23.0 and planet4 0.11.2: each step, and the three cleanings as a whole."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from makers import CONFORMANCE
from swath.planet4 import cleaning
from swath.planet4.clean import GEOMETRY, SECTIONS

CASES = CONFORMANCE / "planet4" / "cleaning"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")
COLUMNS = ("row", "x", "y", "radius_1", "radius_2", "distance", "angle", "spread")


def read(name):
    table = pq.read_table(CASES / f"{name}.parquet")
    geometry = {column: table[column].to_numpy() for column in GEOMETRY}
    return table, cleaning.kinds_of(table["marking"]), geometry


@pytest.mark.parametrize(("step", "test"), [
    ("filter_nan_required", cleaning.is_complete),
    ("filter_default_markings", cleaning.is_drawn),
    ("filter_out_of_frame", cleaning.is_in_frame),
])  # fmt: skip
def test_what_is_dropped(step, test):
    table, kinds, geometry = read("input")
    kept = test(kinds, geometry)
    assert sorted(table["row"].to_numpy()[kept]) == sorted(read(f"expected_{step}")[0]["row"].to_pylist())


@pytest.mark.parametrize(("step", "turn"), [
    ("canonicalize_blotch_geometry", cleaning.normalise_blotches),
    ("canonicalize_fan_angles", cleaning.normalise_fans),
    ("compute_angle_components", lambda _, geometry: geometry | cleaning.direction(geometry["angle"])),
])  # fmt: skip
def test_what_is_turned(step, turn):
    _, kinds, geometry = read("input")
    turned = turn(kinds, geometry)
    expected = read(f"expected_{step}")[0]
    for name, values in turned.items():
        np.testing.assert_array_equal(values, expected[name].to_numpy(), name)


@pytest.mark.parametrize(("name", "rules"), [
    ("clean_panoptes", cleaning.PANOPTES),
    ("clean_zooniverse_v1", cleaning.ZOONIVERSE_V1),
    ("legacy_filter_data", cleaning.LEGACY),
])  # fmt: skip
def test_a_whole_cleaning(name, rules):
    table, kinds, geometry = read("input")
    cleaned = cleaning.clean(kinds, geometry, rules)
    rows, left = table["row"].to_numpy()[cleaned.kept], kinds[cleaned.kept]
    order = np.concatenate([np.flatnonzero(left == kind) for kind in SECTIONS])
    expected = read(f"expected_{name}")[0]
    assert rows[order].tolist() == expected["row"].to_pylist()
    for column in (c for c in expected.column_names if c in cleaned.geometry and rules is not cleaning.LEGACY):
        np.testing.assert_array_equal(cleaned.geometry[column][order], expected[column].to_numpy(), column)
    assert sum(cleaned.dropped.values()) == table.num_rows - expected.num_rows
