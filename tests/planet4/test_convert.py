"""What the conversion of Planet Four does beyond the published cases."""

import pytest

from makers import BLOTCH, FAN, planet4_row, write_export
from reading import counts, part_bytes, records, rejects
from swath.engine.executors import Workers
from swath.engine.run import Running
from swath.errors import InputError
from swath.planet4.convert import ConvertSettings, convert
from swath.planet4.lookups import LookupFiles

SPARSE = {"700": {"!P4_subject_id": "APF0000abc"}}
GAP = {"701": {"!x_tile": "4", "!P4_subject_id": "APF0000abc"}}


@pytest.fixture
def lookups(tmp_path):
    coords = tmp_path / "coords.csv"
    coords.write_text("tile_id,x_tile,y_tile,obsid\nAPF0000abc,7,8,ESP_1\nAPF0000abc,1,1,ESP_2\n")
    metadata = tmp_path / "meta.csv"
    metadata.write_text("OBSERVATION_ID,START_TIME\nESP_1,2008-12-23 16:15:26\nESP_1,2009-01-01 00:00:00\n")
    return LookupFiles(tile_coords=coords, metadata=metadata)


def test_gaps_are_filled_only_where_some_tile_lacks_its_coordinates(tmp_path, lookups):
    gap = [planet4_row(n, subject_data=GAP) for n in range(40)]
    settings = ConvertSettings(chunk_size=4096)
    convert([write_export(tmp_path / "a.csv", gap)], tmp_path / "a", lookups=lookups, settings=settings)
    assert {r["image_name"] for r in records(tmp_path / "a", "markings")} == {None}
    both = [*gap, planet4_row(99, subject_data=SPARSE)]
    convert([write_export(tmp_path / "b.csv", both)], tmp_path / "b", lookups=lookups, settings=settings)
    filled = records(tmp_path / "b", "markings")
    assert {r["image_name"] for r in filled} == {"ESP_1"}
    assert (filled[-1]["x_tile"], filled[-1]["y_tile"], filled[0]["x_tile"]) == (7, 8, 4)
    assert {str(r["acquisition_date"]) for r in filled} == {"2008-12-23 16:15:26"}
    assert counts(tmp_path / "b")["classifications"] == 41


def test_blotch_angles_are_mended_on_request(tmp_path):
    export = write_export(tmp_path / "c.csv", [planet4_row(1, [FAN, BLOTCH])])
    convert([export], tmp_path / "a")
    convert([export], tmp_path / "b", settings=ConvertSettings(flip_blotch_angle=True))
    angles = {r["marking"]: r["angle"] for r in records(tmp_path / "a", "markings")}
    flipped = {r["marking"]: r["angle"] for r in records(tmp_path / "b", "markings")}
    assert (angles["blotch"], flipped["blotch"]) == (-26.6, 26.6)
    assert flipped["fan"] == angles["fan"]


def test_repeated_marks_and_rows_count_once_wherever_the_chunks_end(tmp_path):
    one = planet4_row(1, [FAN, FAN | {"radius": 3}, BLOTCH])
    rows = [one, *(planet4_row(n, [FAN]) for n in range(2, 30)), one]
    export = write_export(tmp_path / "c.csv", rows)
    outs = [tmp_path / f"out{size}" for size in (1 << 20, 4096)]
    for out, size in zip(outs, (1 << 20, 4096), strict=True):
        convert([export], out, settings=ConvertSettings(chunk_size=size))
    assert records(outs[0], "markings") == records(outs[1], "markings")
    assert len(records(outs[0], "markings")) == 2 + 28
    assert len(part_bytes(outs[1])) > 1


def test_other_workflows_are_skipped_and_counted_or_taken(tmp_path):
    rows = [planet4_row(1), planet4_row(2, workflow_id=6321), planet4_row(3, workflow_id=77)]
    export = write_export(tmp_path / "c.csv", rows)
    convert([export], tmp_path / "a")
    assert counts(tmp_path / "a") | {"skipped: workflow 6321": 1, "skipped: workflow 77": 1} == counts(tmp_path / "a")
    convert([export], tmp_path / "b", settings=ConvertSettings(workflows=(77, 12978)))
    assert sorted(p.parts[-2] for p in (tmp_path / "b").rglob("markings/*/*")) == [
        "workflow_id=12978",
        "workflow_id=77",
    ]


def test_workers_do_not_change_the_bytes(tmp_path):
    rows = [planet4_row(n, [FAN, BLOTCH | {"x": n}]) for n in range(200)]
    export = write_export(tmp_path / "c.csv", rows)
    settings = ConvertSettings(clean=True, chunk_size=16384)
    for workers in (Workers("serial", 1), Workers("threads", 2), Workers("processes", 2)):
        convert([export], tmp_path / workers.kind, settings=settings, running=Running(workers))
    assert part_bytes(tmp_path / "serial") == part_bytes(tmp_path / "threads") == part_bytes(tmp_path / "processes")


@pytest.mark.parametrize(
    ("mark", "detail"),
    [
        (FAN | {"x": "12"}, "x is not a number"),
        ({"tool": 0, "y": 1}, "a marking without x"),
        (FAN | {"radius": True}, "radius is not a number"),
        (BLOTCH | {"rx": [1]}, "rx is not a number"),
    ],
)
def test_a_marking_that_cannot_be_read_sets_its_row_aside(tmp_path, mark, detail):
    export = write_export(tmp_path / "c.csv", [planet4_row(1, [FAN]), planet4_row(2, [FAN, mark])])
    convert([export], tmp_path / "out")
    (rejected,) = records(tmp_path / "out", "quarantine")
    assert (rejected["classification_id"], rejected["reason"], rejected["detail"]) == (
        100_000_002,
        "bad marking",
        detail,
    )
    assert rejected["subject_id"] == 41451168
    assert len(records(tmp_path / "out", "markings")) == 1
    assert rejects(tmp_path / "out") == {"bad marking": 1}


def test_a_lookup_table_without_its_columns_is_refused(tmp_path):
    export = write_export(tmp_path / "c.csv", [planet4_row(1)])
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("tile,x\n1,2\n")
    with pytest.raises(InputError, match=r"wrong\.csv lacks a column"):
        convert([export], tmp_path / "out", lookups=LookupFiles(tile_coords=wrong))
    assert not (tmp_path / "out").exists()
