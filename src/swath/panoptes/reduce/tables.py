"""The tables of reductions: one row for a subject's task, or several where a reducer gives several."""

from __future__ import annotations

from swath.tables import FLOAT64, INT64, INTS, NUMBER_MAP, TEXT, Column, Table

REDUCTION_COLUMNS = (
    Column("subject_id", INT64, "Subject; of a selection of several, the first."),
    Column("subject", TEXT, "Subject as it stands in the extracts."),
    Column("workflow_id", INT64, "Workflow.", repeats=True),
    Column("task", TEXT, "Key of the task.", repeats=True),
)


def reduction_table(name: str) -> Table:
    """The table of one reducer; the data columns are named ``data.…``."""
    return Table(name, f"Reductions of {name}, one for each subject and task.", REDUCTION_COLUMNS, open=True)


CLUSTERS = Table(
    "clusters",
    "Clusters of marks, one row each: where they are, how far they spread, who is in them.",
    (
        *REDUCTION_COLUMNS,
        Column("frame", TEXT, "Frame of the subject; null where the reducer has none.", repeats=True),
        Column("tool", TEXT, "Task and tool.", repeats=True),
        Column("cluster", INT64, "Number of the cluster, as in the labels."),
        Column("marks", INT64, "Marks in the cluster."),
        Column("centre", NUMBER_MAP, "Average of each parameter of the marks.", "pixels, or degrees for angles"),
        Column("spread", NUMBER_MAP, "Variances and covariance; empty where there is one mark.", "square pixels"),
        Column("members", INTS, "Positions of the marks in the reduction's lists, the first is 0."),
    ),
)

CONSENSUS = Table(
    "consensus",
    "The answer that most gave, one row for each subject and task, and for each choice of a survey or drop-down.",
    (
        *REDUCTION_COLUMNS,
        Column(
            "question",
            TEXT,
            "What was asked: null for the task itself, else the choice and its question, or the drop-down.",
        ),
        Column("answer", TEXT, "Most voted answer; of several, the first by name."),
        Column("label", TEXT, "The answer as volunteers saw it, where the workflow export was given."),
        Column("votes", INT64, "Votes for the answer."),
        Column("share", FLOAT64, "Votes for the answer of all votes, 0 to 1."),
        Column("total", INT64, "All votes."),
        Column("agreement", FLOAT64, "1 less the entropy of the votes over that of an even vote, 0 to 1."),
    ),
)
