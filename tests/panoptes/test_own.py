"""Extractors and reducers of other packages, found by their entry points: the reducer is the documentation's."""

import json
import re
from pathlib import Path

import pytest
import yaml

from makers import row, write_export
from reading import records
from swath.errors import UsageError
from swath.panoptes.extract.job import extract
from swath.panoptes.extract.registry import extractors
from swath.panoptes.reduce.job import reduce
from swath.panoptes.reduce.registry import names
from swath.panoptes.reduce.wrapper import prepare

PAGE = Path(__file__).parents[2] / "docs" / "aggregation.md"
EXTRACTOR = """
from swath.panoptes.extract.model import Extractor


def source(classification):
    return {"source": classification.metadata["source"], "text": str(len(classification.annotations))}


SOURCE = Extractor("source_extractor", "Tells where a classification was made", lambda: source)
"""


def block(language):
    return re.search(f"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package that is installed, with the documentation's reducer and an extractor that reads the metadata."""
    place = tmp_path / "installed"
    about = place / "my_package-1.dist-info"
    about.mkdir(parents=True)
    (place / "my_package.py").write_text(block("python") + EXTRACTOR, encoding="utf-8")
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: my-package\nVersion: 1\n", encoding="utf-8")
    declared = block("toml").replace('[project.entry-points."swath.reducers"]', "[swath.reducers]").replace('"', "")
    declared += "[swath.extractors]\nsource_extractor = my_package:SOURCE\n"
    (about / "entry_points.txt").write_text(declared, encoding="utf-8")
    monkeypatch.syspath_prepend(place)
    extractors.cache_clear()
    yield
    extractors.cache_clear()


@pytest.mark.usefixtures("package")
def test_what_another_package_brings_is_found_and_used(tmp_path):
    said = [[{"task": "T0", "value": "Yes"}], []]
    export = write_export(tmp_path / "c.csv", [
        row(n, workflow_id=7, workflow_version="3.4", subject_ids=5, annotations=json.dumps(said[n]),
            metadata=json.dumps({"source": f"sms {n}"})) for n in (0, 1)
    ])  # fmt: skip
    config, reducer = tmp_path / "e.yaml", tmp_path / "r.yaml"
    entries = {"source_extractor": [{"task": "T0"}]}
    config.write_text(yaml.safe_dump({"extractor_config": entries, "workflow_id": 7, "workflow_version": "3"}))
    reducer.write_text(yaml.safe_dump({"reducer_config": {"longest_text_reducer": {"least": 1}}}))
    extract([export], config, tmp_path / "out")
    assert [r["data.source"] for r in records(tmp_path / "out", "source_extractor")] == ["sms 0", "sms 1"]
    assert "longest_text_reducer" in names()
    reduce(tmp_path / "out" / "source_extractor", reducer, tmp_path / "red")
    assert [r["data.longest"] for r in records(tmp_path / "red", "longest_text_reducer")] == ["1"]
    with pytest.raises(UsageError, match="is it 'least'"):
        prepare("longest_text_reducer", {"leest": 1})
