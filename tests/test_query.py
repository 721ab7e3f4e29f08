"""SQL over outputs, and the ways out of the sandbox that must be shut."""

import json
import os
import subprocess
import sys

import duckdb
import pyarrow as pa
import pytest

from makers import BLOTCH, FAN, planet4_row, row, write_export
from swath import sql
from swath.engine.dataset import Dataset
from swath.errors import QueryError, UsageError
from swath.panoptes.convert import convert
from swath.planet4.convert import convert as convert_planet4
from swath.query import Session, query


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


def test_views_have_every_column_and_the_partition(out):
    found = query(out, "SELECT workflow_id, count(*) AS n FROM marks GROUP BY ALL ORDER BY ALL")
    assert found.to_pylist() == [{"workflow_id": 2001, "n": 4}]
    for name, table in Dataset.open(out).manifest.tables.items():
        described = query(out, f'DESCRIBE "{name}"').to_pylist()
        assert [(c["column_name"], c["column_type"]) for c in described] == [
            (c["name"], c["dtype"]) for c in table["columns"]
        ]


def test_parameters_are_bound(out):
    found = query(out, "SELECT $a AS a, $b AS b", {"a": 7, "b": "'; DROP"})
    assert found.to_pylist() == [{"a": 7, "b": "'; DROP"}]


def test_several_outputs(out, markings):
    with Session(out, also={"mars": markings}) as session:
        (batch,) = session.run("SELECT (SELECT count(*) FROM mars.markings) AS m, count(*) AS c FROM classifications")
    assert batch.to_pylist() == [{"m": 12, "c": 9}]


def test_only_the_files_of_the_wanted_partition_are_read(out, tmp_path):
    import shutil

    copy = shutil.copytree(out, tmp_path / "copy")
    for path in copy.glob("classifications/workflow_id=2002/*"):
        path.write_bytes(b"PAR1" + bytes(path.stat().st_size - 8) + b"PAR1")
    assert query(copy, "SELECT count(user_name) AS n FROM classifications WHERE workflow_id = 2001")[
        "n"
    ].to_pylist() == [5]
    with pytest.raises(QueryError):
        query(copy, "SELECT count(user_name) FROM classifications")


WAYS_OUT = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/*')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_json('/proc/self/environ')",
    "SELECT * FROM read_parquet('SECRET')",
    "SELECT * FROM parquet_metadata('SECRET')",
    "SELECT * FROM read_parquet('INSIDE/../SECRET')",
    "SELECT * FROM read_csv('http://127.0.0.1:9/x')",
    "SELECT getenv('HOME')",
    "SELECT * FROM query('COPY (SELECT 1) TO ''OUTSIDE''')",
    "SELECT * FROM duckdb_secrets()",
    "SELECT * FROM statement",
    "COPY (SELECT 1) TO 'OUTSIDE'",
    "COPY classifications TO 'PART' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'PART'",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN /* x */ ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "EXPLAIN EXPLAIN ANALYZE COPY (SELECT 1) TO 'OUTSIDE'",
    "ATTACH 'OUTSIDE'",
    "EXPORT DATABASE 'OUTSIDE'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET allowed_paths",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CREATE TABLE x AS SELECT 1",
    "DROP VIEW classifications",
    "INSERT INTO classifications SELECT * FROM classifications",
    "WITH x AS (DELETE FROM marks RETURNING *) SELECT * FROM x",
    "SELECT 1; COPY (SELECT 1) TO 'OUTSIDE'",
    "BEGIN",
]


@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_way_out(out, tmp_path, way):
    secret, outside = tmp_path / "secret.parquet", tmp_path / "outside"
    duckdb.sql("SELECT 42 AS secret").write_parquet(str(secret))
    part = Dataset.open(out).files("marks")[0]
    before = part.read_bytes()
    names = {"SECRET": str(secret), "OUTSIDE": str(outside), "INSIDE": str(part.parent), "PART": str(part)}
    for name, path in names.items():
        way = way.replace(name, path)
    with pytest.raises(QueryError):
        query(out, way)
    assert not outside.exists()
    assert part.read_bytes() == before


def test_python_variables_are_not_tables(out):
    secret = pa.table({"a": [1]})
    with pytest.raises(QueryError, match="secret"):
        query(out, "SELECT * FROM secret")
    assert secret.num_rows == 1


def test_links_that_lead_out_are_refused(out, tmp_path):
    import shutil

    for target in ("file", "folder"):
        copy = shutil.copytree(out, tmp_path / target / "copy")
        part = Dataset.open(copy).files("marks")[0]
        elsewhere = tmp_path / target / "elsewhere"
        moved = part if target == "file" else part.parent
        moved.rename(elsewhere)
        moved.symlink_to(elsewhere)
        with pytest.raises(QueryError, match="leads out"):
            query(copy, "SELECT 1")


def test_a_manifest_that_names_other_files_is_refused(out, tmp_path):
    import shutil

    copy = shutil.copytree(out, tmp_path / "copy")
    (tmp_path / "other.parquet").write_bytes(next(copy.rglob("*.parquet")).read_bytes())
    manifest = copy / "_swath" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["parts"][0]["path"] = "../other.parquet"
    manifest.write_text(json.dumps(content))
    with pytest.raises(QueryError, match="leads out"):
        query(copy, "SELECT 1")


def test_time_and_memory_are_limited(out):
    with pytest.raises(QueryError, match="longer than"):
        query(out, "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b", timeout=0.5)
    with pytest.raises(QueryError, match="memory"):
        query(out, "SELECT list(range) FROM range(200000000)", memory=64 << 20)


def test_errors_say_what_is_there(out):
    with pytest.raises(QueryError, match="mark") as caught:
        query(out, "SELECT * FROM mark")
    assert "classifications" in caught.value.hint


@pytest.mark.parametrize("ready", sql.ready_queries(), ids=lambda q: q.name)
def test_every_ready_question_has_an_answer(out, markings, ready):
    where = markings if "markings" in ready.tables else out
    found = query(where, ready.text)
    empty = ready.name in ("rejected_rows",) and where is markings
    assert found.num_rows > 0 or empty
    assert ready.question.endswith(".")


def test_agreement(tmp_path):
    answers = ["Yes", "Yes", "Yes", "No"]
    rows = [row(n, annotations=[{"task": "T0", "value": a}]) for n, a in enumerate(answers)]
    convert([write_export(tmp_path / "c.csv", rows)], tmp_path / "out")
    (found,) = query(tmp_path / "out", sql.ready_query("agreement").text).to_pylist()
    assert (found["answer"], found["votes"], found["total"], found["share"]) == ("Yes", 3, 4, 0.75)
    assert found["agreement"] == 0.1887


def test_an_unknown_ready_question_names_the_closest():
    with pytest.raises(UsageError) as caught:
        sql.ready_query("mark_per_tool")
    assert "marks_per_tool" in caught.value.hint


def test_the_catalogue_serves_a_plain_duckdb_from_any_directory(out, tmp_path):
    script = f"import duckdb; c = duckdb.connect(); c.execute(open({str(out / 'catalog.sql')!r}).read()); "
    script += "print(c.execute('SELECT count(*), min(workflow_id) FROM annotations').fetchone())"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(9, 2001)"
    assert os.path.commonpath([out, tmp_path]) != str(out)
