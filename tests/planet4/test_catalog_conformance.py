"""A whole production run of p4tools 0.23.0: clusters, fnotches, final markings, and the published CSV files."""

import csv
import io
import json

import pytest

from makers import CONFORMANCE
from reading import records
from swath.planet4.catalog import CatalogSettings, CatalogSources, catalog
from swath.planet4.catalog_csv import write_catalog_csv
from swath.planet4.clustering.job import cluster
from swath.planet4.clustering.settings import ClusterSettings
from swath.planet4.combine import CombineSettings, combine

CASES = CONFORMANCE / "planet4" / "catalog"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")
SOURCES = CatalogSources(campt=CASES, metadata=CASES / "P4_catalog_vT_metadata.csv")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("catalog")
    cluster(CASES / "input_markings.parquet", root / "clusters", settings=ClusterSettings(as_published=True))
    combine(root / "clusters", root / "combined", settings=CombineSettings(as_published=True))
    return root


def level(name):
    """The rows of all tiles of one level, each with its kind."""
    for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        for row in csv.DictReader(io.StringIO(case["csv"])):
            yield case, row


def place(row, tile, obsid):
    return row[obsid], row[tile], round(float(row["x"]), 6), round(float(row["y"]), 6), float(row["n_votes"])


def ids(run):
    """Our id of each of the peer's, which numbers the tiles in another order."""
    ours = {place(row, "tile_id", "obsid"): row["marking_id"] for row in records(run / "clusters", "clusters")}
    found = {}
    for _, row in level("L1A"):
        found[row["marking_id"], row["image_name"]] = ours.pop(place(row, "tile_id", "image_name"))
    assert not ours
    return found


def test_clusters(run):
    known = {(r["marking_id"], r["obsid"]): r for r in records(run / "clusters", "clusters")}
    matched = ids(run)
    for _, row in level("L1A"):
        ours = known[matched[row["marking_id"], row["image_name"]], row["image_name"]]
        for name, text in row.items():
            if name not in ("marking_id", "tile_id", "image_name", "local_mars_time"):
                near = 1e-5 if "std" in name else 1e-15
                assert ours[name] == (pytest.approx(float(text), rel=1e-12, abs=near) if text else None), name


def test_final_markings(run):
    matched = ids(run)
    wanted = [
        (matched[row["marking_id"], row["image_name"]], float(row["vote_ratio"]) if row.get("vote_ratio") else None)
        for _, row in level("L1C")
    ]
    found = [(row["marking_id"], row["vote_ratio"]) for row in records(run / "combined", "combined")]
    assert sorted(found, key=str) == [(i, pytest.approx(ratio)) for i, ratio in sorted(wanted, key=str)]


def test_fnotches(run):
    matched = ids(run)
    wanted, fan = [], None
    for case, row in level("L1B"):
        if case["kind"] == "fnotches":
            identity = matched[row["marking_id"], row["image_name"]]
            if row[""] == "fan":
                fan = identity, float(row["vote_ratio"])
            else:
                wanted.append((fan[0], identity, fan[1], float(row["vote_ratio"])))
    found = [
        (r["fan_id"], r["blotch_id"], r["fan_ratio"], r["blotch_ratio"]) for r in records(run / "combined", "fnotches")
    ]
    assert len(found) == len(wanted) > 0
    for ours, expected in zip(sorted(found), sorted(wanted), strict=True):
        assert ours == pytest.approx(expected)


@pytest.mark.parametrize(("renumber", "suffix"), [(False, ""), (True, "_fixed_ids")])
@pytest.mark.parametrize("kind", ["fan", "blotch"])
def test_published_csv(run, tmp_path, kind, renumber, suffix):
    catalog(run / "combined", tmp_path / "out", sources=SOURCES, settings=CatalogSettings(renumber))
    paths = write_catalog_csv(tmp_path / "out", tmp_path / "csv")
    ours = next(path for path in paths if path.stem.startswith(kind)).read_text(encoding="utf-8").splitlines()
    theirs = (
        (CASES / f"P4_catalog_vT_L1C_cut_0.5_{kind}_meta_merged{suffix}.csv").read_text(encoding="utf-8").splitlines()
    )
    assert ours[0] == theirs[0]
    # the ids follow the order of the tiles, which is another one
    assert sorted(line.split(",", 1)[1] for line in ours) == sorted(line.split(",", 1)[1] for line in theirs)
    if renumber:
        assert [line.split(",", 1)[0] for line in ours] == [line.split(",", 1)[0] for line in theirs]
