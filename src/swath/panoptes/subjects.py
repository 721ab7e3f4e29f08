"""Subjects: one row each, from the subjects export or from the subject_data of the classifications."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels import json as kernel
from swath.kernels.distinct import first_of_equal
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import JsonColumn, Nodes
from swath.panoptes.tables import SUBJECTS
from swath.panoptes.text import TextColumn
from swath.panoptes.values import any_texts, list_array, text_column, times
from swath.tables import INT64, TEXT, TEXT_MAP

Rows = npt.NDArray[np.int64]

EXPORT_COLUMNS = (
    "subject_id", "workflow_id", "subject_set_id", "metadata", "locations", "classifications_count", "retired_at",
    "retirement_reason", "created_at", "updated_at",
)  # fmt: skip

_RETIREMENT = ("classifications_count", "retired_at", "retirement_reason", "created_at", "updated_at")


def seen_subjects(subject_data: JsonColumn, told: Rows, workflow_id: Rows) -> pa.Table:
    """The subjects that a chunk's classifications tell of, each once a workflow.

    ``subject_data`` are the distinct cells, ``told`` says which of them each classification has, and ``workflow_id``
    its workflow. Gives subject_id, workflow_id and data (JSON).
    """
    first = first_of_each(workflow_id, told)
    told, workflow_id = told[first], workflow_id[first]
    owners, keys = subject_data.members(subject_data.roots[told])
    ids, numeric = text_column(subject_data.texts(keys)).integers()
    chosen = np.flatnonzero(numeric & subject_data.are((keys + 1).astype(np.int32), kernel.OBJECT))
    chosen = chosen[first_of_each(workflow_id[owners[chosen]], ids[chosen])]
    return pa.table(
        {
            "subject_id": ids[chosen],
            "workflow_id": workflow_id[owners[chosen]],
            "data": subject_data.raw((keys[chosen] + 1).astype(np.int32)),
        }
    )


def first_of_each(*keys: Rows) -> Rows:
    """The positions of the first rows of each combination of keys, in order."""
    return np.flatnonzero(first_of_equal(np.stack(keys, axis=1)))


def subjects_from_data(seen: pa.Table) -> pa.Table:
    """Make rows of the table ``subjects`` from what classifications tell of them, the first telling of each."""
    first = first_of_each(seen["workflow_id"].to_numpy(), seen["subject_id"].to_numpy())
    seen = seen.take(pa.array(first)).combine_chunks()
    data = JsonColumn.parse(text_column(seen["data"]))
    retired = data.fields(data.fields(data.roots, ("retired",))["retired"], _RETIREMENT)
    return SUBJECTS.frame(
        {
            "subject_id": seen["subject_id"],
            "workflow_id": seen["workflow_id"],
            **_metadata(data, data.roots, leave_out="retired"),
            "classifications_count": _counts(data, retired["classifications_count"]),
            "retirement_reason": data.texts(retired["retirement_reason"]),
            **{name: times(text_column(data.texts(retired[name]))) for name in _TIMES},
        }
    )


_TIMES = ("retired_at", "created_at", "updated_at")


def subjects_from_export(cells: Cells) -> pa.Table:
    """Make rows of the table ``subjects`` from a chunk of the subjects export; what cannot be read is rejected."""
    ids, workflows = cells.integers("subject_id"), _optional_integers(cells.texts("workflow_id"))
    metadata, locations = cells.json_or_empty("metadata"), cells.json_or_empty("locations")
    frame = SUBJECTS.frame(
        {
            "subject_id": ids,
            "workflow_id": workflows,
            "subject_set_id": _optional_integers(cells.texts("subject_set_id")),
            **_metadata(metadata, metadata.roots, leave_out=""),
            "locations": _locations(locations),
            "classifications_count": _optional_integers(cells.texts("classifications_count")),
            "retirement_reason": _optional_text(cells.texts("retirement_reason")),
            **{name: times(cells.texts(name)) for name in _TIMES},
        }
    )
    return frame.filter(pa.array(cells.good()))


def first_subjects(rows: pa.Table) -> pa.Table:
    """Keep the first row of each subject and workflow; a subject of no workflow has a null one."""
    workflows = rows["workflow_id"].fill_null(-1).to_numpy()
    first = first_of_each(workflows, rows["subject_id"].to_numpy())
    return rows.take(pa.array(first))


def _optional_integers(texts: TextColumn) -> pa.Array:
    values, good = texts.integers()
    return pa.array(values, mask=~good)


def _optional_text(texts: TextColumn) -> pa.Array:
    return texts.arrow(~texts.empty)


def _counts(data: JsonColumn, nodes: Nodes) -> pa.Array:
    return pa.array(data.numbers(nodes), from_pandas=True).cast(INT64, safe=False)


def _metadata(data: JsonColumn, nodes: Nodes, *, leave_out: str) -> dict[str, pa.Array]:
    """The members of objects as maps, with their keys as they stand and cleaned; of equal keys the last counts."""
    owners, keys = data.members(nodes)
    names = data.texts(keys)
    kept = np.flatnonzero(pc.not_equal(names, leave_out).to_numpy(zero_copy_only=False))
    owners, keys, names = owners[kept], keys[kept], names.take(pa.array(kept))
    values = any_texts(data, (keys + 1).astype(np.int32))
    cleaned = pc.utf8_trim(names, " \t\r\n#!/")
    return {
        "metadata": _maps(owners, names, values, nodes.size),
        "metadata_clean": _maps(owners, cleaned, values, nodes.size),
    }


def _maps(owners: Rows, keys: pa.Array, values: pa.Array, size: int) -> pa.Array:
    numbers = pc.dictionary_encode(keys).indices.to_numpy().astype(np.int64)
    reverse = first_of_each(owners[::-1], numbers[::-1])
    last = np.sort(owners.size - 1 - reverse)
    offsets = np.zeros(size + 1, np.int32)
    np.cumsum(np.bincount(owners[last], minlength=size), out=offsets[1:])
    rows = pa.array(last)
    return pa.MapArray.from_arrays(pa.array(offsets), keys.take(rows), values.take(rows)).cast(TEXT_MAP)


def _locations(column: JsonColumn) -> pa.Array:
    """The addresses of a subject's files, in order of their keys in the cell, whether it is an object or a list."""
    owners, keys = column.members(column.roots)
    listed, items = column.elements(column.roots)
    nodes = np.concatenate([(keys + 1).astype(np.int32), items])
    whose = np.concatenate([owners, listed])
    order = np.argsort(whose, kind="stable")
    texts = any_texts(column, nodes[order]).cast(TEXT)
    return list_array(whose[order], texts, column.roots >= 0)
