"""Scenarios of AZOTEA in which files come, go, move or are none: what a store should come to, numbers compared."""

import shutil

import pyarrow.parquet as pq
import pytest

from reading import counts, records, rejects
from sky.scenarios import CASES, act, configure, exported, ordered, reduced, start, table
from swath.errors import InputError, OutputError
from swath.sky.backups import back_up, backups, clear_all, restore
from swath.sky.directories import find_frames_of_observers
from swath.sky.export import export
from swath.sky.forget import forget, last_session
from swath.sky.reorganize import carry_out, plan_nights

pytest.importorskip("rawpy")
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="conformance/sky is not here")


def first_table(case, number=0):
    reductions = [step for step in case["steps"] if "reduce" in step.get("argv", ())]
    texts = [text for name, text in reductions[number]["csv"].items() if name.endswith(".csv")]
    return ordered(row for text in texts for row in table(text))


def test_a_changed_camera_is_taken_at_once(tmp_path):
    case, ini = start(tmp_path, "changed_camera")
    configure(ini, {"bias": "", "focal_length": ""})  # the file is kept as the last step left it
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    assert ordered(table(exported(out))) == first_table(case)
    act(tmp_path, ini, case["steps"][1]["action"])
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    # the peer takes the bias after its command changed, which this needs not
    assert ordered(table(exported(out))) == first_table(case, 1)
    assert {row["bias"] for row in records(out, "frames")} == {100}


def test_backup_clear_and_restore(tmp_path):
    case, ini = start(tmp_path, "database_backup")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    before = exported(out)
    copy = back_up(out, tmp_path / "backups", "hello")
    assert [(item["name"], item["frames"], item["comment"]) for item in backups(tmp_path / "backups")] == [
        (copy.name, 2, "hello")
    ]
    forget(out, (last_session(out),))
    assert records(out, "frames") == records(out, "master_darks") == []
    with pytest.raises(InputError, match="holds no frames"):
        last_session(out)
    restore(copy, out)
    assert exported(out) == before
    clear_all(out)
    assert not out.exists()
    restore(copy, out)
    assert exported(out) == before
    with pytest.raises(InputError, match="no session 1"):
        forget(out, (1,))


def test_one_session_of_two_is_forgotten(tmp_path):
    case, ini = start(tmp_path, "multidir")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    frames = records(out, "frames")
    gone = last_session(out)
    forget(out, (gone,))
    assert [r["path"] for r in records(out, "frames")] == [r["path"] for r in frames if r["session"] != gone]
    assert counts(out)["frames forgotten"] == sum(r["session"] == gone for r in frames)


def test_a_master_dark_goes_with_its_darks(tmp_path):
    case, ini = start(tmp_path, "delete_dark_stale_master")
    argv = case["steps"][0]["argv"]
    out, _ = reduced(tmp_path, ini, argv)
    assert {row["darks"] for row in records(out, "master_darks")} == {2}
    for step, left in ((1, 1), (3, 0)):
        act(tmp_path, ini, case["steps"][step]["action"])
        out, _ = reduced(tmp_path, ini, argv)
        assert {row["darks"] for row in records(out, "master_darks")} == ({left} if left else set())
        assert ordered(table(exported(out))) == first_table(case)
    assert {row["dark_mean"] for row in records(out, "brightness")} == {0.0}


def test_a_duplicate_is_set_aside_and_the_night_goes_on(tmp_path):
    case, ini = start(tmp_path, "duplicate_same_dir")
    act(tmp_path, ini, case["steps"][0]["action"])
    out, _ = reduced(tmp_path, ini, case["steps"][1]["argv"])
    assert rejects(out) == {"copy of another frame": 1}
    assert len(records(out, "frames")) == 3


@pytest.mark.parametrize("name", ["empty_dir", "missing_dir"])
def test_no_frames_is_an_error_and_leaves_no_store(tmp_path, name):
    case, ini = start(tmp_path, name)
    if name == "empty_dir":
        (tmp_path / "n" / "2020-03-25").mkdir(parents=True)
    with pytest.raises(InputError):
        reduced(tmp_path, ini, case["steps"][0]["argv"])
    assert not (tmp_path / "store").exists()


def test_a_moved_directory_is_where_it_is_now(tmp_path):
    case, ini = start(tmp_path, "moved_dir")
    first, last = (step["argv"] for step in case["steps"] if "argv" in step)
    out, _ = reduced(tmp_path, ini, first)
    act(tmp_path, ini, case["steps"][1]["action"])
    out, work_dir = reduced(tmp_path, ini, last)
    assert {row["directory"] for row in records(out, "frames")} == {str(work_dir)}
    assert ordered(table(exported(out))) == first_table(case)


def test_a_renamed_frame_has_its_new_name(tmp_path):
    case, ini = start(tmp_path, "rename_image")
    argv = case["steps"][0]["argv"]
    reduced(tmp_path, ini, argv)
    act(tmp_path, ini, case["steps"][1]["action"])
    out, _ = reduced(tmp_path, ini, argv)
    renamed = [row | {"name": row["name"].replace("IMG_0001", "NEW_0001")} for row in first_table(case)]
    assert ordered(table(exported(out))) == ordered(renamed)


def test_an_unknown_camera_is_measured_beside_a_known_one(tmp_path):
    case, ini = start(tmp_path, "multidir_one_unknown_camera")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    found = ordered(table(exported(out)))
    assert [row for row in found if row["model"] == "Canon EOS 750D"] == first_table(case)
    assert {row["model"] for row in found} == {"Canon EOS 750D", "Unknown X"}


def test_a_directory_without_observers(tmp_path):
    start(tmp_path, "multiuser_flat")
    with pytest.raises(InputError, match="no sub-directories of observers"):
        find_frames_of_observers(tmp_path / "c", tmp_path, recursive=False)


@pytest.mark.parametrize(("name", "spoil", "reason"), [
    ("not_an_image", lambda folder: (folder / "notes.txt").write_text("clouds at 2", encoding="utf-8"), "not an image"),
    ("truncated_file", lambda folder: cut(folder / "IMG_0001.dng"), "damaged RAW frame"),
])  # fmt: skip
def test_a_file_that_is_no_frame_is_set_aside(tmp_path, name, spoil, reason):
    case, ini = start(tmp_path, name)
    spoil(tmp_path / "n" / "2020-03-25")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    assert rejects(out) == {reason: 1}
    assert len(records(out, "frames")) == 3 - (name == "truncated_file")
    assert records(out, "master_darks")


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def test_the_table_in_a_directory_of_ones_own(tmp_path):
    case, ini = start(tmp_path, "csv_dir_logfile")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    with pytest.raises(OutputError, match="no such directory"):
        export(out, tmp_path / "mycsv" / "a.csv")
    (tmp_path / "mycsv").mkdir()
    export(out, tmp_path / "mycsv" / "a.csv")
    assert ordered(table((tmp_path / "mycsv" / "a.csv").read_text(encoding="utf-8"))) == first_table(case, 1)


def test_the_table_as_parquet(tmp_path):
    case, ini = start(tmp_path, "database_backup")
    out, _ = reduced(tmp_path, ini, case["steps"][0]["argv"])
    export(out, tmp_path / "a.parquet")
    found = pq.read_table(tmp_path / "a.parquet")
    (wanted,) = first_table(case)
    assert found.column_names[1:] == list(wanted)
    assert found["aver_signal_R1"].to_pylist() == [float(wanted["aver_signal_R1"])]


@pytest.mark.parametrize("way", ["copy", "move", "link"])
def test_nights_from_noon_to_noon(tmp_path, way):
    case, _ = start(tmp_path, "reorganize")
    source, out = tmp_path / "in", tmp_path / "out"
    before = {path.name: path.read_bytes() for path in source.iterdir()}
    placements = plan_nights(source, out)
    assert not out.exists()
    assert carry_out(placements, way) == 8
    assert sorted(str(p.relative_to(tmp_path)) for p in out.rglob("*.dng")) == [
        path for path in case["tree"] if path.startswith("out/")
    ]
    assert {path.name: path.read_bytes() for path in out.rglob("*.dng")} == before
    assert len(list(source.iterdir())) == (0 if way == "move" else 8)
    if way != "move":
        assert {placement.why.endswith("has it already") for placement in plan_nights(source, out)} == {True}


def test_files_that_stay(tmp_path):
    start(tmp_path, "reorganize")
    source = tmp_path / "in"
    (source / "notes.txt").write_text("clouds", encoding="utf-8")
    (source / "b").mkdir()
    shutil.copy(source / "0.dng", source / "b" / "0.dng")
    stays = {str(p.source.relative_to(source)): p.why for p in plan_nights(source, tmp_path / "out") if not p.target}
    assert set(stays) == {"notes.txt", "b/0.dng"}
    assert stays["notes.txt"].startswith("not an image")
    assert stays["b/0.dng"].startswith("another file goes to")
