"""The command line by its real entry point."""

import csv
import io
import json
import os
import signal
import subprocess
import sys

import pytest

from commands import called, started
from makers import FAN, planet4_row, row, write_export

COMMANDS = [
    ["convert"],
    ["planet4", "convert"],
    ["planet4", "compare"],
    *(["planet4", name] for name in ("produce", "reduce", "clean", "cluster", "combine", "ground", "catalog")),
    *(["planet4", *names.split()] for names in ("plot tile", "plot azimuth", "stats quality", "stats coverage")),
    ["planet4", "stats", "activity"],
    *(["sky", name] for name in ("thumbnail", "summary", "reorganize", "clear", "backup", "backups", "restore")),
    *(["sky", "config", name] for name in ("show", "diff")),
    *(["sky", name] for name in ("init", "cameras", "reduce", "export", "frames", "sessions", "nights", "plot")),
    ["query"],
    ["inspect"],
    ["verify"],
    ["schema"],
    ["bench"],
]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    export = write_export(
        folder / "c.csv", [row(1), row(2, annotations=[{"task": "T1", "value": [{"tool": 0, "x": 1, "y": 2}]}])]
    )
    assert started("convert", export, "-o", folder / "out").returncode == 0
    return folder / "out"


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example(command):
    shown = called(*command, "--help")
    assert shown.returncode == 0
    assert "Example: swath " + " ".join(command) in " ".join(shown.stdout.split())


def test_help_imports_nothing_heavy():
    script = (
        "import sys, swath.cli.main; print([m for m in ('numba', 'pyarrow', 'duckdb', 'numpy') if m in sys.modules])"
    )
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
        == "[]"
    )


def test_convert_query_inspect_verify(out, tmp_path):
    listed = json.loads(started("query", out, "--format", "json").stdout)
    assert {"classifications": 2, "marks": 1}.items() <= {r["table"]: r["rows"] for r in listed}.items()
    asked = "SELECT classification_id, created_at FROM classifications WHERE classification_id = $id"
    found = called("query", out, asked, "-p", "id=100000002", "--format", "json")
    assert json.loads(found.stdout) == [{"classification_id": 100000002, "created_at": "2019-10-24T18:23:02+00:00"}]
    written = called("query", out, "SELECT x, NULL AS n FROM marks", "--format", "csv", "-o", tmp_path / "m.csv")
    assert written.returncode == 0
    assert list(csv.reader(io.StringIO((tmp_path / "m.csv").read_text()))) == [["x", "n"], ["1.0", ""]]
    assert called("query", out, "FROM marks", "--format", "parquet", "-o", tmp_path / "m.parquet").returncode == 0
    inspected = json.loads(started("inspect", out, "--format", "json").stdout)
    assert inspected["about"]["job"] == "convert"
    assert "unchanged since" in inspected["about"]["input 1"]
    assert "all as written" in started("verify", out).stdout


def test_inspect_lists_the_files(out):
    listed = list(csv.DictReader(io.StringIO(called("inspect", out, "--part-list", "--format", "csv").stdout)))
    assert {part["path"] for part in listed} == {p.relative_to(out).as_posix() for p in out.rglob("*.parquet")}
    inspected = json.loads(called("inspect", out, "--part-list", "--format", "json").stdout)
    assert sum(part["rows"] for part in inspected["parts"]) == sum(table["rows"] for table in inspected["tables"])
    assert listed[0]["path"] in called("inspect", out, "--part-list").stdout


def test_verify_finds_damage(out, tmp_path):
    import shutil

    copy = shutil.copytree(out, tmp_path / "copy")
    part = next(copy.rglob("marks/**/*.parquet"))
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    shown = called("verify", copy)
    assert shown.returncode == 1
    assert part.relative_to(copy).as_posix() in shown.stdout


def test_rejected_rows_give_status_3_and_say_how_to_see_them(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1), row(2, annotations="[")])
    shown = called("convert", export, "-o", tmp_path / "out", "--progress", "jsonl")
    assert shown.returncode == 3
    assert "set aside: bad annotations: 1" in shown.stdout
    events = [json.loads(line) for line in shown.stderr.splitlines() if line.startswith("{")]
    assert {"StageStarted", "ChunkFinished", "StageFinished"} <= {event["event"] for event in events}
    assert "1 rows could not be read" in shown.stderr
    again = called("convert", export, "-o", tmp_path / "out")
    assert again.returncode == 3
    assert "is up to date" in again.stdout


def test_failures_and_usage_errors(tmp_path, out):
    export = write_export(tmp_path / "c.csv", [row(1)])
    missing = started("convert", tmp_path / "none.csv", "-o", tmp_path / "x")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("error: cannot read")
    assert "hint: " in missing.stderr
    assert called("convert", export, "-o", tmp_path / "x", "--only", "mark").returncode == 2
    assert called("convert", export, "-o", tmp_path / "x", "--memory", "much").returncode == 2
    assert called("convert", export).returncode == 2
    twice = called("convert", export, "-o", tmp_path / "x", "--scheduler", "tcp://a:1", "--scheduler-file", export)
    assert (twice.returncode, twice.stderr.splitlines()[0]) == (2, "error: the scheduler is given twice")
    unstarted = called("convert", export, "-o", tmp_path / "x", "--scheduler-file", tmp_path / "none.json")
    assert (unstarted.returncode, unstarted.stdout) == (1, "")
    assert "there is no scheduler file" in unstarted.stderr
    small = called("convert", export, "-o", tmp_path / "x", "--memory", "64M")
    assert small.returncode == 1
    assert "give --memory " in small.stderr
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine.txt").write_text("mine")
    assert called("convert", export, "-o", foreign, "--overwrite").returncode == 1
    assert called("query", out, "DROP VIEW marks").returncode == 1
    assert called("query", out, "nonsense", "--ready").returncode == 2
    assert not (tmp_path / "x").exists()


def test_changed_settings_refuse_and_overwrite_replaces(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1)])
    assert called("convert", export, "-o", tmp_path / "out").returncode == 0
    refused = called("convert", export, "-o", tmp_path / "out", "--only", "marks")
    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert called("convert", export, "-o", tmp_path / "out", "--only", "marks", "--overwrite").returncode == 0


def test_the_same_choice_in_another_order_is_the_same_run(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1)])
    chosen = ["--only", "marks", "--only", "subjects", "--workflow", "2001", "--workflow", "2002"]
    assert called("convert", export, "-o", tmp_path / "out", *chosen).returncode == 0
    again = ["--workflow", "2002", "--workflow", "2001", "--workflow", "2001", "--only", "subjects", "--only", "marks"]
    assert "is up to date" in called("convert", export, "-o", tmp_path / "out", *again).stdout


def test_strict_stops_at_the_first_rejected_row(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1), row(2, annotations="[")])
    shown = called("convert", export, "-o", tmp_path / "out", "--strict")
    assert (shown.returncode, shown.stdout) == (1, "")
    assert "bad annotations" in shown.stderr
    assert "leave --strict out" in shown.stderr
    assert not (tmp_path / "out").exists()


def interrupt(arguments, chunks):
    """Start a conversion, interrupt it after so many chunks, and give its status and what it said."""
    # the children of a shell's background job ignore SIGINT, unless they set it anew
    script = "import signal as s, swath.cli.main as m; s.signal(s.SIGINT, s.default_int_handler); m.main()"
    command = [sys.executable, "-c", script, *map(str, arguments), "--progress", "jsonl"]
    said, finished = [], 0
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        for line in started.stderr:
            finished += '"ChunkFinished"' in line
            if finished == chunks and '"ChunkFinished"' in line:
                started.send_signal(signal.SIGINT)
            if not line.startswith("{"):
                said.append(line)
    return started.returncode, "".join(said)


@pytest.mark.skipif(os.name != "posix", reason="needs signals of POSIX")
def test_interrupted_it_says_what_is_kept_and_how_to_go_on(tmp_path):
    # far more chunks than can be done between the event that is waited for and the signal that answers it
    export = write_export(tmp_path / "c.csv", [planet4_row(n, [FAN] * 5) for n in range(400)])
    arguments = ["planet4", "convert", export, "-o", tmp_path / "out", "--executor", "serial", "--chunk-size", "4K"]
    status, said = interrupt(arguments, 5)
    assert status == 130
    kept = int(said.split()[1])
    assert said == f"interrupted: {kept} chunks are kept, the same command goes on from there\n"
    assert kept >= 5
    state = json.loads(called("inspect", tmp_path / "out", "--format", "json").stdout)["about"]["state"]
    done = int(state.split()[1])
    # the chunk that was being written down when the signal came may be kept without having been counted
    assert kept <= done <= kept + 1
    assert called("verify", tmp_path / "out").returncode == 1
    again = started(*arguments, "--progress", "jsonl")
    assert again.returncode == 0
    assert sum(json.loads(line).get("resumed", False) for line in again.stderr.splitlines()) == done


@pytest.mark.skipif(os.name != "posix", reason="needs pipes of POSIX")
def test_a_reader_that_is_gone_is_no_traceback(out):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "swath.cli.main", "inspect", out]
    shown = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (shown.returncode, shown.stderr) == (1, "")


def test_dry_run_writes_nothing(tmp_path):
    export = write_export(tmp_path / "c.csv", [row(1)])
    shown = called("convert", export, "-o", tmp_path / "out", "--dry-run", "--format", "json")
    plan = json.loads(shown.stdout)
    assert plan["stages"][0] == {"name": "classifications", "chunks": 1}
    assert plan["memory"] <= plan["budget"]
    assert "marks" in plan["tables"]
    settled = json.loads(
        called("planet4", "convert", export, "-o", tmp_path / "out", "--dry-run", "--format", "json").stdout
    )
    assert [stage["chunks"] for stage in settled["stages"]] == [1, None]
    assert [p.name for p in tmp_path.iterdir()] == ["c.csv"]


def test_planet4_convert_and_compare(tmp_path):
    export = write_export(tmp_path / "c.csv", [planet4_row(1, [FAN])])
    coords = tmp_path / "coords.csv"
    coords.write_text("tile_id,x_tile,y_tile,obsid\nAPF0000abc,7,8,ESP_1\n")
    made = started(
        "planet4", "convert", export, "--tile-coords", coords, "--clean", "-o", tmp_path / "out", "--format", "json"
    )
    assert json.loads(made.stdout)["counts"]["markings"] == 1
    found = json.loads(
        started("planet4", "compare", tmp_path / "out", "--tile-coords", coords, "--format", "json").stdout
    )
    assert found["obsids"] == {"output": 1, "catalogue": 1, "shared": 0, "new": 1, "only_in_catalogue": 1}
    assert found["new_obsids"] == ["ESP_047189_0955"]
    assert (found["full_metadata"], found["sparse_metadata"]) == (1, 0)


def test_schema():
    every = json.loads(started("schema", "--format", "json").stdout)
    assert len(every) == len({(r["command"], r["table"], r["column"]) for r in every})
    rows = json.loads(called("schema", "marks", "--format", "json").stdout)
    assert {"column": "x", "unit": "px"}.items() <= next(r for r in rows if r["column"] == "x").items()
    assert called("schema", "nothing").returncode == 2
