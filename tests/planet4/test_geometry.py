"""Shapes, positions and ids against p4tools 0.23.0; places against the documented rows of the catalogue."""

import csv
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from makers import CONFORMANCE
from swath.errors import UsageError
from swath.planet4 import geometry
from swath.planet4.marking_ids import marking_ids, normalise_tile_id
from swath.planet4.mars import latitude, longitude, mars_years, planetographic, seasons
from swath.planet4.projection import Projection, ground_azimuth, places_of_offsets

CASES = CONFORMANCE / "planet4"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")


def lines(name):
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def shapes(kind):
    return [case for case in lines("geometry/markings.jsonl") if case["kind"] == kind]


def columns(cases):
    return {name: np.array([case["input"][name] for case in cases], float) for name in cases[0]["input"]}


def rounded(outline):
    """An outline of two decimals, without the repeats that rounding makes."""
    points = np.round(outline, 2)
    return points[np.append(True, (points[1:] != points[:-1]).any(axis=1))]


@needs_cases
def test_fans():
    cases = shapes("fan")
    fans = columns(cases)
    first, second = geometry.fan_arms(fans)
    centres = geometry.fan_centres(fans, "x", "y")
    for n, case in enumerate(cases):
        assert first[n] == pytest.approx(case["v1"], abs=1e-9)
        assert second[n] == pytest.approx(case["v2"], abs=1e-9)
        assert centres[n] == pytest.approx(case["center"], abs=1e-9)
    sizes = fans["distance"], fans["spread"]
    assert geometry.arm_length(*sizes) == pytest.approx([case["armlength"] for case in cases])
    assert geometry.round_radius(*sizes) == pytest.approx([case["radius"] for case in cases], abs=1e-9)
    assert geometry.fan_areas(*sizes) == pytest.approx([case["area"] for case in cases], abs=1e-9)


@needs_cases
def test_blotches():
    cases = shapes("blotch")
    blotches = columns(cases)
    areas = geometry.blotch_areas(blotches["radius_1"], blotches["radius_2"])
    assert areas == pytest.approx([case["area"] for case in cases])


@needs_cases
@pytest.mark.parametrize(("kind", "outlines"), [("fan", geometry.fan_outlines), ("blotch", geometry.blotch_outlines)])
def test_outlines(kind, outlines):
    cases = [case for case in shapes(kind) if case.get("polygon")]
    for case, outline in zip(cases, outlines(columns(cases)), strict=True):
        wanted = np.array(case["polygon"])
        if kind == "fan":
            ours = rounded(np.vstack([outline, outline[:1]]))
            # of two points a hundredth of a pixel apart, rounding may keep either
            assert len(ours) == pytest.approx(len(wanted), abs=3)
            nearest = np.sqrt(((wanted[:, None] - ours[None]) ** 2).sum(axis=2)).min(axis=1)
            assert nearest.max() < 0.0151
        else:
            assert np.vstack([outline, outline[:1]]) == pytest.approx(wanted, abs=1e-9)


@needs_cases
def test_positions_in_an_observation():
    for case in lines("geometry/pixels.jsonl"):
        stride = geometry.X_STRIDE if case["axis"] == "x" else geometry.Y_STRIDE
        tile = np.array([float(case["tile"])])
        assert geometry.in_observation(np.array([case["p4pix"]]), tile, stride)[0] == case["expected"]
        assert geometry.tile_centre(tile, stride)[0] == case["center"]
    for case in lines("geometry/rotate_vector.jsonl"):
        x, y = (np.array([float(value)]) for value in case["v"])
        turned = geometry.rotated(x, y, np.array([float(case["angle"])]))
        assert [float(value[0]) for value in turned] == pytest.approx(case["expected"], abs=1e-12)


@needs_cases
def test_places_of_offsets():
    for case in lines("geometry/pixel_offsets_to_lonlat.jsonl"):
        wanted = case["input"]
        offsets = np.stack([wanted["dx"], wanted["dy"]], axis=1)
        origin = wanted["lon0"], wanted["lat0"]
        lon, lat = places_of_offsets(offsets, origin, wanted["north_azimuth"], wanted["map_scale"])
        difference = np.mod(lon - np.array(case["lon"]) + 180, 360) - 180
        assert difference == pytest.approx(np.zeros(lon.size), abs=1e-9)
        assert lat == pytest.approx(case["lat"], abs=1e-9)


@needs_cases
def test_documented_places():
    with (CASES / "doc_tables" / "001_00_io_ipynb.csv").open(encoding="utf-8") as file:
        next(file)
        rows = list(csv.DictReader(file))
    x, y, z = (np.array([float(row[f"BodyFixedCoordinate{axis}"]) for row in rows]) for axis in "XYZ")
    centric = latitude(x, y, z)
    assert centric == pytest.approx([float(row["PlanetocentricLatitude"]) for row in rows], abs=1e-6)
    assert longitude(x, y) == pytest.approx([float(row["Longitude"]) for row in rows], abs=1e-6)
    assert planetographic(centric) == pytest.approx([float(row["PlanetographicLatitude"]) for row in rows], abs=1e-6)


@needs_cases
def test_mars_years():
    for case in lines("ids/mars_year.jsonl"):
        time = None if case["time"] is None else np.datetime64(case["time"], "us")
        assert mars_years(pa.array([time], pa.timestamp("us"))).tolist() == [case["MY"]], case


@needs_cases
def test_ids():
    for case in lines("ids/normalize_tile_id.jsonl"):
        if "error" in case:
            with pytest.raises(UsageError, match="too long"):
                normalise_tile_id(case["input"])
        else:
            assert normalise_tile_id(case["input"]) == case["expected"]
    for case in lines("ids/marking_id.jsonl"):
        assert marking_ids("F", case["n"], 1).to_pylist() == [case["fan"]]
        assert marking_ids("B", case["n"], 1).to_pylist() == [case["blotch"]]


@given(st.integers(0, 1 << 26), st.integers(0, 50))
def test_ids_are_hexadecimal_numbers(start, count):
    found = marking_ids("F", start, count).to_pylist()
    assert [int(identity[1:], 16) for identity in found] == list(range(start, start + count))
    assert sorted(found) == found


def test_seasons():
    found = seasons(["PSP_003545_0925", "ESP_011178_0945", "ESP_022496_0930", "ESP_033311_0950", "ESP_047189_0955"])
    assert found == [1, 2, 3, 4, 5]
    assert seasons(["ESP_010000_0950", "tutorial", ""]) == [None, None, None]


def centres(columns_of_tiles, rows_of_tiles):
    tiles = np.array([(x, y) for x in range(1, columns_of_tiles + 1) for y in range(1, rows_of_tiles + 1)], float)
    across, down = geometry.tile_centre(tiles[:, 0], 740), geometry.tile_centre(tiles[:, 1], 548)
    return np.stack([across, down], axis=1)


def test_a_quadratic_is_fitted_exactly():
    positions = centres(4, 9)
    u, v = positions.T
    truth = np.stack([1 + u / 4e3, 2 - v / 4e3 + u * v / 1e9, -3370 + u * u / 1e9 - v * v / 1e9], axis=1)
    projection = Projection.fit(positions, truth)
    assert projection.coefficients.shape == (6, 3)
    assert projection.residual == pytest.approx(np.zeros(3), abs=1e-8)
    between = positions[:-1] + 100
    assert projection.place(between)[:, 0] == pytest.approx(1 + between[:, 0] / 4e3)


@pytest.mark.parametrize(("shape", "terms"), [((2, 9), 5), ((9, 2), 5), ((2, 2), 3), ((1, 9), None), ((1, 1), None)])
def test_few_centres(shape, terms):
    positions = centres(*shape)
    projection = Projection.fit(positions, np.stack([positions[:, 0], positions[:, 1], positions[:, 0]], axis=1) / 4e3)
    assert (None if projection is None else len(projection.coefficients)) == terms


def test_azimuths():
    assert ground_azimuth(np.array([10.0, 350.0]), np.array([20.0, -20.0])).tolist() == [350.0, 10.0]
