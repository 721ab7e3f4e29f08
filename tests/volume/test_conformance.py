"""Datasets that webknossos 4.3.3 wrote are read as it reads them; the file of checks runs against this package."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from swath.volume import Dataset

pytest.importorskip("wkw")
pytest.importorskip("tensorstore")
CASES = Path(__file__).parents[3] / "shared" / "conformance" / "volume"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/volume is not here")
MANIFEST = json.loads((CASES / "manifest.json").read_text()) if CASES.is_dir() else {"datasets": []}


@pytest.mark.parametrize("case", MANIFEST["datasets"], ids=lambda case: Path(case["path"]).name)
def test_datasets(case):
    dataset = Dataset.open(CASES / case["path"], read_only=True)
    assert (dataset.name, set(dataset.layers)) == (case["name"], set(case["layers"]))
    assert dataset.voxel_size == pytest.approx(case["voxel_size_nm"])
    for name, expected in case["layers"].items():
        layer = dataset.get_layer(name)
        assert (layer.category, layer.dtype.name, layer.num_channels) == (
            expected["category"], expected["dtype"], expected["num_channels"],
        )  # fmt: skip
        assert {str(mag) for mag in layer.mags} == set(expected["mags"])
        for mag, known in expected["mags"].items():
            array = np.load(CASES / known["expected"])["a"]
            view = layer.get_mag(mag)
            assert np.array_equal(view.read(), array, equal_nan=array.dtype.kind == "f")
            assert (list(view.info.chunk_shape), view.info.compressed) == (known["chunk_shape"], known["compressed"])


def test_the_file_of_checks():
    command = [sys.executable, str(CASES / "check_cases.py"), "--impl", "swath.volume", "--only", "datasets"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert re.search(r"^\d+ checks, 0 failures", done.stdout, re.MULTILINE), (done.stdout + done.stderr)[-3000:]
