"""The tables of reductions: one row for a subject's task, or several where a reducer gives several."""

from __future__ import annotations

from swath.tables import INT64, TEXT, Column, Table

REDUCTION_COLUMNS = (
    Column("subject_id", INT64, "Subject; of a selection of several, the first."),
    Column("subject", TEXT, "Subject as it stands in the extracts."),
    Column("workflow_id", INT64, "Workflow.", repeats=True),
    Column("task", TEXT, "Key of the task.", repeats=True),
)


def reduction_table(name: str) -> Table:
    """The table of one reducer; the data columns are named ``data.…``."""
    return Table(name, f"Reductions of {name}, one for each subject and task.", REDUCTION_COLUMNS, open=True)
