"""Two real projects with what the peer made of them."""

import json

import pytest
import yaml

from makers import CONFORMANCE
from peer_csv import difference, rows_of
from swath.panoptes.config.workflow import config_workflow
from swath.panoptes.extract.csv_output import extract_csv
from swath.panoptes.reduce.csv_output import reduce_csv

REAL = CONFORMANCE / "panoptes" / "cli"
pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="conformance/panoptes is not here")


def without_version(rows):
    """Rows without what an older version of the peer writes otherwise."""
    left_out = ("data.aggregation_version", "data.parameters.", "data.threshold")
    return [{name: value for name, value in row.items() if not name.startswith(left_out)} for row in rows]


def test_a_question(tmp_path):
    project = REAL / "real_question"
    written = config_workflow(project / "workflows.csv", 10, "16.55").write(tmp_path)
    for path in written:
        assert path.read_bytes() == (project / "peer" / path.name).read_bytes()
    (extracts,), _ = extract_csv([project / "classifications.csv"], written[0], tmp_path)
    assert difference(rows_of(extracts), rows_of(project / "peer" / extracts.name)) is None
    reduced, _ = reduce_csv(extracts, written[1], tmp_path, compat=True)
    assert difference(rows_of(reduced), rows_of(project / "peer" / reduced.name)) is None


def test_extracts_of_polygons(tmp_path):
    project = REAL / "real_cats_polygon"
    expected = without_version(rows_of(project / "docs_polygon_extractor_extractions.csv"))
    entries = {"polygon_extractor": [{"task": "T0"}]}
    config = tmp_path / "e.yaml"
    workflow = int(expected[0]["workflow_id"])
    config.write_text(yaml.safe_dump({"extractor_config": entries, "workflow_id": workflow, "workflow_version": {}}))
    (extracts,), _ = extract_csv([project / "classifications.csv"], config, tmp_path)
    ids = {row["classification_id"] for row in expected}
    found = [row for row in without_version(rows_of(extracts)) if row["classification_id"] in ids]
    assert difference(found, expected) is None


@pytest.mark.parametrize("average", ["median", "intersection", "union"])
def test_reductions_of_polygons(tmp_path, average):
    project = REAL / "real_cats_polygon"
    config = tmp_path / "r.yaml"
    config.write_text(yaml.safe_dump({"reducer_config": {"polygon_reducer": {"average_type": average}}}))
    reduced, _ = reduce_csv(project / "docs_polygon_extractor_extractions.csv", config, tmp_path, compat=True)
    expected = rows_of(project / f"docs_polygon_reducer_reductions_{average}.csv")
    assert difference(without_version(rows_of(reduced)), without_version(expected)) is None


@pytest.mark.parametrize(
    "case", sorted((REAL / "reduce").iterdir()) if REAL.is_dir() else [], ids=lambda case: case.name
)
def test_the_peers_command_line(tmp_path, case):
    given = json.loads((case / "case.json").read_text(encoding="utf-8"))["kwargs"]
    written, _ = reduce_csv(
        case / "extracts.csv", case / "reducer_config.yaml", tmp_path, order=given.get("order", False), compat=True
    )
    for expected in (case / "real_output").iterdir():
        assert difference(without_version(rows_of(written)), without_version(rows_of(expected))) is None
        if given.get("order"):
            assert written.read_text().split("\n", 1)[0] == expected.read_text().split("\n", 1)[0]
