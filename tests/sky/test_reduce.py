"""The store: only what is new is read, what is bad is set aside, and nothing depends on the workers."""

import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from dng import sky_pixels, write_dng
from reading import part_bytes, records, rejects
from swath.engine.dataset import Dataset
from swath.engine.executors import Workers
from swath.engine.job import Input
from swath.engine.run import Running
from swath.engine.store import open_store
from swath.errors import InputError, MissingExtraError, OutputError, StrictError, UsageError
from swath.sky import measure, raw
from swath.sky.cameras import plane_offsets, read_cameras
from swath.sky.config import Observer, differences, read_observer, write_template
from swath.sky.dark_rules import by_directory, by_name
from swath.sky.directories import find_frames, find_frames_of_observers
from swath.sky.export import Choice, export
from swath.sky.header import night_of
from swath.sky.reduce import reduce, reduce_job
from swath.sky.regions import Region, parse_region
from swath.sky.summary import facts, summary

pytest.importorskip("rawpy")
SMALL = Observer(observer="Ana Ruiz", regions=(Region(width=20, height=10), Region("corner", 1, 1, 5, 5)))

SAMPLE = Path(__file__).parents[2] / "data-samples" / "sky"


@pytest.fixture
def night(tmp_path):
    """Three light frames and two darks of a night."""
    folder = tmp_path / "nights" / "2020-03-25"
    for number in range(3):
        write_dng(folder / f"IMG_{number}.dng", sky_pixels(seed=number), time=f"2020:03:25 23:5{number}:00")
    for number in range(2):
        write_dng(
            folder / f"dark_{number}.dng", sky_pixels(level=500, seed=9 + number), time=f"2020:03:26 05:0{number}:00"
        )
    return folder


def reduced(folder, out, observer=SMALL, **running):
    return reduce(find_frames(folder, observer, recursive=False), out, running=Running(**running))


def names(out):
    return sorted(row["name"] for row in records(out, "frames"))


@pytest.fixture
def opened(monkeypatch):
    """The names of the files that are decoded."""
    seen = []
    before = measure.opened_frame

    def listening(path, cameras):
        seen.append(path.name)
        return before(path, cameras)

    monkeypatch.setattr(measure, "opened_frame", listening)
    return seen


def test_tables_of_a_night(night, tmp_path):
    reduced(night, tmp_path / "out")
    rows = records(tmp_path / "out", "brightness")
    assert len(rows) == 5 * 2 * 4
    lights = [row for row in rows if row["type"] == "LIGHT"]
    assert {row["dark_mean"] for row in rows if row["type"] == "DARK"} == {0.0}
    for row in lights:
        assert row["signal"] == pytest.approx(1500, abs=15)
        assert row["signal_variance"] == pytest.approx(row["variance"] + row["dark_variance"], abs=0.01)
    assert {row["darks"] for row in records(tmp_path / "out", "master_darks")} == {2}
    assert (tmp_path / "out" / "frames" / "observer=Ana%20Ruiz" / "night=2020-03-25").is_dir()


@pytest.mark.parametrize("workers", [Workers("threads", 2), Workers("processes", 2)])
def test_the_same_bytes_however_many_workers(night, tmp_path, workers):
    reduced(night, tmp_path / "one")
    reduced(night, tmp_path / "two", workers=workers)
    assert part_bytes(tmp_path / "one") == part_bytes(tmp_path / "two")


def test_only_what_is_new_or_changed_is_read(night, tmp_path, opened):
    reduced(night, tmp_path / "out")
    opened.clear()
    assert reduced(night, tmp_path / "out").unchanged
    assert opened == []
    write_dng(night / "IMG_7.dng", sky_pixels(seed=70))
    write_dng(night / "IMG_1.dng", sky_pixels(seed=71))
    (night / "IMG_0.dng").unlink()
    (night / "IMG_2.dng").rename(night / "IMG_2b.dng")
    reduced(night, tmp_path / "out")
    assert sorted(opened) == ["IMG_1.dng", "IMG_2b.dng", "IMG_7.dng"]
    assert names(tmp_path / "out") == ["IMG_1.dng", "IMG_2b.dng", "IMG_7.dng", "dark_0.dng", "dark_1.dng"]
    reduced(night, tmp_path / "anew")
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "anew")


@pytest.mark.parametrize(
    "other", [Observer("Ana Ruiz", regions=(Region(width=8, height=8),)), Observer("Luz", regions=SMALL.regions)]
)
def test_another_configuration_is_another_measurement(night, tmp_path, opened, other):
    reduced(night, tmp_path / "out")
    opened.clear()
    reduced(night, tmp_path / "out", other)
    assert len(opened) == 5
    reduced(night, tmp_path / "anew", other)
    assert part_bytes(tmp_path / "out") == part_bytes(tmp_path / "anew")


def test_overwriting_measures_anew(night, tmp_path, opened):
    reduced(night, tmp_path / "out")
    reduced(night, tmp_path / "out", overwrite=True)
    assert len(opened) == 10


def test_a_night_whose_darks_are_gone_has_no_master_dark(night, tmp_path):
    reduced(night, tmp_path / "out")
    for dark in night.glob("dark*"):
        dark.unlink()
    reduced(night, tmp_path / "out")
    assert not records(tmp_path / "out", "master_darks")
    assert {row["dark_mean"] for row in records(tmp_path / "out", "brightness")} == {0.0}
    assert {row["darks"] for row in records(tmp_path / "out", "frames")} == {0}


def test_a_copy_in_the_directory_is_set_aside_one_elsewhere_is_not(night, tmp_path):
    shutil.copy(night / "IMG_0.dng", night / "IMG_0_copy.dng")
    shutil.copytree(night, night.parent / "2020-03-26")
    reduced(night.parent, tmp_path / "out")
    assert rejects(tmp_path / "out") == {"copy of another frame": 2}
    assert len(names(tmp_path / "out")) == 10


def test_bad_files_are_set_aside_and_the_night_goes_on(night, tmp_path):
    (night / "notes.txt").write_text("clouds")
    (night / "empty.dng").write_bytes(b"")
    whole = (night / "IMG_0.dng").read_bytes()
    (night / "cut.dng").write_bytes(whole[:6000])
    write_dng(night / "dateless.dng", sky_pixels(seed=20), without=(306,))
    write_dng(night / "oddly_dated.dng", sky_pixels(seed=21), time="25.03.2020")
    write_dng(night / "tiny.dng", sky_pixels((32, 32), seed=22))
    reduced(night, tmp_path / "out")
    found = {row["source"].rpartition(os.sep)[2]: row["reason"] for row in records(tmp_path / "out", "quarantine")}
    assert found == {
        "notes.txt": "not an image",
        "empty.dng": "not an image",
        "cut.dng": "damaged RAW frame",
        "dateless.dng": "no date and time",
        "oddly_dated.dng": "no date and time",
        "tiny.dng": "region outside the plane",
    }
    assert len(names(tmp_path / "out")) == 5
    with pytest.raises(StrictError):
        reduced(night, tmp_path / "strict", strict=True)


def test_missing_fields_are_null_or_of_the_configuration(tmp_path):
    write_dng(tmp_path / "n" / "a.dng", sky_pixels(), without=(272, 33434, 33437, 34855, 37386))
    reduced(tmp_path / "n", tmp_path / "out", Observer(focal_length=50.0, regions=SMALL.regions))
    (row,) = records(tmp_path / "out", "frames")
    assert [row[name] for name in ("iso", "exposure", "f_number", "focal_length")] == [None, None, None, 50.0]


def test_an_output_that_is_no_sky_store_stands(night, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError):
        reduced(night, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_directories_without_frames_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        reduced(tmp_path / "none", tmp_path / "out")
    with pytest.raises(InputError, match="no frames"):
        reduced(tmp_path, tmp_path / "out")
    with pytest.raises(InputError, match="no sub-directories"):
        find_frames_of_observers(tmp_path, tmp_path, recursive=False)


def test_depth_of_the_search(night):
    write_dng(night / "deep" / "deeper" / "a.dng", sky_pixels())
    (night / ".hidden.dng").write_bytes(b"")
    assert len(find_frames(night.parent, SMALL, recursive=False)) == 5
    assert len(find_frames(night.parent, SMALL, recursive=True)) == 6


def test_exports_choose(night, tmp_path):
    reduced(night, tmp_path / "out")
    count = export(tmp_path / "out", tmp_path / "a.csv", columns=29, choice=Choice(region="corner"))
    assert count == 3
    header, *rows = (tmp_path / "a.csv").read_bytes().decode().split("\r\n")
    assert len(header.split(";")) == 29
    assert rows[0].split(";")[9] == "[1:6,1:6]"
    for nothing in (Choice(session=1), Choice(observer="X"), Choice(first="2020-03-26"), Choice(last="2020-03-24")):
        assert export(tmp_path / "out", tmp_path / "b.csv", choice=nothing) == 0
    with pytest.raises(UsageError, match="region"):
        export(tmp_path / "out", tmp_path / "b.csv", choice=Choice(region="none"))
    with pytest.raises(UsageError, match="columns"):
        export(tmp_path / "out", tmp_path / "b.csv", columns=20)
    with pytest.raises(OutputError):
        export(tmp_path / "out", tmp_path / "none" / "b.csv")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("IMG_Dark.DNG", "DARK"),
        ("predark2.dng", "DARK"),
        ("IMG.dark.dng", "DARK"),
        ("moondark.dn", "LIGHT"),
        ("x.darks", "LIGHT"),
    ],
)
def test_darks_by_name(name, kind):
    assert by_name(Path(name)) == kind


def test_a_night_is_from_noon_to_noon():
    from datetime import datetime

    times = ("2020-03-25T11:59:59", "2020-03-25T12:00:00", "2020-03-26T11:59:59")
    assert [night_of(datetime.fromisoformat(t)).day for t in times] == [24, 25, 25]


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "a,b", "0,5", "-1,0,5,5"])
def test_texts_that_are_no_region(text):
    with pytest.raises(UsageError):
        parse_region(text)


def test_the_template_is_the_default_and_never_overwrites(tmp_path):
    write_template(tmp_path / "sky.toml")
    assert not [row for row in differences(read_observer(tmp_path / "sky.toml")) if row["differs"]]
    with pytest.raises(OutputError, match="stands"):
        write_template(tmp_path / "sky.toml")


def test_configurations_of_both_kinds(tmp_path):
    (tmp_path / "a.toml").write_text('[observer]\nobserver = "Luz"\n[image]\nwidth = 7\n[regions.zenith]\nx0 = 3\n')
    (tmp_path / "b.ini").write_text("[observer]\nfamily_name = Luz\nsurname = Sol\n[camera]\nbias = 12\nf_number =\n")
    toml, ini = read_observer(tmp_path / "a.toml"), read_observer(tmp_path / "b.ini")
    assert [(r.name, r.x0, r.width) for r in toml.regions] == [("centre", 0, 7), ("zenith", 3, 500)]
    assert (ini.observer, ini.bias, ini.f_number) == ("Luz Sol", 12, None)
    for name, text in (("c.toml", "["), ("d.ini", "x"), ("e.ini", "[camera]\nbias = many\n")):
        (tmp_path / name).write_text(text)
        with pytest.raises(InputError):
            read_observer(tmp_path / name)


def test_a_camera_file_goes_before_the_raw_pattern(night, tmp_path):
    (tmp_path / "camera.ini").write_text("[Swath Sample]\nR1 = 1,1,2\nG2 = 0,1,2\nG3 = 1,0,2\nB4 = 0,0,2\n")
    cameras = read_cameras(tmp_path / "camera.ini")
    assert cameras == {"Swath Sample": "BGGR"}
    reduce(find_frames(night, SMALL, recursive=False), tmp_path / "out", cameras=cameras)
    assert {row["pattern"] for row in records(tmp_path / "out", "frames")} == {"BGGR"}
    (tmp_path / "camera.ini").write_text("[P]\nR1 = 0,1,2\nG2 = 1,0,2\nG3 = 0,0,2\nB4 = 0,0,2\n")
    with pytest.raises(InputError, match="no Bayer pattern"):
        read_cameras(tmp_path / "camera.ini")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[image]\nwidth = abc", "width is 'abc', not a whole number"),
        ("[camera]\nbias = 1.5", "bias is '1.5', not a whole number"),
        ("[camera]\nf_number = f/4", "f_number is 'f/4', not a number"),
    ],
)
def test_a_wrong_value_is_named(tmp_path, text, said):
    (tmp_path / "o.ini").write_text(text)
    with pytest.raises(InputError, match=re.escape(said)):
        read_observer(tmp_path / "o.ini")


def test_linked_frames_are_of_the_directory_of_their_links(night, tmp_path):
    linked = tmp_path / "sorted" / "2020-03-25"
    linked.mkdir(parents=True)
    (linked / "IMG_0.dng").symlink_to(night / "IMG_0.dng")
    reduced(tmp_path / "sorted", tmp_path / "out")
    (row,) = records(tmp_path / "out", "frames")
    assert (row["directory"], row["path"]) == (str(linked), str(linked / "IMG_0.dng"))


def test_an_unchanged_night_is_not_looked_into(night, tmp_path, monkeypatch):
    reduced(night, tmp_path / "out")
    before, found = Dataset.open(tmp_path / "out").manifest.content, find_frames(night, SMALL, recursive=False)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))
    assert reduce_job(found, before=before).inputs == tuple(Input(**item) for item in before["inputs"])


def test_greens_go_by_their_row():
    assert plane_offsets("GBRG").tolist() == [[1, 0], [0, 0], [1, 1], [0, 1]]


@pytest.mark.parametrize("reader", ["rawpy", "exifread", "xxhash"])
def test_a_missing_reader_says_what_to_install(night, tmp_path, monkeypatch, reader):
    monkeypatch.setitem(sys.modules, reader, None)
    # plain frames need no decoder
    monkeypatch.setattr(raw, "read_dng", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"swath\[sky\]"):
        reduced(night, tmp_path / "out")


def test_the_manifest_names_the_observers(night, tmp_path):
    reduced(night, tmp_path / "out")
    content = json.loads((tmp_path / "out" / "_swath" / "manifest.json").read_text())
    assert content["settings"]["observers"][0]["observer"] == "Ana Ruiz"


def test_the_sample_is_a_night(tmp_path):
    reduced(SAMPLE, tmp_path / "out")
    assert len(names(tmp_path / "out")) == 5
    assert not rejects(tmp_path / "out")


@pytest.mark.parametrize(("path", "kind"), [
    ("darks/IMG_1.dng", "DARK"), ("Oscuros/1.dng", "DARK"), ("night/dark1.dn", "DARK"), ("night/IMG_1.dng", "LIGHT"),
])  # fmt: skip
def test_dark_frames_by_directory(path, kind):
    assert by_directory(Path(path)) == kind


def test_a_directory_of_darks(night, tmp_path):
    (night / "darks").mkdir()
    for number in range(2):
        (night / f"dark_{number}.dng").rename(night / "darks" / f"IMG_{number}.dng")
    text = '[file]\ndarks = "directory"\n[image]\nwidth = 20\nheight = 10\n'
    (tmp_path / "o.toml").write_text(text, encoding="utf-8")
    reduced(night, tmp_path / "out", read_observer(tmp_path / "o.toml"))
    assert sum(row["type"] == "DARK" for row in records(tmp_path / "out", "frames")) == 2


def test_the_night_of_a_site_with_a_time_zone(tmp_path):
    write_dng(tmp_path / "n" / "a.dng", sky_pixels(), time="2020:03:25 03:30:00")
    text = '[location]\ntime_zone = "Pacific/Auckland"\n[camera]\nclock = "utc"\n[image]\nwidth = 20\nheight = 10\n'
    (tmp_path / "o.toml").write_text(text, encoding="utf-8")
    reduced(tmp_path / "n", tmp_path / "out", read_observer(tmp_path / "o.toml"))
    # 16:30 in Auckland, the afternoon before the night of the 25th
    assert "night=2020-03-25" in next((tmp_path / "out" / "frames").rglob("*.parquet")).as_posix()
    reduced(tmp_path / "n", tmp_path / "local")
    assert "night=2020-03-24" in next((tmp_path / "local" / "frames").rglob("*.parquet")).as_posix()


@pytest.mark.parametrize(("text", "said"), [
    ('[location]\ntime_zone = "Mars/Olympus"', "no time zone"),
    ('[camera]\nclock = "utc"', "needs the time_zone"),
    ('[camera]\nclock = "sundial"', "clock cannot be"),
    ('[file]\ndarks = "smell"', "darks cannot be"),
])  # fmt: skip
def test_settings_that_cannot_be_meant(tmp_path, text, said):
    (tmp_path / "o.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_observer(tmp_path / "o.toml")


def test_a_run_that_was_cut_off_begins_again_where_files_changed(night, tmp_path):
    stopped = reduce_job(absolute_files(night))
    with open_store(tmp_path / "out", stopped, overwrite=False):
        pass
    assert (tmp_path / "out.partial").is_dir()
    write_dng(night / "IMG_8.dng", sky_pixels(seed=8), time="2020:03:26 00:30:00")
    reduced(night, tmp_path / "out")
    assert "IMG_8.dng" in names(tmp_path / "out")
    assert not (tmp_path / "out.partial").exists()


def absolute_files(folder):
    return find_frames(folder, SMALL, recursive=False)


def test_a_night_on_one_page(night, tmp_path):
    reduced(night, tmp_path / "out")
    (night / "IMG_2.dng").unlink()
    assert summary(tmp_path / "out", "2020-03-25", tmp_path / "n.svg") == 3
    assert (tmp_path / "n.svg").read_text(encoding="utf-8").count("<image") == 2
    lines = facts(*night_rows(tmp_path / "out"))
    assert lines[0] == "observer: Ana Ruiz; location: not known"
    assert lines[2] == "3 light and 2 dark frames, 2020-03-25 23:50:00 to 2020-03-25 23:52:00"
    assert lines[4:] == [
        "frames with saturated pixels in the region: 0",
        "dark: 2 of the session, whatever their ISO and exposure",
    ]
    with pytest.raises(InputError, match="no light frame of 2021-01-01"):
        summary(tmp_path / "out", "2021-01-01", tmp_path / "n.svg")
    with pytest.raises(OutputError):
        summary(tmp_path / "out", "2020-03-25", tmp_path / "none" / "n.svg")


def night_rows(out):
    frames = [row | {"observer": "Ana Ruiz"} for row in records(out, "frames")]
    lights = [row for row in records(out, "brightness") if row["type"] == "LIGHT" and row["region"] == "centre"]
    return frames, lights
