"""The tables of extracts: one for each extractor, with its data in further columns that the extracts decide."""

from __future__ import annotations

from swath.tables import INT64, TEXT, TIME, Column, Table

EXTRACT_COLUMNS = (
    Column("classification_id", INT64, "Classification that the extract is of."),
    Column("user_name", TEXT, "Name of the user, or not-logged-in- with a hash of the address."),
    Column("user_id", INT64, "Id of the user; null where not logged in."),
    Column("workflow_id", INT64, "Workflow.", repeats=True),
    Column("workflow_version", TEXT, "Version of the workflow, major.minor.", repeats=True),
    Column("task", TEXT, "Key of the task.", repeats=True),
    Column("created_at", TIME, "When the classification was made.", "UTC"),
    Column("written_at", TEXT, "created_at as it stands, where it is not in the form 2024-02-23 16:17:42 UTC."),
    Column("subject_id", INT64, "Subject; of a selection of several, the first."),
    Column("subject", TEXT, "Subject as it stands: ids joined by ; for several, with _0, _1 for recursive extracts."),
)


def extract_table(name: str) -> Table:
    """The table of one extractor, ``name`` as in the configuration; the data columns are named ``data.…``."""
    return Table(name, f"Extracts of {name}, one row each.", EXTRACT_COLUMNS, open=True)
