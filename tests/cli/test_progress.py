"""Progress on stderr."""

import json

import pytest
import rich.progress

from swath.cli.options import Progress
from swath.cli.progress import listening
from swath.engine.events import ChunkFinished, ChunkProgressed, Noticed, StageFinished, StageStarted
from swath.engine.staging import Part, Record

PARTS = (Part("marks", "marks/part-0.parquet", 5, 100, ""), Part("quarantine", "quarantine/part-0.parquet", 2, 9, ""))
RECORD = Record("read", "0", 1000, PARTS, {"bad annotations": 2})


def test_every_event_is_a_line_of_json_with_the_same_keys(capsys):
    with listening(Progress.jsonl) as listener:
        listener(StageStarted("read", 2000))
        listener(ChunkFinished("read", RECORD, 0.5))
        listener(StageFinished("read", 1, 0.5))
        listener(Noticed("two versions"))
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines == [
        {"event": "StageStarted", "stage": "read", "total": 2000, "done": 0},
        {
            "event": "ChunkFinished",
            "stage": "read",
            "chunk": "0",
            "bytes": 1000,
            "rows": 5,
            "rejects": 2,
            "seconds": 0.5,
            "resumed": False,
        },
        {"event": "StageFinished", "stage": "read", "chunks": 1, "seconds": 0.5},
        {"event": "Noticed", "message": "two versions"},
    ]


@pytest.fixture
def bars(monkeypatch):
    """The bars that are drawn, on a clock that the test sets."""
    made, drawn = [], rich.progress.Progress.__init__
    clock = [0.0]

    def remember(self, *columns, **options):
        drawn(self, *columns, **options, get_time=lambda: clock[0], auto_refresh=False)
        made.append(self)

    monkeypatch.setattr(rich.progress.Progress, "__init__", remember)
    return made, clock


def test_resumed_chunks_count_as_done_and_not_as_speed(bars, capsys):
    made, clock = bars
    with listening(Progress.bar) as listener:
        listener(StageStarted("read", 100_000, 90_000))
        for key in range(90):
            listener(ChunkFinished("read", Record("read", str(key), 1000), 0.0, resumed=True))
        for key in range(3):
            clock[0] += 1
            listener(ChunkFinished("read", Record("read", f"n{key}", 1000, (), {"bad": 1}), 1.0))
        task = made[0].tasks[0]
        assert task.completed == 93_000
        assert task.speed == pytest.approx(1000, rel=0.6)
        assert task.fields["rejects"] == "3 rows set aside"
    capsys.readouterr()


def test_a_stage_that_had_nothing_to_do_leaves_no_bar(bars, capsys):
    with listening(Progress.bar) as listener:
        for stage, size in (("read", 1000), ("settle", 0)):
            listener(StageStarted(stage, 5000))
            if size:
                listener(ChunkFinished(stage, Record(stage, "0", size), 0.1))
            listener(StageFinished(stage, 1, 0.1))
        assert [(task.visible, task.total, task.completed) for task in bars[0][0].tasks] == [
            (True, 1000, 1000),
            (False, 0, 0),
        ]
    capsys.readouterr()


def test_without_a_terminal_only_notices_are_shown(capsys):
    with listening(Progress.auto) as listener:
        listener(StageStarted("read", 100))
        listener(ChunkFinished("read", RECORD, 0.5))
        listener(Noticed("two versions"))
    assert capsys.readouterr().err == "note: two versions\n"


def test_a_long_chunk_counts_while_it_goes_on(bars, capsys):
    made, _ = bars
    with listening(Progress.bar) as listener:
        listener(StageStarted("sessions", 3000))
        for done in (400, 900):
            listener(ChunkProgressed("sessions", "0", done))
        assert made[0].tasks[0].completed == 900
        listener(ChunkFinished("sessions", Record("sessions", "0", 1000), 1.0))
        assert made[0].tasks[0].completed == 1000
        listener(ChunkFinished("sessions", Record("sessions", "1", 2000), 1.0))
        assert made[0].tasks[0].completed == 3000
