"""The reduction of the old site's export, against planet4 0.11.2 and for what goes wrong."""

import json
import math

import pyarrow.parquet as pq
import pytest

from makers import CONFORMANCE
from reading import counts, part_bytes, records, rejects
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError
from swath.planet4.legacy import LegacySettings, reduce_legacy

CASES = CONFORMANCE / "planet4" / "legacy_reduction"
HEADER = (
    "classification_id,created_at,image_id,image_name,image_url,user_name,marking,x_tile,y_tile,acquisition_date,"
    "local_mars_time,x,y,image_x,image_y,radius_1,radius_2,distance,angle,spread,version"
)


def row(identity="a1", time="2013-01-08 07:28:26", user="u", marking="fan", name="ESP_013113_0985", x="100"):
    tile = f"APF000012q,{name},,{user},{marking},2,49,2009-05-14 00:00:00,4:05 PM"
    return f"{identity},{time},{tile},{x},119,0,0,,,50,370,20,1.0"


def export(tmp_path, *rows):
    path = tmp_path / "old.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def same(ours, theirs):
    if isinstance(theirs, float):
        return ours == pytest.approx(theirs, rel=1e-15) or (ours is None and math.isnan(theirs))
    return ours == theirs


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")
def test_541_real_rows(tmp_path):
    reduce_legacy(CASES / "input_test_db.csv", tmp_path / "out")
    found = records(tmp_path / "out", "markings")
    expected = pq.read_table(CASES / "expected_reduced.parquet").to_pylist()
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        for name, value in theirs.items():
            mine = ours[name]
            mine = (
                str(mine) if name in ("created_at", "acquisition_date") else int(mine) if name == "user_name" else mine
            )
            assert same(mine, value), name
    wanted = json.loads((CASES / "expected_counts.json").read_text(encoding="utf-8"))
    assert sorted({r["classification_id"] for r in found}) == sorted(wanted["kept_classifications"])
    assert counts(tmp_path / "out")["markings kept"] == wanted["rows_after_duplicate_removal"]


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/planet4 is not here")
def test_chunks_and_workers_change_nothing(tmp_path):
    for n, (chunk, kind) in enumerate([(16384, "serial"), (16384, "threads"), (16384, "processes")]):
        running = Running(Workers(kind, 1 if kind == "serial" else 2))
        settings = LegacySettings(chunk_size=chunk)
        reduce_legacy(CASES / "input_test_db.csv", tmp_path / str(n), settings=settings, running=running)
    assert part_bytes(tmp_path / "0") == part_bytes(tmp_path / "1") == part_bytes(tmp_path / "2")
    reduce_legacy(CASES / "input_test_db.csv", tmp_path / "whole")
    assert records(tmp_path / "whole", "markings") == records(tmp_path / "0", "markings")


def test_a_volunteers_first_classification_counts(tmp_path):
    rows = [row("b2"), row("c3", "2013-01-07 00:00:00"), row("c1", "2013-01-07 00:00:00"), row("z", user="other")]
    reduce_legacy(export(tmp_path, *rows), tmp_path / "out")
    assert {r["classification_id"] for r in records(tmp_path / "out", "markings")} == {"c1", "z"}
    reduce_legacy(export(tmp_path, *rows), tmp_path / "all", settings=LegacySettings(keep_duplicates=True))
    assert len(records(tmp_path / "all", "markings")) == 4


def test_volunteers_without_a_name_are_not_one(tmp_path):
    reduce_legacy(export(tmp_path, row("a", user=""), row("b", user="")), tmp_path / "out")
    assert len(records(tmp_path / "out", "markings")) == 2


def test_tutorials_and_dirt(tmp_path):
    rows = [row("a", name="tutorial"), row("b", x="2000"), row("c", marking="none", x="")]
    reduce_legacy(export(tmp_path, *rows), tmp_path / "out")
    assert [r["classification_id"] for r in records(tmp_path / "out", "tutorials")] == ["a"]
    assert [r["marking"] for r in records(tmp_path / "out", "markings")] == ["none"]
    assert counts(tmp_path / "out")["out of frame"] == 1
    reduce_legacy(export(tmp_path, *rows), tmp_path / "dirty", settings=LegacySettings(keep_dirt=True))
    assert [r["angle"] for r in records(tmp_path / "dirty", "markings")] == [370.0]


def test_a_bad_number_is_set_aside(tmp_path):
    reduce_legacy(export(tmp_path, row("a", x="12px"), row("b")), tmp_path / "out")
    assert rejects(tmp_path / "out") == {"x is not a number": 1}
    assert len(records(tmp_path / "out", "markings")) == 1


def test_another_csv(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the columns"):
        reduce_legacy(path, tmp_path / "out")
