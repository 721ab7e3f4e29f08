"""``swath sky`` by its real entry point."""

import csv
import io
import json

import pytest

from commands import called, started
from dng import sky_pixels, write_dng
from swath.engine.dataset import Dataset

pytest.importorskip("rawpy")


def swath(*arguments, cwd):
    return called("sky", *arguments, cwd=cwd)


def fresh(*arguments, cwd):
    return started("sky", *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A directory with a configuration and two nights, reduced into ``sky``."""
    made = tmp_path_factory.mktemp("sky")
    assert fresh("init", cwd=made).returncode == 0
    for night in (25, 26):
        for number in range(2):
            pixels = sky_pixels(seed=10 * night + number)
            write_dng(made / "nights" / str(night) / f"{number}.dng", pixels, time=f"2020:03:{night} 22:0{number}:00")
    ran = fresh("reduce", "-w", "nights", "--config", "sky.toml", "--roi", "20,10", "-o", "sky", cwd=made)
    assert (ran.returncode, ran.stderr) == (0, "")
    return made


@pytest.mark.parametrize(("command", "rows"), [("frames", 4), ("sessions", 2), ("nights", 2)])
def test_listings(folder, command, rows):
    assert len(json.loads(fresh(command, "sky", "--format", "json", cwd=folder).stdout)) == rows
    assert len(list(csv.DictReader(io.StringIO(swath(command, "sky", "--format", "csv", cwd=folder).stdout)))) == rows


@pytest.mark.parametrize(
    ("options", "frames"),
    [((), 4), (("--night", "2020-03-26"), 2), (("--month", "2020-03"), 4), (("--from", "2020-03-27"), 0)],
)
def test_export(folder, options, frames):
    assert swath("export", "sky", "-o", "a.csv", *options, cwd=folder).returncode == 0
    rows = list(csv.DictReader(io.StringIO((folder / "a.csv").read_text()), delimiter=";"))
    assert len(rows) == frames
    assert all(len(row) == 21 for row in rows)


def test_plot(folder):
    assert fresh("plot", "sky", "-o", "a.png", "--night", "2020-03-25", cwd=folder).returncode == 0
    assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")
    assert swath("plot", "sky", "-o", "a.png", "--night", "2021-01-01", cwd=folder).returncode == 1
    assert swath("plot", "sky", "-o", "none/a.png", cwd=folder).returncode == 1


def test_configurations_and_cameras(folder):
    assert swath("init", cwd=folder).returncode == 1
    assert "region centre" in fresh("config", "show", "sky.toml", cwd=folder).stdout
    assert "[observer]" in swath("config", "show", cwd=folder).stdout
    assert swath("config", "diff", "sky.toml", "--format", "json", cwd=folder).stdout == "[]\n"
    (folder / "mine.toml").write_text("[camera]\nbias = 7\n", encoding="utf-8")
    assert json.loads(fresh("config", "diff", "mine.toml", "--format", "json", cwd=folder).stdout)[0]["value"] == "7"
    assert "Canon EOS 550D" in fresh("cameras", cwd=folder).stdout


def test_a_bad_frame_is_status_3_and_a_second_run_changes_nothing(folder):
    options = ("reduce", "-w", "nights/25", "--roi", "20,10", "-o", "other")
    assert "4" in swath(*options, "--dry-run", cwd=folder).stdout
    assert not (folder / "other").exists()
    (folder / "nights" / "25" / "x.txt").write_text("x")
    assert swath(*options, cwd=folder).returncode == 3
    again = swath(*options, "--format", "json", cwd=folder)
    assert json.loads(again.stdout)["unchanged"]
    assert json.loads(again.stdout)["rejects"] == {"not an image": 1}


def test_wrong_usage(folder):
    for options in (("--roi", "a"), ("--roi", "1,1", "--roi", "2,2"), ("--multiuser", ".", "--config", "sky.toml")):
        assert swath("reduce", "-w", "nights", "-o", "n", *options, cwd=folder).returncode == 2
    assert swath("export", "sky", "-o", "a.csv", "--night", "x", "--month", "y", cwd=folder).returncode == 2
    assert swath("frames", "nights", cwd=folder).returncode == 1


def test_around_the_store(folder, tmp_path):
    (copy,) = fresh("backup", "sky", "-o", "backups", "--comment", "first", cwd=folder).stdout.split()
    assert json.loads(fresh("backups", "backups", "--format", "json", cwd=folder).stdout)[0]["comment"] == "first"
    before = swath("frames", "sky", "--format", "csv", cwd=folder).stdout
    assert swath("clear", "sky", cwd=folder).returncode == 2
    assert "forgotten" in fresh("clear", "sky", "--last", cwd=folder).stdout
    assert swath("frames", "sky", "--format", "csv", cwd=folder).stdout != before
    assert fresh("restore", copy, "sky", cwd=folder).returncode == 0
    assert swath("frames", "sky", "--format", "csv", cwd=folder).stdout == before
    assert not list(Dataset.open(folder / "sky").damages())
    dry = fresh("reorganize", "nights", "-o", "sorted", "--recursive", "--dry-run", cwd=folder)
    assert "nothing was done" in dry.stdout
    assert not (folder / "sorted").exists()
    assert fresh("export", "sky", "-o", "sky.parquet", cwd=folder).returncode == 0
    assert swath("clear", "nights", "--all", cwd=folder).returncode == 1


def test_thumbnail(folder):
    frame = next((folder / "nights").rglob("*.dng"))
    drawn = fresh("thumbnail", frame, "--roi", "20,10", "--roi", "zenith=2,2,8,8", "-o", "t.png", cwd=folder)
    assert (drawn.returncode, drawn.stdout) == (0, "t.png\n")
    assert (folder / "t.png").read_bytes().startswith(b"\x89PNG")
    assert swath("thumbnail", frame, "-o", "t.png", cwd=folder).returncode == 1
    assert swath("thumbnail", "sky.toml", "-o", "t.png", cwd=folder).returncode == 1
    assert swath("thumbnail", frame, "--roi", "20,10", "-o", "none/t.png", cwd=folder).returncode == 1
