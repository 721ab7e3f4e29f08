"""Reading the rows of some subjects, from CSV files and from tables."""

import gzip

import pytest

from makers import row, write_export
from mark_files import extract, points, write_rows
from swath.errors import InputError, UsageError
from swath.panoptes import read_extracts
from swath.panoptes.extract.job import extract as extract_export

CONFIG = """
extractor_config:
  point_extractor_by_frame: [{task: T0, tools: [0, 1]}]
workflow_id: 2001
workflow_version: '3.23'
"""


@pytest.fixture
def dataset(tmp_path):
    def annotations(number):
        return [{"task": "T0", "value": [{"tool": number % 2, "frame": 0, "x": number, "y": 2.5}]}]

    rows = [row(n, annotations=annotations(n), subject_ids=500 + n % 3) for n in range(1, 13)]
    (tmp_path / "extract.yaml").write_text(CONFIG, encoding="utf-8")
    extract_export([write_export(tmp_path / "c.csv", rows)], tmp_path / "extract.yaml", tmp_path / "out")
    return tmp_path / "out"


def test_csv_file_gives_the_rows_of_the_subjects_asked_for(tmp_path):
    rows = [extract(n, n % 4, points([(n, 2 * n)])) for n in range(40)]
    source = read_extracts.extracts_at(write_rows(tmp_path / "e.csv", rows))
    assert sorted(source.subjects()) == ["0", "1", "2", "3"]
    found = source.of(["1", "3"])
    assert found["classification_id"].to_pylist() == [str(n) for n in range(40) if n % 2]
    assert found["data.frame0.T0_tool0_x"].to_pylist() == [[float(n)] for n in range(40) if n % 2]
    assert source.of(["9"]).num_rows == 0


def test_chunks_of_different_columns_are_laid_out_alike(tmp_path, monkeypatch):
    monkeypatch.setattr(read_extracts, "_CHUNK", 1 << 10)
    rows = [extract(n, n % 2, points([(n, 1)], tool=f"T0_tool{n // 25}")) for n in range(50)]
    found = read_extracts.extracts_at(write_rows(tmp_path / "e.csv", rows)).of(["0"])
    assert found.num_rows == 25
    assert found["data.frame0.T0_tool1_x"].to_pylist() == [None] * 13 + [[float(n)] for n in range(26, 50, 2)]


def test_compressed_file_reads_alike_and_is_not_unpacked_beside(tmp_path):
    plain = write_rows(tmp_path / "e.csv", [extract(n, n % 3, points([(n, 1)])) for n in range(9)])
    packed = tmp_path / "e.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_extracts.extracts_at(packed).of(["2"]).equals(read_extracts.extracts_at(plain).of(["2"]))
    assert {path.name for path in tmp_path.iterdir()} == {"e.csv", "e.csv.gz"}


def test_rows_without_readable_keys_and_columns_without_values_are_left_out(tmp_path):
    rows = [extract(1, 5, points([(1, 2)])), extract(2, 5, {"note": ""}, workflow_id="seven")]
    found = read_extracts.extracts_at(write_rows(tmp_path / "e.csv", rows)).of(["5"])
    assert found["classification_id"].to_pylist() == ["1"]
    assert "data.note" not in found.column_names


def test_table_reads_as_the_csv_file_of_its_rows(dataset, tmp_path):
    from swath.panoptes.extract.csv_output import extract_csv

    ((path,), _) = extract_csv([tmp_path / "c.csv"], tmp_path / "extract.yaml", tmp_path)
    table, file = read_extracts.extracts_at(dataset), read_extracts.extracts_at(path)
    assert sorted(table.subjects()) == sorted(file.subjects()) == ["500", "501", "502"]
    found, expected = table.of(["501", "502"]), file.of(["501", "502"])
    assert found.num_rows == 8
    assert sorted(found.column_names) == sorted(expected.column_names)
    for name in found.column_names:
        assert found[name].to_pylist() == expected[name].to_pylist(), name
    directory = read_extracts.extracts_at(dataset / "point_extractor_by_frame")
    assert directory.of(["501"]).equals(table.of(["501"]))


def test_what_is_no_file_of_extracts_is_refused(dataset, tmp_path):
    with pytest.raises(InputError, match="holds no extracts"):
        read_extracts.extracts_at(tmp_path)
    with pytest.raises(InputError, match="holds no table of extracts"):
        read_extracts.extracts_at(dataset / "point_extractor")
    with pytest.raises(InputError, match="lacks the columns"):
        read_extracts.extracts_at(write_rows(tmp_path / "r.csv", [{"subject_id": 1, "task": "T0"}]))
    with pytest.raises(InputError, match="cannot read"):
        read_extracts.extracts_at(tmp_path / "none.csv")


def test_dataset_of_several_tables_asks_which(tmp_path):
    annotations = [{"task": "T0", "value": [{"tool": 0, "frame": 0, "x": 1, "y": 2}]}, {"task": "T1", "value": "Yes"}]
    config = CONFIG.replace("workflow_id", "  question_extractor: [{task: T1}]\nworkflow_id", 1)
    (tmp_path / "extract.yaml").write_text(config, encoding="utf-8")
    export = write_export(tmp_path / "c.csv", [row(1, annotations=annotations)])
    extract_export([export], tmp_path / "extract.yaml", tmp_path / "out")
    with pytest.raises(UsageError, match="2 tables") as raised:
        read_extracts.extracts_at(tmp_path / "out")
    assert "out/question_extractor" in raised.value.hint
