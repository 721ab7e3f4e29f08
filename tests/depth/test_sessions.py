"""Many sessions, by the command as users start it: found, extracted, resumed, set aside, asked."""

import io
import json
import signal
import subprocess
import sys
import tarfile
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass

import duckdb
import h5py
import numpy as np
import pytest

from depth.depth_files import CASES, write_session
from reading import part_bytes
from swath.cli.main import main
from swath.depth.config import config_text, make_settings, read_config
from swath.depth.extract_sessions import OTHERWISE, STOOD
from swath.depth.session_results import extract_session
from swath.depth.sessions import find_sessions, recordings_in, session_of, unextracted
from swath.depth.settings import Settings
from swath.depth.status import read_status
from swath.depth.yaml_files import read_yaml, write_yaml

PARAMETERS = [
    "--crop-size",
    "32",
    "32",
    "--bg-roi-dilate",
    "3",
    "3",
    "--tail-filter-size",
    "3",
    "3",
    "--progress",
    "none",
]


COMMAND = [sys.executable, "-W", "error", "-m", "swath.cli.main", "depth"]


@dataclass
class Made:
    """What a command came to."""

    returncode: int
    stdout: str
    stderr: str


def swath(*arguments):
    """Run the entry point in this process: its exit status and its outputs."""
    out, err = io.StringIO(), io.StringIO()
    before, sys.argv = sys.argv, ["swath", *map(str, arguments)]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            main()
        status = 0
    except SystemExit as end:
        status = end.code or 0
    finally:
        sys.argv = before
    return Made(status, out.getvalue(), err.getvalue())


def extract(*arguments):
    return swath("depth", "extract", *arguments, *PARAMETERS)


def asked(out, sql):
    """Ask a dataset by the views of its catalogue."""
    with duckdb.connect() as connection:
        connection.execute((out / "catalog.sql").read_text())
        answer = connection.execute(sql)
        names = [column[0] for column in answer.description]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Sessions of every kind of trouble, extracted once."""
    root = tmp_path_factory.mktemp("project")
    for number in (1, 2):
        write_session(root / "day" / f"session_{number}", 30, seed=number)
    raw, _ = write_session(root / "cut_off", 30)
    raw.write_bytes(raw.read_bytes()[:-100])
    raw, frames = write_session(root / "zeros", 30)
    np.zeros_like(frames).tofile(raw)
    write_session(root / "no_metadata", 30)
    (root / "no_metadata" / "metadata.json").unlink()
    write_session(root / "infrared", 5, name="ir.dat")
    raw, _ = write_session(root / "short_times", 30)
    (root / "short_times" / "depth_ts.txt").write_text("1 0\n2 0\n")
    write_session(root / "two", 5)
    write_session(root / "two", 5, name="other.dat")
    return root, extract(root, "-o", root / "out")


def test_good_sessions_are_extracted_and_the_others_set_aside(project):
    root, made = project
    assert made.returncode == 3
    assert asked(root / "out", "SELECT session, subject, frames FROM sessions ORDER BY session") == [
        {"session": f"day/session_{number}", "subject": "M One", "frames": 30} for number in (1, 2)
    ]
    why = {row["source"]: row["detail"] for row in asked(root / "out", "SELECT source, detail FROM quarantine")}
    reasons = {str(key.split("/")[-2]): value for key, value in why.items()}
    assert "cut off" in reasons["cut_off"]
    assert "of the background is deeper" in reasons["zeros"]
    assert "--skip-checks" in reasons["no_metadata"]
    assert "2 timestamps" in reasons["short_times"]
    assert "2 recordings" in reasons["two"]
    assert set(reasons) == {"cut_off", "zeros", "no_metadata", "short_times", "two"}
    assert made.stderr.count("not extracted: ") == 6


def test_the_states_say_what_became_of_each(project):
    root, _ = project
    made = swath("depth", "status", root, "--format", "json")
    assert made.returncode == 3
    states = {row["session"]: (row["state"], row["why"]) for row in json.loads(made.stdout)}
    assert states["day/session_1"] == ("complete", "")
    assert states["cut_off"][0] == states["zeros"][0] == states["short_times"][0] == "failed"
    assert "cut off" in states["cut_off"][1]
    assert states["no_metadata"][0] == "no metadata"


def test_scalars_in_sql_are_those_of_the_results_file(project):
    root, _ = project
    rows = asked(
        root / "out", "SELECT frame, area_px, angle, flags FROM scalars WHERE session = 'day/session_1' ORDER BY 1"
    )
    with h5py.File(root / "day" / "session_1" / "proc" / "results_00.h5") as file:
        area, angle = file["scalars/area_px"][:], file["scalars/angle"][:]
    assert [row["area_px"] for row in rows] == area.tolist()
    assert [row["angle"] for row in rows] == [None if np.isnan(value) else value for value in angle.tolist()]
    assert rows[0]["flags"] == "no mouse"
    (statistics,) = asked(root / "out", "SELECT * FROM roi_statistics WHERE session = 'day/session_1'")
    assert statistics["frames"] == 30
    assert 0 < statistics["mean_height"] < 46


def test_again_extracts_only_what_is_not_complete(project, tmp_path):
    root, _ = project
    results = root / "day" / "session_1" / "proc" / "results_00.h5"
    before = results.stat().st_mtime_ns
    write_session(root / "later", 20, seed=9)
    try:
        made = extract(root, "-o", root / "out", "--format", "json")
        counts = json.loads(made.stdout)["counts"]
        assert counts["sessions extracted"] == 1
        assert counts["sessions that stood already"] == 2
        assert results.stat().st_mtime_ns == before
    finally:
        for path in sorted((root / "later").rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def test_complete_sessions_of_other_parameters_are_told(project, tmp_path):
    root, _ = project
    made = extract(root / "day" / "session_1", "-o", tmp_path / "out", "--chunk-size", 500, "--format", "json")
    assert json.loads(made.stdout)["counts"] == {STOOD: 1}
    made = extract(root / "day" / "session_1", "-o", tmp_path / "out", "--max-height", 90, "--format", "json")
    assert json.loads(made.stdout)["counts"] == {STOOD: 1, OTHERWISE: 1}


def test_killed_and_again(tmp_path):
    for number in range(5):
        write_session(tmp_path / "a" / f"s{number}", 100, seed=number)
    command = [*COMMAND, "extract", "a", "-o", "out", *PARAMETERS, "--executor", "serial"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL)
    statuses = [tmp_path / "a" / f"s{number}" / "proc" / "results_00.yaml" for number in range(5)]
    deadline = time.monotonic() + 60
    while not (statuses[1].exists() and read_status(statuses[1]).get("uuid")) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "out").exists()
    assert read_status(statuses[0])["complete"] is True
    assert not (tmp_path / "a" / "s4" / "proc").exists()
    before = (tmp_path / "a" / "s0" / "proc" / "results_00.h5").stat().st_mtime_ns
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / "a" / "s0" / "proc" / "results_00.h5").stat().st_mtime_ns == before
    assert all(read_status(path)["complete"] for path in statuses)
    assert not [path for path in (tmp_path / "a").rglob("*") if "partial" in path.name]


def test_the_dataset_does_not_depend_on_the_workers(project, tmp_path):
    root, _ = project
    for name, workers in (("one", ("--workers", 1)), ("three", ("--executor", "threads", "--workers", 3))):
        made = extract(root / "day", "-o", tmp_path / name, "--overwrite", *workers)
        assert made.returncode == 0, made.stderr
    assert part_bytes(tmp_path / "one") == part_bytes(tmp_path / "three")


def test_progress_is_told_within_a_session(tmp_path):
    write_session(tmp_path / "s1", 40)
    made = swath("depth", "extract", tmp_path, "-o", tmp_path / "out", *PARAMETERS[:-1], "jsonl")
    events = [json.loads(line) for line in made.stderr.splitlines()]
    assert [event["event"] for event in events] == ["StageStarted", "ChunkProgressed", "ChunkFinished", "StageFinished"]
    assert events[1]["bytes"] == events[2]["bytes"] == events[0]["total"]


def test_a_recording_that_fails_is_one_line(project, tmp_path):
    root, _ = project
    command = [*COMMAND, "extract", root / "cut_off" / "depth.dat", "-o", tmp_path / "out"]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 1
    assert made.stderr.startswith("error: ")
    assert len(made.stderr.splitlines()) == 2
    for wrong, status in (
        (["nothing.dat"], 1),
        ([root, "--min-height", "200"], 2),
        ([root, "--config-file", "none.yaml"], 2),
        ([root / "day", "--extensions", ".avi"], 1),
    ):
        made = extract(*wrong, "-o", tmp_path / "out")
        assert (made.returncode, made.stderr.count("error: ")) == (status, 1), made.stderr


def test_an_archive_is_read_where_it_is(tmp_path):
    raw, _ = write_session(tmp_path / "inside", 30)
    with tarfile.open(tmp_path / "session_1.tar.gz", "w:gz") as archive:
        for name in ("metadata.json", "depth_ts.txt", "depth.dat"):
            archive.add(tmp_path / "inside" / name, name)
    extract_session(session_of(raw), Settings(crop_size=(32, 32), bg_roi_dilate=(3, 3), tail_filter_size=(3, 3)))
    with tarfile.open(tmp_path / "session_2.tgz", "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("../../outside.txt"), io.BytesIO())
    made = extract(tmp_path, "-o", tmp_path / "out")
    assert made.returncode == 3
    assert "points outside" in made.stderr
    assert sorted(path.name for path in (tmp_path / "session_1").iterdir()) == ["proc"]
    with (
        h5py.File(tmp_path / "session_1" / "proc" / "results_00.h5") as mine,
        h5py.File(tmp_path / "inside" / "proc" / "results_00.h5") as other,
    ):
        np.testing.assert_array_equal(mine["frames"][:], other["frames"][:])


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")
def test_results_of_the_peer_go_into_the_dataset(tmp_path):
    session = tmp_path / "a" / "s1"
    (session / "proc").mkdir(parents=True)
    for path in (CASES / "sessions" / "mini_default_proc").iterdir():
        (session / "proc" / path.name).write_bytes(path.read_bytes())
    for name in ("depth.avi", "metadata.json", "depth_ts.txt"):
        (session / name).write_bytes((CASES / "sessions" / "mini" / name).read_bytes())
    made = swath("depth", "extract", tmp_path / "a", "-o", tmp_path / "out", "--extensions", ".avi")
    assert made.returncode == 0, made.stderr
    (row,) = asked(tmp_path / "out", "SELECT extracted_by, frames, true_depth, flagged FROM sessions")
    assert row == {"extracted_by": "moseq2-extract", "frames": 60, "true_depth": 673.0, "flagged": None}
    assert asked(tmp_path / "out", "SELECT count(angle) AS n FROM scalars")[0]["n"] > 50


def test_configurations_and_what_goes_before(tmp_path):
    write_session(tmp_path / "s1", 12)
    write_session(tmp_path / "s2", 12, seed=2)
    (tmp_path / "config.yaml").write_text(
        config_text()
        .replace("min_height: 10 ", "min_height: 12 ")
        .replace("max_height: 120", "max_height: 100")
        .replace("output_dir: proc", "output_dir: results")
        + "min_heigth: 3\nskip_completed: false\n"
    )
    write_yaml(tmp_path / "sessions.yaml", {"s2": {"max_height": 90, "output_dir": "results"}})
    made = extract(
        *(tmp_path, "-o", tmp_path / "out", "--config-file", tmp_path / "config.yaml", "--no-film"),
        *("--session-config-path", tmp_path / "sessions.yaml", "--min-height", "10", "--num-frames", "9"),
    )
    assert made.returncode == 0, made.stderr
    assert "is 'min_height' meant?" in made.stderr
    found = [read_status(tmp_path / name / "results" / "results_00.yaml")["parameters"] for name in ("s1", "s2")]
    assert [(each["min_height"], each["max_height"], each["num_frames"]) for each in found] == [
        (10, 100, 9),
        (10, 90, 9),
    ]
    assert not list(tmp_path.rglob("*.mp4"))


@pytest.mark.skipif(not CASES.is_dir(), reason="conformance/depth is not here")
@pytest.mark.parametrize("camera", ["config", "config_azure"])
def test_the_peer_s_configurations_are_read_as_they_are(camera, tmp_path):
    path = CASES / "layouts" / f"{camera}.yaml"
    config = read_config(path)
    assert config.warnings == ()
    (tmp_path / "mine.yaml").write_text(config_text("azure" if "azure" in camera else "k2"))
    mine = make_settings(read_config(tmp_path / "mine.yaml"), {"chunk_size": 3000})
    assert make_settings(config, {}) == mine


def test_printed_commands(tmp_path):
    for number in (1, 2):
        write_session(tmp_path / f"s{number}", 5)
    write_yaml(tmp_path / "sessions.yaml", {"s2": {"max_height": 90}})
    made = extract(
        *(tmp_path, "--print-commands", "--ncpus", "4", "--job-memory", "10GB", "--prefix", "module load x; "),
        *("--session-config-path", tmp_path / "sessions.yaml", "--extract-out-script", tmp_path / "out.sh"),
    )
    assert made.returncode == 0, made.stderr
    lines = made.stdout.splitlines()
    assert lines == (tmp_path / "out.sh").read_text().splitlines()
    assert lines[0].startswith('sbatch -c 4 --mem=10GB -p short -t 3:00:00 --wrap "module load x; swath depth extract')
    assert lines[1].endswith(f'--config-file {tmp_path}/s2/proc/config.yaml {tmp_path}/s2/depth.dat; "')
    assert read_yaml(tmp_path / "s2" / "proc" / "config.yaml")["max_height"] == 90
    assert not (tmp_path / "depth-dataset").exists()


def test_sessions_are_found(tmp_path):
    for name in ("a/depth.dat", "b/c/depth.dat", "b/ir.dat", "session_1.tgz", "x_session_1.tgz", "out/_swath/x.dat"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    found = [str(session.recording.relative_to(tmp_path)) for session in find_sessions(tmp_path)]
    assert found == ["session_1.tgz", "a/depth.dat", "b/c/depth.dat"]
    assert [path.name for path in recordings_in(tmp_path)] == ["depth.dat", "ir.dat"]
    assert len(unextracted(find_sessions(tmp_path))) == 1
    assert len(unextracted(find_sessions(tmp_path), skip_checks=True)) == 3


def test_background_and_roi_by_themselves(tmp_path):
    raw, _ = write_session(tmp_path / "s", 12)
    made = swath("depth", "background", raw, "--format", "json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)[0]["median_depth"] > 600
    made = swath("depth", "roi", raw, "--bg-roi-dilate", "3", "3", "--format", "json")
    (row,) = json.loads(made.stdout)
    assert row["true_depth"] == 670
    assert abs(row["roi_pixels"] - np.pi * 27**2) < 300
    names = {path.name for path in (tmp_path / "s" / "proc").iterdir()}
    assert {"bground.tiff", "bground.png", "roi_00.tiff", "roi_00.png", "first_frame.tiff"} <= names
    assert swath("depth", "roi", raw, "--bg-roi-index", "7").returncode == 1


@pytest.mark.parametrize(
    "command",
    [
        *("background", "roi", "extract", "aggregate", "index", "status", "copy-slice", "convert", "config"),
        "metadata-to-yaml",
    ],
)
def test_every_command_has_an_example(command):
    made = swath("depth", command, "--help")
    assert made.returncode == 0
    assert f"Example: swath depth {command} " in made.stdout


def test_files_by_command(tmp_path):
    raw, _ = write_session(tmp_path / "s", 12)
    made = swath("depth", "convert", raw, "-o", tmp_path / "a.avi")
    assert "12 frames, 0 to 11" in made.stdout
    made = swath("depth", "copy-slice", raw, "-o", tmp_path / "b.dat", "-c", 2, 8)
    assert "6 frames, 2 to 7" in made.stdout
    assert swath("depth", "copy-slice", raw, "-o", tmp_path / "c.dat", "-c", 2, 8, "--delete").returncode == 2
    made = swath("depth", "config", "-o", tmp_path / "config.yaml", "--camera-type", "azure")
    assert made.returncode == 0
    assert swath("depth", "config", "-o", tmp_path / "config.yaml").returncode == 1
    assert read_yaml(tmp_path / "config.yaml")["crop_size"] == [120, 120]
