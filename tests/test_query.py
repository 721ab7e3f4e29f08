"""SQL over outputs: views, partitions, several outputs, limits, and the ways out that must be shut."""

import datetime
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil
import pyarrow as pa
import pytest

from makers import BLOTCH, FAN, planet4_row, row, write_export
from swath.engine.dataset import Dataset
from swath.engine.executors import Workers
from swath.engine.job import Chunk, Job, Result, Stage
from swath.engine.run import Running, run
from swath.errors import OutputError, QueryError, UsageError
from swath.panoptes.convert import convert
from swath.planet4.convert import convert as convert_planet4
from swath.query import Outputs, query, stream
from swath.query.answer import answer
from swath.query.ask import MEMORY
from swath.query.request import Request
from swath.tables import INT64, TEXT, TEXT_MAP, TEXTS, TIME, Column, Table

KEYS = ["a", "b/../c", 'x"; drop', "line\nbreak", "50%", "ü", "", "NULL", "None", None, "CON", "dot.", "a=b", "+", "'"]
ODD = Table(
    'odd "name',
    "Names and values that need quoting.",
    (Column("n", INT64, "Number."), Column('a "b', TEXT, "The key again."), Column("k y", TEXT, "Key.")),
    ("k y",),
)
NESTED = Table(
    "nested",
    "Lists and maps.",
    (
        Column("l", TEXTS, "List."),
        Column("m", TEXT_MAP, "Map."),
        Column("t", TIME, "Time."),
        Column("k", INT64, "Key."),
    ),
    ("k",),
)
EMPTY = Table(
    "empty", "No rows.", (Column("n", INT64, "Number."), Column("l", TEXTS, "List."), Column("t", TIME, "Time."))
)


@dataclass(frozen=True)
class NoSettings:
    pass


class OddStage(Stage):
    """Writes the odd table in one chunk, the nested one in two."""

    name = "odd"

    def chunks(self, so_far):
        yield from (Chunk("0", 1), Chunk("1", 1))

    def chunk_memory(self):
        return 1 << 20

    def process(self, chunk, staging):
        nested = {
            "l": pa.array([["x", None], [], None], NESTED.schema.field("l").type),
            "m": pa.array([[("key", "value")], [], None], TEXT_MAP),
            "t": pa.array([datetime.datetime(2020, 1, 1, 23, 30, tzinfo=datetime.UTC), None, None], TIME),
            "k": pa.array([1, 2, None], pa.int64()),
        }
        tables = {NESTED.name: NESTED.frame(nested)}
        if chunk.key == "0":
            keys = pa.array(KEYS, pa.string())
            tables[ODD.name] = ODD.frame({"n": list(range(len(KEYS))), 'a "b': keys, "k y": keys})
        return Result(tables)


def write_odd(out):
    job = Job("odd", NoSettings(), (), (ODD, NESTED, EMPTY), (OddStage(),))
    run(job, out, Running(Workers("serial", 1)))
    return out


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("query")
    points = [{"task": "T1", "value": [{"tool": 0, "x": 1.5, "y": 2, "details": [{"value": 0}]}]}]
    survey = [{"task": "T2", "value": [{"choice": "FOX", "answers": {"N": "1"}}]}]
    rows = [row(n, workflow_id=2001 + n % 2, annotations=(points, survey)[n % 2]) for n in range(8)]
    rows += [row(20, annotations="["), row(21)]
    convert([write_export(folder / "c.csv", rows)], folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def markings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("markings")
    rows = [planet4_row(n, [FAN, BLOTCH] if n % 2 else []) for n in range(8)]
    convert_planet4([write_export(folder / "c.csv", rows)], folder / "out")
    return folder / "out"


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    return write_odd(tmp_path_factory.mktemp("odd") / "it's [odd] *")


def rows_of(*arguments, **options):
    return query(*arguments, **options).to_pylist(maps_as_pydicts="strict")


def changed_manifest(out, target, change):
    """A copy of an output with its manifest changed."""
    copy = shutil.copytree(out, target)
    path = copy / "_swath" / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return copy


def test_views_have_every_column_and_the_partition(out):
    assert rows_of(out, "SELECT workflow_id, count(*) AS n FROM marks GROUP BY ALL") == [{"workflow_id": 2001, "n": 4}]
    for name, table in Dataset.open(out).manifest.tables.items():
        described = rows_of(out, f'DESCRIBE "{name}"')
        assert [(c["column_name"], c["column_type"]) for c in described] == [
            (c["name"], c["dtype"]) for c in table["columns"]
        ]


@pytest.mark.parametrize(
    ("sql", "count"),
    [
        ("FROM marks", 4),
        ("TABLE marks", 4),
        ("VALUES (1), (2)", 2),
        ("WITH m AS (SELECT * FROM marks) SELECT * FROM m; -- done", 4),
        ("SUMMARIZE marks", 31),
        ("DESCRIBE SELECT 1 AS a, 2 AS b", 2),
        ("SHOW TABLES", 7),
        ("PIVOT marks ON tool_type IN ('point') USING count(*) GROUP BY workflow_id", 1),
        ("EXPLAIN SELECT 1", 1),
        ("explain analyze SELECT 1", 1),
        ("EXPLAIN (FORMAT json) SELECT 1", 1),
        ("EXPLAIN (ANALYZE, FORMAT json) SELECT 1", 1),
        ("SELECT * FROM query('SELECT 1')", 1),
    ],
)
def test_all_that_reads_is_allowed(out, sql, count):
    found = query(out, sql)
    assert found.num_rows == count or sql.startswith(("SUMMARIZE", "SHOW"))
    assert found.num_rows > 0


def test_odd_names_and_values(odd):
    found = rows_of(odd, 'SELECT n, "a ""b" AS a, "k y" AS k FROM "odd ""name" ORDER BY n')
    assert [(r["a"], r["k"]) for r in found] == [(key, key) for key in KEYS]
    each = [f"""(SELECT count(*) FROM "odd ""name" WHERE "k y" IS NOT DISTINCT FROM $k{n})""" for n in range(len(KEYS))]
    (counted,) = rows_of(odd, f"SELECT {', '.join(each)}", {f"k{n}": key for n, key in enumerate(KEYS)})
    assert list(counted.values()) == [1] * len(KEYS)


def test_lists_maps_and_null_partitions(odd):
    found = rows_of(odd, "SELECT l, m, k FROM nested ORDER BY k LIMIT 6")
    assert found[::2] == [
        {"l": ["x", None], "m": {"key": "value"}, "k": 1},
        {"l": [], "m": {}, "k": 2},
        {"l": None, "m": None, "k": None},
    ]
    assert rows_of(odd, "SELECT count(*) AS n FROM nested WHERE k IS NULL") == [{"n": 2}]


def test_an_empty_table_has_its_columns(odd):
    found = query(odd, "FROM empty")
    assert (found.num_rows, found.column_names) == (0, ["n", "l", "t"])
    assert rows_of(odd, "SELECT count(*) AS n FROM empty") == [{"n": 0}]


def test_equal_names_are_told_apart(out):
    found = query(out, "SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS a")
    assert found.to_pylist() == [{"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}]


def test_times_are_in_utc_wherever_it_runs(odd, monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    (found,) = rows_of(odd, "SELECT max(t) AS t, CAST(max(t) AS DATE) AS day FROM nested")
    assert found["t"].isoformat() == "2020-01-01T23:30:00+00:00"
    assert found["day"] == datetime.date(2020, 1, 1)


def test_parameters_are_bound(out):
    given = {"a": 7, "b": "'; DROP", "c": None, "d": datetime.date(2020, 1, 2), "e": [1, 2]}
    assert rows_of(out, "SELECT $a AS a, $b AS b, $c AS c, $d AS d, $e AS e", given) == [given]
    for wrong in ({}, {"b": 1}):
        with pytest.raises(QueryError):
            query(out, "SELECT $a", wrong)


def test_several_outputs(out, markings):
    found = rows_of(
        out,
        "SELECT (SELECT count(*) FROM mars.markings) AS m, (SELECT count(*) FROM select_.marks) AS s, count(*) AS c "
        "FROM classifications",
        also={"mars": markings, "select_": out},
    )
    assert found == [{"m": 12, "s": 4, "c": 9}]
    outputs = Outputs.open(out, {"mars": markings})
    assert outputs.tables == list(Dataset.open(out).manifest.tables)
    assert {"table": "mars.markings", "rows": 12}.items() <= outputs.listing()[-2].items() | outputs.listing()[
        -1
    ].items()


@pytest.mark.parametrize("name", ["main", "TEMP", "system", "information_schema", "a b", "a.b", "", "1a", 'a"'])
def test_names_that_no_output_can_have(out, name):
    with pytest.raises(UsageError, match="cannot name"):
        query(out, "SELECT 1", also={name: out})


def test_names_are_equal_in_upper_and_lower_case(out):
    with pytest.raises(UsageError, match="two outputs"):
        query(out, "SELECT 1", also={"last": out, "Last": out})


def test_what_is_no_output_is_refused(tmp_path):
    with pytest.raises(OutputError, match="not a finished"):
        query(tmp_path, "SELECT 1")


def test_only_the_files_of_the_wanted_partition_are_read(out, tmp_path):
    copy = shutil.copytree(out, tmp_path / "copy")
    for path in copy.glob("classifications/workflow_id=2002/*"):
        path.write_bytes(b"PAR1" + bytes(path.stat().st_size - 8) + b"PAR1")
    assert rows_of(copy, "SELECT count(user_name) AS n FROM classifications WHERE workflow_id = 2001") == [{"n": 5}]
    with pytest.raises(QueryError):
        query(copy, "SELECT count(user_name) FROM classifications")


def test_an_output_below_a_directory_that_reads_as_its_partition_is_refused(out, tmp_path):
    copy = shutil.copytree(out, tmp_path / "Workflow_ID=7" / "out")
    with pytest.raises(QueryError, match="read as a partition"):
        query(copy, "SELECT 1")
    other = shutil.copytree(out, tmp_path / "year=2020" / "out")
    assert rows_of(other, "SELECT min(workflow_id) AS n FROM marks") == [{"n": 2001}]


def test_a_large_result_is_never_held_whole(out):
    outputs = Outputs.open(out)
    rows = sum(
        batch.num_rows
        for batch in stream(outputs, "SELECT range AS a, 'text ' || range AS b FROM range(5000000)", memory=64 << 20)
    )
    assert rows == 5_000_000


WAYS_OUT = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM glob('INSIDE/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_json('/proc/self/environ')",
    "SELECT * FROM read_parquet('SECRET')",
    "SELECT * FROM parquet_metadata('SECRET')",
    "SELECT * FROM parquet_schema('SECRET')",
    "SELECT * FROM parquet_kv_metadata('SECRET')",
    "SELECT * FROM read_duckdb('SECRET')",
    "SELECT * FROM query_table(['SECRET'])",
    "SELECT * FROM query('SELECT * FROM ''SECRET''')",
    "SELECT * FROM read_parquet('INSIDE/../SECRET')",
    "SELECT * FROM read_parquet('INSIDE/link.parquet')",
    "SELECT * FROM read_text('MANIFEST')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x')",
    "SELECT * FROM read_parquet('s3://bucket/x')",
    "SELECT getenv('HOME')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''OUTSIDE''')",
    "SELECT * FROM enable_logging('QueryLog', storage = 'file', storage_config = {'path': 'OUTSIDE'})",
    "SELECT * FROM enable_profiling(save_location = 'OUTSIDE')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM statement",
    "COPY (SELECT 1) TO 'OUTSIDE'",
    "COPY classifications TO 'PART' (FORMAT parquet)",
    "COPY classifications TO 'PART' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'PART' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN (ANALYZE) COPY (SELECT 1) TO 'PART' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN (FORMAT json, ANALYZE) COPY (SELECT 1) TO 'PART' (FORMAT parquet, USE_TMP_FILE false)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN /* x */ ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN/**/ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN ANALYZE/**/COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "-- EXPLAIN \nEXPLAIN ANALYZE CREATE TABLE x AS\nSELECT 1",
    "ATTACH 'OUTSIDE'",
    "ATTACH 'SECRET' AS other (READ_ONLY)",
    "DETACH memory",
    "EXPORT DATABASE 'OUTSIDE'",
    "IMPORT DATABASE 'INSIDE'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD 'SECRET'",
    "UPDATE EXTENSIONS",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET temp_directory = 'OUTSIDE'",
    "RESET allowed_paths",
    "USE mars",
    "PRAGMA database_list",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "CALL enable_logging()",
    "CHECKPOINT",
    "VACUUM",
    "CREATE TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW marks AS SELECT 1",
    "CREATE SECRET s (TYPE s3)",
    "CREATE MACRO f() AS 1",
    "DROP VIEW classifications",
    "ALTER VIEW marks RENAME TO other",
    "INSERT INTO classifications SELECT * FROM classifications",
    "UPDATE marks SET x = 1",
    "DELETE FROM marks",
    "TRUNCATE marks",
    "WITH x AS (DELETE FROM marks RETURNING *) SELECT * FROM x",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "SELECT 1; SELECT 2",
    "SELECT 1; COPY (SELECT 1) TO 'OUTSIDE'",
    "PIVOT marks ON tool_type USING count(*)",
    "BEGIN",
    "",
    "-- nothing",
    "SELECT '\udc80'",
]


def answer_here(out, sql):
    """A query without the process that answers it: what shuts the way is in the connection."""
    answer(Request(sql, {}, Outputs.open(out).views(), MEMORY, None), io.BytesIO())


def check_no_way_out(out, tmp_path, way, ask, errors):
    copy = shutil.copytree(out, tmp_path / "out")
    secret, outside = tmp_path / "secret.parquet", tmp_path / "outside"
    duckdb.sql("SELECT 42 AS secret").write_parquet(str(secret))
    part = Dataset.open(copy).files("marks")[0]
    part.with_name("link.parquet").symlink_to(secret)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    manifest = copy / "_swath" / "manifest.json"
    names = {"SECRET": secret, "OUTSIDE": outside, "INSIDE": part.parent, "PART": part, "MANIFEST": manifest}
    for name, path in names.items():
        way = way.replace(name, str(path))
    with pytest.raises(errors):
        ask(copy, way)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_way_out(out, tmp_path, way):
    check_no_way_out(out, tmp_path, way, answer_here, (QueryError, duckdb.Error, ValueError, TypeError))


@pytest.mark.parametrize("way", WAYS_OUT[::12])
def test_no_way_out_of_its_process(out, tmp_path, way):
    check_no_way_out(out, tmp_path, way, query, QueryError)


def test_python_variables_are_not_tables(out):
    secret = pa.table({"a": [1]})
    for name in ("secret", "request", "connection", "reader"):
        with pytest.raises(QueryError, match=name):
            query(out, f"SELECT * FROM {name}")
    assert secret.num_rows == 1


@pytest.mark.parametrize("linked", ["file", "folder", "other partition"])
def test_links_within_an_output_are_refused(out, tmp_path, linked):
    copy = shutil.copytree(out, tmp_path / "copy")
    part = Dataset.open(copy).files("classifications")[0]
    moved = part if linked == "file" else part.parent
    target = part.parent.with_name("workflow_id=2002") if linked == "other partition" else tmp_path / "elsewhere"
    if linked == "other partition":
        shutil.rmtree(moved)
    else:
        moved.rename(target)
    moved.symlink_to(target)
    with pytest.raises(QueryError, match="leads elsewhere"):
        query(copy, "SELECT 1")


def test_an_output_may_be_reached_by_a_link(out, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(out)
    assert rows_of(link, "SELECT count(*) AS n FROM marks") == [{"n": 4}]


@pytest.mark.parametrize("path", ["../other.parquet", "marks/../../other.parquet", "{tmp}/other.parquet", "_swath/.."])
def test_a_manifest_that_names_other_files_is_refused(out, tmp_path, path):
    (tmp_path / "other.parquet").write_bytes(next(out.rglob("*.parquet")).read_bytes())

    def change(content):
        content["parts"][0]["path"] = path.format(tmp=tmp_path)

    copy = changed_manifest(out, tmp_path / "copy", change)
    with pytest.raises(QueryError, match="leads elsewhere"):
        query(copy, "SELECT 1")


@pytest.mark.parametrize(
    "dtype",
    [
        "INT) AS x; COPY (SELECT 1) TO '{outside}'; SELECT CAST(1 AS INT",
        "INT) AS x FROM read_text('/etc/passwd')--",
        "no such type",
    ],
)
def test_a_manifest_that_holds_sql_gets_nowhere(out, tmp_path, dtype):
    outside = tmp_path / "outside"

    def change(content):
        content["parts"] = [part for part in content["parts"] if part["table"] != "marks"]
        content["tables"]["marks"]["columns"][0]["dtype"] = dtype.format(outside=outside)

    copy = changed_manifest(out, tmp_path / "copy", change)
    with pytest.raises(QueryError, match="marks cannot be read"):
        query(copy, "SELECT 1")
    assert not outside.exists()


def test_a_missing_file_is_named(out, tmp_path):
    copy = shutil.copytree(out, tmp_path / "copy")
    part = Dataset.open(copy).files("marks")[0]
    part.unlink()
    with pytest.raises(QueryError, match=r"part-000000\.parquet is missing"):
        query(copy, "SELECT 1")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
        "WITH RECURSIVE r AS (SELECT 1 AS a UNION ALL SELECT a + 1 FROM r) SELECT count(*) FROM r",
        "SELECT sleep_ms(60000)",
        "SELECT range, md5(range::TEXT) FROM range(100000000000)",
        "SELECT length(repeat('x', 2000000000))",
    ],
)
def test_time_is_limited(out, sql):
    started = time.monotonic()
    with pytest.raises(QueryError, match=r"longer than 0\.7 s"):
        query(out, sql, timeout=0.7, memory=16 << 30 if "repeat" in sql else 1 << 30)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range) FROM range(200000000)",
        "SELECT len(range(500000000))",
        "SELECT sum(length(repeat('x', 10000000 + range::INT))) FROM range(2000)",
    ],
)
def test_memory_is_limited(out, sql):
    with pytest.raises(QueryError, match="memory") as caught:
        query(out, sql, memory=64 << 20)
    assert "--memory" in caught.value.hint


@pytest.mark.parametrize("limits", [{"timeout": 0}, {"timeout": float("nan")}, {"timeout": -1}, {"memory": 1 << 20}])
def test_limits_that_nothing_fits_are_refused(out, limits):
    with pytest.raises(UsageError):
        query(out, "SELECT 1", **limits)


def test_threads_are_limited(out):
    assert rows_of(out, "SELECT current_setting('threads')::INT AS n", threads=1) == [{"n": 1}]


def children():
    return psutil.Process().children()


def test_an_abandoned_answer_ends_its_process(out):
    before = children()
    batches = stream(Outputs.open(out), "SELECT range FROM range(1000000000)")
    next(batches)
    assert len(children()) == len(before) + 1
    batches.close()
    assert children() == before


def test_an_answer_ends_with_the_process_that_asked(out, tmp_path):
    script = (
        "import psutil, threading, time; from swath.query import query\n"
        f"ask = lambda: query({str(out)!r}, 'SELECT sleep_ms(60000)')\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        "while not psutil.Process().children(): time.sleep(0.01)\n"
        "time.sleep(1.5); print(psutil.Process().children()[0].pid, flush=True); time.sleep(60)"
    )
    asking = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    answering = psutil.Process(int(asking.stdout.readline()))
    os.kill(asking.pid, signal.SIGKILL)
    asking.communicate()
    answering.wait(10)
    assert not answering.is_running()


@pytest.mark.parametrize(
    ("sql", "message", "hint"),
    [
        ("SELECT * FROM mark", "mark does not exist", "classifications"),
        ("SELECT toool FROM marks", 'Candidate bindings: "tool"', "lists the tables"),
        ("SELEC 1", "syntax error", "check the SQL"),
        ("SELECT $a", "not provided", "-p name=value"),
        ("SELECT 'x'::INT FROM marks", "Could not convert", ""),
        ("SELECT CASE WHEN range > 3000000 THEN ('x' || range)::INT END FROM range(4000000)", "Could not convert", ""),
        ("SELECT * FROM read_csv('/etc/passwd')", "Permission Error", "nothing else"),
        ("SELECT 1; SELECT 2", "2 statements", "one after another"),
        ("PIVOT marks ON tool_type USING count(*)", "several statements", "IN ("),
    ],
)
def test_errors_say_what_and_what_to_try(out, sql, message, hint):
    with pytest.raises(QueryError) as caught:
        query(out, sql)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_the_catalogue_serves_a_plain_duckdb_from_any_directory(out, tmp_path):
    script = f"import duckdb; c = duckdb.connect(); c.execute(open({str(out / 'catalog.sql')!r}).read()); "
    script += "print(c.execute('SELECT count(*), min(workflow_id) FROM annotations').fetchone())"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(9, 2001)"
    assert not Path(out).is_relative_to(tmp_path)
