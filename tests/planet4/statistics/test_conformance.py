"""Statistics of a catalogue against p4tools 0.23.0."""

import json
import math

import numpy as np
import pyarrow.parquet as pq
import pytest

from makers import CONFORMANCE
from swath.errors import UsageError
from swath.planet4.published import Catalogue
from swath.planet4.statistics.activity import classify, classify_all
from swath.planet4.statistics.azimuth import direction_histogram
from swath.planet4.statistics.coverage import coverage_percentiles, obsid_coverage, tile_coverage
from swath.planet4.statistics.quality import QualitySettings, tile_quality, with_uncertainty

CASES = CONFORMANCE / "planet4" / "stats"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")


@pytest.fixture
def catalogue():
    return Catalogue.of_files(CASES / "fans.parquet", CASES / "blotches.parquet")


def same(found, expected, rel=1e-12):
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        for name, value in theirs.items():
            missing = value is None or (isinstance(value, float) and math.isnan(value))
            wanted = None if missing else pytest.approx(value, rel=rel) if isinstance(value, float) else value
            assert ours[name] == wanted, (ours, name)


@pytest.mark.parametrize("average", ["median", "mean"])
@pytest.mark.parametrize("kind", ["both", "fan", "blotch"])
def test_tile_quality(catalogue, kind, average):
    found = tile_quality(catalogue, QualitySettings(kind, average=average)).to_pylist()
    same(found, pq.read_table(CASES / f"expected_tile_quality_{kind}_{average}.parquet").to_pylist())


@pytest.mark.parametrize("name", ["fans", "blotches"])
def test_uncertainty(name):
    found = with_uncertainty(pq.read_table(CASES / f"{name}.parquet")).to_pylist()
    same(found, pq.read_table(CASES / f"expected_{name}_uncertainty.parquet").to_pylist())


def test_coverage(catalogue):
    coverage = tile_coverage(catalogue)
    same(coverage.to_pylist(), pq.read_table(CASES / "expected_coverage.parquet").to_pylist(), 1e-9)
    per_obsid = pq.read_table(CASES / "expected_coverage_per_obsid.parquet").to_pylist()
    same(obsid_coverage(coverage).to_pylist(), per_obsid, 1e-9)
    expected = json.loads((CASES / "expected_pct_summary.json").read_text(encoding="utf-8"))
    assert coverage_percentiles(coverage) == pytest.approx(expected)


def activities():
    if not CASES.is_dir():
        return []
    return [
        json.loads(line) for line in (CASES / "classify_by_activity.jsonl").read_text(encoding="utf-8").splitlines()
    ]


@pytest.mark.parametrize("case", activities(), ids=lambda case: case["name"])
def test_activity(case):
    found = classify(case["counts"])
    assert (found.pattern, found.empty_share, found.mean_count) == (
        case["pattern"], pytest.approx(case["frac_zero"]), pytest.approx(case["mean_count"])
    )  # fmt: skip
    assert found.bic1 == pytest.approx(case["bic1"], rel=1e-6)
    assert found.busy.astype(int).tolist() == case["busy"]
    if case["bic2"] is None:
        assert math.isnan(found.bic2)
    elif case["name"] != "quiet":
        # where nearly all counts are 0 the second distribution is one point, and its likelihood a matter of rounding
        assert found.bic2 == pytest.approx(case["bic2"], rel=1e-6)
    if case["cluster_means"]:
        assert found.means == pytest.approx(case["cluster_means"], rel=1e-6)


def test_small_observations_are_measured_by_the_large_ones():
    large = next(case for case in activities() if case["name"] == "bimodal")
    found = classify_all({"large": np.array(large["counts"], float), "small": np.full(5, 2.0)})
    assert found["small"].pattern == "unimodal_quiet"
    assert classify_all({"small": np.full(5, 2.0)})["small"].pattern == "unimodal_busy"
    with pytest.raises(UsageError, match="without tiles"):
        classify([])


def test_direction_histogram():
    fans = pq.read_table(CASES / "fans.parquet")
    expected = json.loads((CASES / "expected_direction_histogram.json").read_text(encoding="utf-8"))
    edges, shares = direction_histogram(fans, 3.6)
    assert edges.tolist() == pytest.approx(expected["seg3_6"]["theta"])
    assert shares.tolist() == pytest.approx(expected["seg3_6"]["radii"])
    edges, shares = direction_histogram(fans, 10)
    counts = np.array(expected["seg10_counts"]["radii"])
    assert (shares * 10 * fans.num_rows).tolist() == pytest.approx(counts.tolist())
