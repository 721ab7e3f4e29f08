"""Every extractor against panoptes_aggregation 5.3.1, case by case."""

import importlib.util
import json

import pytest

from makers import CONFORMANCE
from swath.errors import UsageError
from swath.panoptes.extract.annotations import classification_of
from swath.panoptes.extract.run import prepare

CASES = CONFORMANCE / "panoptes"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/panoptes is not here")


def cases():
    if not CASES.is_dir():
        return []
    spec = importlib.util.spec_from_file_location("case_codec", CASES / "case_codec.py")
    codec = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(codec)
    lines = (CASES / "extractors.jsonl").read_text(encoding="utf-8").splitlines()
    return [codec.dec(json.loads(line)) for line in lines]


def without_version(extract):
    if isinstance(extract, list):
        return [without_version(each) for each in extract]
    return {name: value for name, value in extract.items() if name != "aggregation_version"}


def same(one, other):
    if isinstance(one, dict) and isinstance(other, dict):
        one, other = ({k: v for k, v in each.items() if v != {}} for each in (one, other))
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    return one == other


@pytest.mark.parametrize("compat", [True, False], ids=["compat", "documented"])
@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_every_extractor_case(case, compat):
    given = dict(case["classification"])
    classification = classification_of(given.pop("annotations"), given.pop("metadata", {}), **given)
    keywords = {"task": "all", **case["kwargs"]}
    if case["actual"] is None:
        with pytest.raises(UsageError, match="cannot be"):
            prepare(case["extractor"], keywords, compat=compat)
        return
    extracts = prepare(case["extractor"], keywords, compat=compat).extract(classification)
    actual = without_version(case["actual"])
    expected = actual if isinstance(actual, list) else [actual]
    assert same(extracts, expected), (extracts, expected)


@pytest.mark.parametrize("case", [c for c in cases() if "blank_extract" in c], ids=lambda case: case["id"])
def test_a_classification_without_the_task(case):
    extracts = prepare(case["extractor"], {"task": "all", **case["kwargs"]}).extract(classification_of([], {}))
    expected = case["blank_extract"]
    assert extracts == (expected if isinstance(expected, list) else [expected])
