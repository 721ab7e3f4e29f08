"""SQL files by name, and the answers of every ready question."""

import datetime
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from swath import sql
from swath.engine.executors import Workers
from swath.engine.job import Chunk, Job, Result, Stage
from swath.engine.run import Running, run
from swath.errors import UsageError
from swath.panoptes.tables import ANNOTATIONS, CLASSIFICATIONS, CONVERT_TABLES, MARKS, SUBJECTS, SURVEY_ANSWERS
from swath.planet4.tables import MARKINGS
from swath.query import query
from swath.tables import QUARANTINE

DAY = datetime.datetime(2020, 1, 1, 23, 30, tzinfo=datetime.UTC)
USERS = ["ann", "ann", "ann", "ann", "ann", "ann", "bob", "bob", "eve", "eve"]
SECONDS = [10.0, 20.0, 30.0, 40.0, -5.0, 7200.0, None, 50.0, 60.0, 0.0]


def classifications():
    return CLASSIFICATIONS.frame({
        "classification_id": list(range(10)),
        "workflow_id": pa.array([1] * 8 + [2] * 2, pa.int64()),
        "created_at": pa.array([DAY + datetime.timedelta(hours=n // 5) for n in range(10)]),
        "seconds": pa.array(SECONDS),
        "user_name": pa.array(USERS),
        "subject_id": pa.array([7, 7, 8, 8, 8, 9, 7, 8, 7, 9]),
        "repeat": pa.array([1, 2, 1, 2, 3, 1, 1, 1, 1, 1], pa.int32()),
    })  # fmt: skip


def annotations():
    return ANNOTATIONS.frame({
        "classification_id": list(range(10)),
        "workflow_id": pa.array([1] * 10),
        "subject_id": pa.array([7] * 4 + [8] * 3 + [9] * 3),
        "task": pa.array(["T0"] * 7 + ["T1"] * 3),
        "value_text": pa.array(["Yes", "Yes", "Yes", "No", "Yes", "Yes", "Yes", None, None, None]),
        "value_list": pa.array([None] * 7 + [["b", "a"], ["a", "b"], None], pa.list_(pa.string())),
        "marks": pa.array([None] * 9 + [3], pa.int32()),
    })  # fmt: skip


def others():
    key = {"classification_id": [1, 2, 3], "workflow_id": [1, 1, 1], "subject_id": [7, 7, 8]}
    times = pa.array([DAY, None, DAY], pa.timestamp("us", tz="UTC"))
    return {
        "survey_answers": SURVEY_ANSWERS.frame({**key, "task": ["T3"] * 3, "choice": ["FOX", "FOX", "OWL"]}),
        "marks": MARKS.frame({**key, "task": ["T2"] * 3, "tool": [0, 0, 1], "tool_type": ["point", "point", "line"]}),
        "subjects": SUBJECTS.frame(
            {"subject_id": [7, 8, 9], "workflow_id": [1, 1, 1], "retired_at": times,
             "retirement_reason": pa.array(["classification_count", None, None])}
        ),
    }  # fmt: skip


class PanoptesStage(Stage):
    name = "panoptes"

    def chunks(self, so_far):
        yield Chunk("0", 1)

    def chunk_memory(self):
        return 1 << 20

    def process(self, chunk, staging):
        rejects = QUARANTINE.frame({"source": ["c.csv"], "offset": [5], "reason": ["bad"], "detail": ["why"]})
        tables = {"classifications": classifications(), "annotations": annotations(), **others()}
        return Result(tables, rejects=rejects)


class MarkingsStage(PanoptesStage):
    name = "markings"

    def process(self, chunk, staging):
        frame = MARKINGS.frame({
            "classification_id": [1, 1, 2, 3],
            "image_id": ["APF1", "APF1", "APF1", "APF2"],
            "image_name": ["ESP_1"] * 4,
            "user_name": ["ann", "ann", "bob", None],
            "marking": ["fan", "blotch", "none", "fan"],
            "workflow_id": [1] * 4,
        })  # fmt: skip
        return Result({"markings": frame})


@dataclass(frozen=True)
class NoSettings:
    pass


@pytest.fixture(scope="module")
def panoptes(tmp_path_factory):
    out = tmp_path_factory.mktemp("panoptes") / "out"
    run(Job("p", NoSettings(), (), CONVERT_TABLES, (PanoptesStage(),)), out, Running(Workers("serial", 1)))
    return out


@pytest.fixture(scope="module")
def planet4(tmp_path_factory):
    out = tmp_path_factory.mktemp("planet4") / "out"
    run(Job("m", NoSettings(), (), (MARKINGS,), (MarkingsStage(),)), out, Running(Workers("serial", 1)))
    return out


def ask(out, name):
    table = query(out, sql.ready_query(name).text)
    return [tuple(row.values()) for row in table.to_pylist()]


DATE = DAY.date()
ANSWERS = {
    "agreement": [
        (1, 7, "T0", "Yes", 3, 4, 0.75, 0.1887),
        (1, 8, "T0", "Yes", 3, 3, 1.0, 1.0),
        (1, 9, "T1", "a + b", 2, 2, 1.0, 1.0),
    ],
    "classifications_per_day": [
        (1, DATE, 5, 1),
        (1, DATE + datetime.timedelta(days=1), 3, 2),
        (2, DATE + datetime.timedelta(days=1), 2, 1),
    ],
    "classifications_per_subject": [
        (1, 8, 4, 2, 2),
        (1, 7, 3, 2, 1),
        (1, 9, 1, 1, 0),
        (2, 7, 1, 1, 0),
        (2, 9, 1, 1, 0),
    ],
    "classifications_per_user": [
        ("ann", None, 6, 3, DAY, DAY + datetime.timedelta(hours=1)),
        ("bob", None, 2, 2, DAY + datetime.timedelta(hours=1), DAY + datetime.timedelta(hours=1)),
        ("eve", None, 2, 2, DAY + datetime.timedelta(hours=1), DAY + datetime.timedelta(hours=1)),
    ],
    "marks_per_tool": [(1, "T2", 0, "point", None, 2, 1, 2), (1, "T2", 1, "line", None, 1, 1, 1)],
    "rejected_rows": [("bad", 1, "why", 5)],
    "retirement": [(1, "classification_count", 1), (1, "no reason given", 1), (1, "not retired", 1)],
    "species_per_subject": [(1, 7, "T3", "FOX", 2), (1, 8, "T3", "OWL", 1)],
    "time_spent": [(1, 8, 5, 30.0, 30.0, 0.0), (2, 2, 2, 30.0, 30.0, 0.0)],
    "volunteers_share": [
        (1, 1, 1, 6, 0.75),
        (1, 10, 1, 6, 0.75),
        (1, 50, 1, 6, 0.75),
        (1, 100, 2, 8, 1.0),
        (2, 1, 1, 2, 1.0),
        (2, 10, 1, 2, 1.0),
        (2, 50, 1, 2, 1.0),
        (2, 100, 1, 2, 1.0),
    ],
}
PLANET4_ANSWERS = {
    "markings_per_kind": [("fan", 2, 2, 1, 2), ("blotch", 1, 1, 1, 1), ("none", 1, 1, 1, 1)],
    "markings_per_obsid": [("ESP_1", None, 2, 3, 2, 1)],
    "most_marked_tiles": [("APF1", "ESP_1", 2, 2, 1.0), ("APF2", "ESP_1", 1, 1, 1.0)],
    "rejected_rows": [],
}

CATALOGUE_ANSWERS = {
    "fans_of_each_obsid": [("ESP_1", 2, 1, 20.0, 350.0, 200.0), ("ESP_2", 1, 1, 15.0, 80.0, None)],
    "markings_of_each_tile": [("APF1", "ESP_1", 2, 1, 4.0), ("APF2", "ESP_2", 1, 0, 5.0)],
}


DEPTH_ANSWERS = {
    "distance_per_session": [("a", 5, 4, 0.4, 0.06, 150.0), ("b", 1, 1, 0.0, 0.0, None)],
    "rearing_per_session": [("a", 1, 1, 0.25, 0.1, 50.0), ("b", 0, 0, 0.0, 0.0, 30.0)],
    "flags_per_session": [("a", "at the wall", 2, 3), ("a", "no mouse", 1, 0), ("a", "two mice", 1, 4)],
    "places_in_the_arena": [("a", -50, 0, 3, 0.75), ("a", 50, 0, 1, 0.25), ("b", 0, 0, 1, 1.0)],
}


@pytest.mark.parametrize("name", DEPTH_ANSWERS)
def test_answers_over_sessions(name):
    columns = ("session", "frame", "time_ms", "centroid_x_mm", "height_ave_mm", "velocity_2d_mm", "flags")
    rows = [
        ("a", 0, 1000.0, None, 0.0, 0.0, "no mouse"),
        ("a", 1, 1100.0, -50.0, 30.0, None, ""),
        ("a", 2, 1200.0, -30.0, 31.0, 20.0, ""),
        ("a", 3, 1300.0, -10.0, 30.0, 20.0, "at the wall"),
        ("a", 4, 1400.0, 60.0, 50.0, 20.0, "at the wall, two mice"),
        ("b", 0, 1000.0, 10.0, 30.0, 0.0, ""),
    ]
    made = [dict(zip(columns, row, strict=True)) for row in rows]
    scalars = [row | {"centroid_x_px": row["centroid_x_mm"], "centroid_y_mm": 10.0} for row in made]
    with duckdb.connect(":memory:") as connection:
        connection.register("scalars", pa.Table.from_pylist(scalars))
        assert connection.execute(sql.ready_query(name).text).fetchall() == DEPTH_ANSWERS[name]


@pytest.mark.parametrize("name", CATALOGUE_ANSWERS)
def test_answers_over_a_catalogue(name):
    made = {"map_scale": 0.5, "north_azimuth": 10.0}
    fans = [
        {"obsid": "ESP_1", "tile_id": "APF1", "n_votes": 4, "distance": 30.0, "angle": 350.0, "l_s": 200.0, **made},
        {"obsid": "ESP_1", "tile_id": "APF1", "n_votes": 8, "distance": 50.0, "angle": 370.0, "l_s": 200.0, **made},
        {"obsid": "ESP_2", "tile_id": "APF2", "n_votes": 5, "distance": 30.0, "angle": 90.0, "l_s": None, **made},
    ]
    with duckdb.connect(":memory:") as connection:
        connection.register("fans", pa.Table.from_pylist(fans))
        connection.register("blotches", pa.table({"obsid": ["ESP_1"], "tile_id": ["APF1"], "n_votes": [3]}))
        assert connection.execute(sql.ready_query(name).text).fetchall() == CATALOGUE_ANSWERS[name]


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_over_a_project(panoptes, name):
    assert ask(panoptes, name) == ANSWERS[name]


@pytest.mark.parametrize("name", PLANET4_ANSWERS)
def test_answers_over_planet_four(planet4, name):
    assert ask(planet4, name) == PLANET4_ANSWERS[name]


VOLUME_TABLES = {
    "mags": """SELECT * FROM (VALUES
        ('em', '1', 'color', 1, 0, 0, 1, 8, 8, 3, 192), ('em', '2', 'color', 1, 0, 0, 1, 8, 8, 3, 32),
        ('cells', '1', 'segmentation', 1, 0, 0, 1, 8, 8, 3, 192)
    ) AS t(layer, mag, category, channels, x, y, z, width, height, depth, voxels)""",
    "chunks": """SELECT *, '' AS further FROM (VALUES
        ('em', '1', 0, 0, 1, 4, 8, 1, 24), ('em', '1', 4, 0, 2, 4, 8, 2, 64), ('em', '2', 0, 0, 0, 8, 8, 2, 16)
    ) AS t(layer, mag, x, y, z, width, height, depth, nonzero)""",
    "slices": """SELECT * FROM (VALUES
        ('em', '1', 1, 40.0, 9.0, 24), ('em', '1', 3, 64.0, 3.0, 32),
        ('em', '1', 3, 64.0, 5.0, 32), ('em', '2', 0, 1.0, 1.0, 1)
    ) AS t(layer, mag, z, total, maximum, nonzero)""",
    "segments": """SELECT * FROM (VALUES
        ('cells', '1', 7::UBIGINT, 30, 0, 0, 1, 4, 8, 1), ('cells', '1', 7::UBIGINT, 30, 4, 2, 2, 2, 2, 2),
        ('cells', '1', 18446744073709551615::UBIGINT, 50, 0, 0, 1, 8, 8, 3)
    ) AS t(layer, mag, segment, voxels, x, y, z, width, height, depth)""",
}  # fmt: skip

VOLUME_ANSWERS = {
    "where_is_data": [
        ("em", "1", 2, 0, 0, 1, 8, 8, 3, 88, pytest.approx(0.458333)),
        ("em", "2", 1, 0, 0, 0, 8, 8, 2, 16, 0.5),
    ],
    "largest_segments": [
        ("cells", "1", 7, 60, 0, 0, 1, 6, 8, 3),
        ("cells", "1", 18446744073709551615, 50, 0, 0, 1, 8, 8, 3),
    ],
    "dark_slices": [
        ("em", "1", 2, 0.0, 0.0, 0.0),
        ("em", "1", 1, 0.625, 9.0, 0.375),
        ("em", "1", 3, 2.0, 5.0, 1.0),
    ],
}


@pytest.mark.parametrize("name", VOLUME_ANSWERS)
def test_answers_over_volumes(name):
    with duckdb.connect(":memory:") as connection:
        for table, rows in VOLUME_TABLES.items():
            connection.execute(f"CREATE TABLE {table} AS {rows}")
        found = connection.execute(sql.ready_query(name).text).fetchall()
        assert [tuple(float(v) if isinstance(v, Decimal) else v for v in row) for row in found] == VOLUME_ANSWERS[name]


def test_every_question_is_tested_and_says_what_it_asks():
    questions = sql.ready_queries()
    answered = (
        ANSWERS.keys()
        | PLANET4_ANSWERS.keys()
        | CATALOGUE_ANSWERS.keys()
        | DEPTH_ANSWERS.keys()
        | VOLUME_ANSWERS.keys()
    )
    assert {q.name for q in questions} == answered
    assert all(q.question.endswith(".") and q.question[0].isupper() for q in questions)
    assert all(q.text.startswith(f"-- {q.question}\n-- tables: {', '.join(q.tables)}\n") for q in questions)


def test_only_questions_whose_tables_are_there_are_listed():
    assert [q.name for q in sql.ready_queries(["marks", "quarantine"])] == ["marks_per_tool", "rejected_rows"]
    assert sql.ready_query("marks_per_tool", ["marks"]).tables == ("marks",)
    with pytest.raises(UsageError, match="asks the tables marks") as caught:
        sql.ready_query("marks_per_tool", ["markings"])
    assert "--ready" in caught.value.hint


@pytest.mark.parametrize(("name", "hint"), [("mark_per_tool", "marks_per_tool"), ("../planet4/places", "--ready")])
def test_an_unknown_question_names_the_closest(name, hint):
    with pytest.raises(UsageError, match="no ready question") as caught:
        sql.ready_query(name)
    assert hint in caught.value.hint


def test_files_are_loaded_by_name():
    assert "SELECT" in sql.load_sql("planet4/places")
    with pytest.raises(FileNotFoundError):
        sql.load_sql("planet4/none")
