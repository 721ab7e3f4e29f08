"""``swath query`` by its real entry point, and the printing of results."""

import csv
import io
import json
import os
import signal
import subprocess
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands import COMMAND, called, started
from makers import FAN, planet4_row, row, write_export
from swath.cli.output import plain, print_rows
from swath.cli.query import _typed
from swath.cli.result import write_result
from swath.errors import QueryError


def ask(*arguments, run=called):
    shown = run("query", *arguments)
    assert (shown.returncode, shown.stderr) == (0, "")
    return shown.stdout


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("query_cli")
    drawing = [{"task": "T1", "value": [{"tool": 0, "x": 1, "y": 2}]}]
    rows = [row(1, user_name='Ünï, "x"\n\x1b[2J'), row(2, user_name="火星", annotations=drawing)]
    assert called("convert", write_export(folder / "c.csv", rows), "-o", folder / "out").returncode == 0
    return folder / "out"


@pytest.fixture(scope="module")
def markings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("markings")
    export = write_export(folder / "c.csv", [planet4_row(1, [FAN])])
    assert called("planet4", "convert", export, "-o", folder / "out").returncode == 0
    return folder / "out"


VALUES = (
    "SELECT 1 AS i, 1.5::DOUBLE AS f, 'nan'::DOUBLE AS n, NULL AS z, true AS b, sum(2::BIGINT) AS s, "
    "1.25::DECIMAL(9, 2) AS d, TIMESTAMPTZ '2020-01-02 03:04:05Z' AS t, DATE '2020-01-02' AS day, [1, NULL] AS l, "
    "MAP {'k': 'v'} AS m, {'x': 1} AS st, '\\xAB'::BLOB AS raw"
)


def test_json(out):
    assert json.loads(ask(out, VALUES, "--format", "json", run=started)) == [
        {"i": 1, "f": 1.5, "n": None, "z": None, "b": True, "s": 2, "d": 1.25, "t": "2020-01-02T03:04:05+00:00",
         "day": "2020-01-02", "l": [1, None], "m": {"k": "v"}, "st": {"x": 1}, "raw": "ab"}
    ]  # fmt: skip
    assert json.loads(ask(out, "FROM marks WHERE false", "--format", "json")) == []


def test_csv(out):
    _header, values = csv.reader(io.StringIO(ask(out, VALUES, "--format", "csv", run=started)))
    assert values == ["1", "1.5", "", "", "true", "2", "1.25", "2020-01-02T03:04:05+00:00", "2020-01-02", "[1, null]",
                      '{"k": "v"}', '{"x": 1}', "ab"]  # fmt: skip
    rows = csv.reader(
        io.StringIO(ask(out, "SELECT user_name AS a, 1 AS a FROM classifications ORDER BY ALL", "--format", "csv"))
    )
    assert list(rows) == [["a", "a_1"], ['Ünï, "x"\n\x1b[2J', "1"], ["火星", "1"]]
    assert ask(out, "SELECT x FROM marks WHERE false", "--format", "csv") == "x\n"


def test_a_table_shows_all_and_nothing_else(out):
    shown = ask(
        out, "SELECT user_name, 7 AS n, repeat('long ', 100) AS t FROM classifications ORDER BY ALL", run=started
    )
    lines = shown.splitlines()
    assert len(lines) == 4
    assert "\x1b" not in shown
    assert '"x"\\n\\x1b[2J  7  ' in lines[2]
    assert lines[3].startswith("火星")
    assert lines[3].endswith("long")


def test_the_tables_are_listed(out, markings):
    listed = json.loads(ask(out, "--as", f"mars={markings}", "--format", "json", run=started))
    rows = {item["table"]: item["rows"] for item in listed}
    assert {"classifications": 2, "marks": 1, "mars.markings": 1}.items() <= rows.items()
    assert "workflow_id BIGINT" in next(item["columns"] for item in listed if item["table"] == "marks")


def test_several_outputs(out, markings):
    sql = "SELECT (SELECT count(*) FROM mars.markings) AS m, (SELECT count(*) FROM marks) AS n"
    assert json.loads(ask(out, sql, "--as", f"mars={markings}", "--format", "json")) == [{"m": 1, "n": 1}]


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-5", -5), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("'5.10'", "5.10"), ("007", "007"), ("", ""),
     ("nan", "nan"), ("1_0", "1_0"), ("e5", "e5"), ("'", "'"), ("''", ""), ("it's", "it's"), ("-", "-")],
)  # fmt: skip
def test_parameters_are_numbers_or_texts(text, value):
    assert (_typed(text), type(_typed(text))) == (value, type(value))


def test_parameters_fill_names(out):
    sql = "SELECT $a + 1 AS a, $b AS b, workflow_version = $v AS v FROM classifications LIMIT 1"
    shown = ask(out, sql, "-p", "a=41", "-p", "b=x=y", "-p", "v='3.23'", "--format", "json")
    assert json.loads(shown) == [{"a": 42, "b": "x=y", "v": True}]


def test_sql_from_a_file(out, tmp_path):
    (tmp_path / "q.sql").write_text("-- how many?\nSELECT count(*) AS n\nFROM marks;\n")
    assert json.loads(ask(out, "--file", tmp_path / "q.sql", "--format", "json")) == [{"n": 1}]
    (tmp_path / "bad.sql").write_bytes(b"SELECT '\xff'")
    assert "UTF-8" in called("query", out, "--file", tmp_path / "bad.sql").stderr
    assert called("query", out, "--file", tmp_path / "none.sql").stderr.startswith("error: ")


def test_ready_questions(out, markings):
    names = [item["name"] for item in json.loads(ask(out, "--ready", "--format", "json"))]
    assert "marks_per_tool" in names
    assert "markings_per_kind" not in names
    assert json.loads(ask(markings, "--ready", "markings_per_kind", "--format", "json"))[0]["marking"] == "fan"
    for arguments, hint in [
        ((out, "--ready", "mark_per_tool"), "marks_per_tool"),
        ((markings, "--ready", "agreement"), "--ready"),
    ]:
        refused = called("query", *arguments)
        assert refused.returncode == 2
        assert hint in refused.stderr.splitlines()[-1]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "txt"])
def test_the_format_follows_the_file(out, tmp_path, ending):
    path = tmp_path / f"result.{ending}"
    assert ask(out, "SELECT 1 AS a, 'x' AS b", "-o", path) == ""
    if ending == "parquet":
        assert pq.read_table(path).to_pylist() == [{"a": 1, "b": "x"}]
    else:
        expected = {"csv": "a,b\n1,x\n", "json": '[\n {"a": 1, "b": "x"}\n]\n', "txt": "a  b\n-  -\n1  x\n"}
        assert path.read_bytes().decode() == expected[ending]
    assert [item.name for item in tmp_path.iterdir()] == [path.name]


def test_lists_go_into_files(out, tmp_path):
    assert ask(out, "-o", tmp_path / "tables.json") == ""
    assert json.loads((tmp_path / "tables.json").read_text())
    assert ask(out, "--ready", "-o", tmp_path / "ready.csv") == ""
    assert (tmp_path / "ready.csv").read_text().startswith("name,question\n")


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_failing_query_leaves_the_file_as_it_was(out, tmp_path, form):
    path = tmp_path / "result"
    path.write_text("before")
    sql = "SELECT CASE WHEN range > 300000 THEN error('no')::INT ELSE 1 END AS a FROM range(400000)"
    failed = called("query", out, sql, "--format", form, "-o", path)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert path.read_text() == "before"
    assert [item.name for item in tmp_path.iterdir()] == ["result"]


def test_an_output_is_not_written_into(out, tmp_path):
    part = next(out.glob("marks/*/*.parquet"))
    before = part.read_bytes()
    (tmp_path / "link").symlink_to(out)
    for path in (part, out / "new.parquet", tmp_path / "link" / "new.parquet"):
        assert called("query", out, "FROM marks", "-o", path).returncode == 2
    assert part.read_bytes() == before


def test_a_large_parquet_file_has_large_row_groups(out, tmp_path):
    ask(out, "SELECT range AS a FROM range(300000)", "-o", tmp_path / "a.parquet")
    written = pq.ParquetFile(tmp_path / "a.parquet")
    assert (written.metadata.num_rows, written.metadata.num_row_groups) == (300_000, 3)


@pytest.mark.parametrize("sql", ["SELECT '2020-01-01 00:00:00.123456789'::TIMESTAMP_NS", "SELECT 'infinity'::DATE"])
def test_values_that_cannot_be_shown_say_so(out, sql):
    failed = called("query", out, sql)
    assert failed.returncode == 1
    assert "VARCHAR" in failed.stderr


USAGE = [
    ["SELECT 1", "--format", "parquet"],
    ["--format", "parquet", "-o", "x.parquet"],
    ["SELECT 1", "--file", "q.sql"],
    ["agreement", "--ready", "--file", "q.sql"],
    ["--ready", "--file", "q.sql"],
    ["-p", "a=1"],
    ["SELECT $a", "-p", "a"],
    ["SELECT $a", "-p", "a=1", "-p", "a=2"],
    ["SELECT 1", "--as", "x"],
    ["SELECT 1", "--as", "main=x"],
    ["SELECT 1", "--memory", "much"],
    ["SELECT 1", "--memory", "1M"],
    ["SELECT 1", "--timeout", "0"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage(out, tmp_path, arguments):
    shown = called("query", out, *arguments, cwd=tmp_path)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert "error: " in shown.stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_errors_have_status_1(out, tmp_path):
    for arguments in ((out, "DROP VIEW marks"), (out, "SELECT nothing"), (tmp_path, "SELECT 1")):
        shown = called("query", *arguments)
        assert (shown.returncode, shown.stdout) == (1, "")
        assert shown.stderr.startswith("error: ")
        assert "Traceback" not in shown.stderr


def test_an_interrupted_query_leaves_nothing(out, tmp_path):
    command = [*COMMAND, "query", str(out), "SELECT sleep_ms(60000)", "-o", str(tmp_path / "x.csv")]
    asking = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    time.sleep(2)
    os.killpg(asking.pid, signal.SIGINT)
    _shown, said = asking.communicate(timeout=20)
    assert asking.returncode == 130
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_leaves_ends_the_query(out):
    command = [*COMMAND, "query", str(out), "SELECT range FROM range(100000000)", "--format", "csv"]
    asking = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert asking.stdout.readline() == b"range\n"
    asking.stdout.close()
    assert asking.wait(20) == 1
    assert asking.stderr.read() == b""
    asking.stderr.close()


def test_help_keeps_its_examples(out):
    shown = called("query", "--help")
    assert shown.returncode == 0
    assert 'Example: swath query out "FROM subjects WHERE subject_id = $id" -p id=500' in shown.stdout


def test_plain_values():
    given = [
        float("nan"),
        float("inf"),
        Decimal("3"),
        Decimal("1.5"),
        Decimal(10**30),
        date(2020, 1, 2),
        b"\xff",
        (1, 2),
    ]
    assert plain(given) == [None, None, 3, 1.5, 10**30, "2020-01-02", "ff", [1, 2]]
    assert plain({1: datetime(2020, 1, 2, tzinfo=UTC)}) == {"1": "2020-01-02T00:00:00+00:00"}
    assert [plain([("a", 1)]), plain(True), plain(None)] == [[["a", 1]], True, None]


def test_a_table_puts_numbers_to_the_right():
    rows = [{"n": 1, "t": "1", "z": None, "b": True}, {"n": 22.5, "t": "a\u202eb", "z": None, "b": False}]
    file = io.StringIO()
    print_rows(rows, ("n", "t", "z", "b"), "table", file)
    assert file.getvalue().splitlines() == [
        "   n  t         z  b",
        "----  --------  -  -----",
        "   1  1            true",
        "22.5  a\\u202eb     false",
    ]


def test_parquet_that_cannot_hold_a_type_says_so(tmp_path):
    batch = pa.record_batch({"i": pa.array([(1, 2, 3)], pa.month_day_nano_interval())})
    with pytest.raises(QueryError, match="Parquet cannot hold"):
        write_result(iter([batch]), "parquet", tmp_path / "i.parquet")
    assert list(tmp_path.iterdir()) == []
