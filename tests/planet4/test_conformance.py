"""The conversion against p4tools 0.23.0: single cells, and whole exports cell for cell."""

import gzip
import json
import math

import pyarrow.parquet as pq
import pytest

from makers import CONFORMANCE, planet4_row, write_export
from reading import counts, records, rejects
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.planet4.convert import ConvertSettings, convert
from swath.planet4.lookups import LookupFiles

CASES = CONFORMANCE / "planet4"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")

REFUSED = {"x_is_text"}
"""Read by the peer's parser, but the conversion as a whole raises on it."""

GEOMETRY = ("x", "y", "radius_1", "radius_2", "distance", "angle", "spread")


def lines(name):
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def null(value):
    return None if isinstance(value, float) and math.isnan(value) else value


def test_every_annotations_case(tmp_path):
    cases = lines("extract/parse_annotations.jsonl")
    rows = [planet4_row(n, annotations=case["input"]) for n, case in enumerate(cases)]
    convert([write_export(tmp_path / "c.csv", rows)], tmp_path / "out")
    found = records(tmp_path / "out", "markings")
    refused = {r["classification_id"] for r in records(tmp_path / "out", "quarantine")}
    for number, case in enumerate(cases):
        identity = 100_000_000 + number
        markings = [r for r in found if r["classification_id"] == identity]
        if "error" in case or case["name"] in REFUSED:
            assert identity in refused, case["name"]
            assert not markings, case["name"]
            continue
        distinct = {(m["marking"], m.get("x"), m.get("y")): m for m in reversed(case["expected"])}
        assert len(markings) == len(distinct), case["name"]
        for marking in markings:
            wanted = distinct[marking["marking"], marking["x"], marking["y"]]
            assert {k: marking[k] for k in GEOMETRY} == {k: wanted.get(k) for k in GEOMETRY}, case["name"]


def test_every_subject_data_case(tmp_path):
    cases = lines("extract/parse_subject_data.jsonl")
    rows = [planet4_row(n, subject_data=case["input"]) for n, case in enumerate(cases)]
    convert([write_export(tmp_path / "c.csv", rows)], tmp_path / "out")
    found = {r["classification_id"]: r for r in records(tmp_path / "out", "markings")}
    refused = {r["classification_id"] for r in records(tmp_path / "out", "quarantine")}
    names = {"tile_id": "image_id", "obsid": "image_name", "x_tile": "x_tile", "y_tile": "y_tile"}
    for number, case in enumerate(cases):
        identity = 100_000_000 + number
        if "error" in case:
            assert identity in refused, case["name"]
        else:
            got = {theirs: found[identity][ours] for theirs, ours in names.items()}
            assert got == {name: case["expected"][name] for name in names}, case["name"]


def test_every_locations_case(tmp_path):
    cases = lines("extract/locations.jsonl")
    subjects = [{"subject_id": 500 + n, "locations": case["input"]} for n, case in enumerate(cases)]
    rows = [planet4_row(n, subject_data={str(500 + n): {}}) for n in range(len(cases))]
    lookups = LookupFiles(write_export(tmp_path / "s.csv", subjects, ["subject_id", "locations"]))
    convert([write_export(tmp_path / "c.csv", rows)], tmp_path / "out", lookups=lookups)
    urls = [r["image_url"] for r in records(tmp_path / "out", "markings")]
    for case, url in zip(cases, urls, strict=True):
        if "error" not in case:
            assert url == (None if case["expected"] is None else str(case["expected"])), case["input"]


@pytest.mark.parametrize("clean", [False, True], ids=["seed", "clean"])
@pytest.mark.parametrize("name", ["tiny", "small", "plain"])
@pytest.mark.parametrize("chunk_size", [1 << 20, 64 << 10])
def test_whole_exports_cell_for_cell(tmp_path, name, clean, chunk_size):
    folder = CASES / "e2e" / name
    export = tmp_path / "planet-four-classifications.csv"
    export.write_bytes(gzip.decompress((folder / f"{export.name}.gz").read_bytes()))
    lookups = LookupFiles(*(folder / f for f in ("planet-four-subjects.csv", "tile_coords.csv", "metadata.csv")))
    running = Running(Workers("threads", 2))
    settings = ConvertSettings(clean=clean, chunk_size=chunk_size)
    convert([export], tmp_path / "out", lookups=lookups, settings=settings, running=running)
    expected = pq.read_table(folder / f"expected_{'clean' if clean else 'seed'}.parquet")
    found = records(tmp_path / "out", "markings")
    assert list(found[0]) == expected.schema.names
    for got, wanted in zip(found, expected.to_pylist(), strict=True):
        assert got == {column: null(value) for column, value in wanted.items()}
    known = json.loads((folder / "expected_counts.json").read_text())
    counted = counts(tmp_path / "out")
    assert counted["classifications"] + counted["repeated classifications"] == known["main"]
    assert {w: counted[f"skipped: workflow {w}"] for w in known["skipped"]} == known["skipped"]
    assert not rejects(tmp_path / "out")


def test_compressed_equals_plain(tmp_path):
    folder = CASES / "e2e" / "tiny"
    packed = folder / "planet-four-classifications.csv.gz"
    plain = tmp_path / "plain.csv"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    settings = ConvertSettings(chunk_size=50_000)
    convert([packed], tmp_path / "a", settings=settings)
    convert([plain], tmp_path / "b", settings=settings)
    assert records(tmp_path / "a", "markings") == records(tmp_path / "b", "markings")
    assert not list(tmp_path.rglob("spool/*"))
