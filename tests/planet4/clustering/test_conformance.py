"""Clustering against p4tools 0.23.0: 54 tiles, the members of each cluster and their averages."""

import csv
import io
import json

import numpy as np
import pytest

from makers import CONFORMANCE
from reading import records
from swath.planet4.clustering.job import NEEDED, ShuffleStage, cluster, tile_markings
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.clustering.tiles import cluster_blotches, cluster_fans, min_samples
from swath.planet4.marking_files import MarkingFiles

CASES = CONFORMANCE / "planet4" / "clustering"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")
TILES = (
    [json.loads(line) for line in (CASES / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    if CASES.is_dir()
    else []
)
PUBLISHED = ClusterSettings(as_published=True)


def input_of(case):
    return CASES / f"{case['name']}.input.parquet"


@pytest.mark.parametrize("case", TILES, ids=[case["name"] for case in TILES])
def test_averages(case, tmp_path):
    cluster(input_of(case), tmp_path / "out", settings=PUBLISHED)
    found = records(tmp_path / "out", "clusters")
    for kind in ("fan", "blotch"):
        ours = [row for row in found if row["marking"] == kind]
        wanted = list(csv.DictReader(io.StringIO(case["l1a_csv"][kind] or "")))
        assert len(ours) == len(wanted)
        for row, expected in zip(ours, wanted, strict=True):
            for name, text in expected.items():
                if name in ("hirise_x", "hirise_y", "local_mars_time"):
                    continue
                value = row["obsid" if name == "image_name" else name]
                if name in ("tile_id", "image_name"):
                    assert value == text
                elif text == "":
                    assert value is None, name
                else:
                    # a standard deviation of 0 is the root of what rounding leaves
                    assert value == pytest.approx(float(text), rel=1e-12, abs=1e-5 if "std" in name else 1e-15), name


@pytest.mark.parametrize("case", TILES, ids=[case["name"] for case in TILES])
def test_members(case):
    files = MarkingFiles.open(input_of(case), NEEDED, "")
    stage = ShuffleStage(files, (), PUBLISHED)
    (chunk,) = stage.chunks(None)
    frame, _ = stage.process(chunk, None).shuffled["markings"]
    markings, _ = tile_markings(frame)
    least = min_samples(markings, PUBLISHED)
    assert least.tolist() == ([case["min_samples"]] if case["n_marked_classifications"] else [])
    read = stage.files.chunks()
    positions = drawn_positions(next(read))
    for kind, clustered in (("fan", cluster_fans), ("blotch", cluster_blotches)):
        groups = clustered(markings, least, PUBLISHED)
        members = (
            [positions[part].tolist() for part in np.split(groups.rows, groups.offsets[1:-1])] if groups.count else []
        )
        assert members == [members for run in case["final_clusters"][kind] for members in run]


def drawn_positions(chunk):
    """Where the fans and blotches stand in the whole input."""
    from swath.planet4.marking_files import read_groups

    kinds = read_groups(chunk, ["marking"])["marking"].to_pylist()
    return np.array([n for n, kind in enumerate(kinds) if kind in ("fan", "blotch")])
