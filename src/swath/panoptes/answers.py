"""The tables of what was answered: annotations, survey answers, marks, and answers about marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import JsonColumn
from swath.panoptes.labels import Labels, place
from swath.panoptes.marks import Details, Marks, find_marks, mark_columns, nested_details, separate_details
from swath.panoptes.surveys import survey_columns
from swath.panoptes.tables import ANNOTATIONS, MARK_DETAILS, MARKS, SURVEY_ANSWERS
from swath.panoptes.tasks import Elements, Tasks, read_tasks, without
from swath.panoptes.values import any_texts, list_array, typed_values
from swath.tables import INT32, TEXT

Rows = npt.NDArray[np.int64]

ANSWER_TABLES = (ANNOTATIONS.name, SURVEY_ANSWERS.name, MARKS.name, MARK_DETAILS.name)


@dataclass(frozen=True)
class Answered:
    """The classifications that were answered, shape (rows,), and their labels."""

    ids: Rows
    workflow_id: Rows
    subject_id: Rows
    labels: Labels

    def columns(self, rows: Rows) -> dict[str, pa.Array]:
        """The columns that all the tables begin with."""
        return {
            "classification_id": pa.array(self.ids[rows]),
            "workflow_id": pa.array(self.workflow_id[rows]),
            "subject_id": pa.array(self.subject_id[rows]),
        }


def answer_frames(
    annotations: JsonColumn, cells: Cells, answered: Answered, wanted: Sequence[str]
) -> dict[str, pa.Table]:
    """Make the wanted tables from a column of annotations; what cannot be read is rejected."""
    tasks = read_tasks(annotations)
    cells.reject(tasks.problems)
    tasks = without(tasks, ~cells.good()[tasks.rows])
    marks = find_marks(tasks)
    makers = {
        ANNOTATIONS.name: lambda: _annotations(without(tasks, tasks.about_marks), answered),
        SURVEY_ANSWERS.name: lambda: _survey_answers(tasks, answered),
        MARKS.name: lambda: _marks(tasks, marks, answered),
        MARK_DETAILS.name: lambda: _mark_details(tasks, marks, answered),
    }
    return {name: makers[name]() for name in wanted}


def _annotations(tasks: Tasks, answered: Answered) -> pa.Table:
    labels = answered.labels
    joined_type, joined_label = labels.find(tasks.rows, tasks.keys, pa.repeat(pa.scalar("task", TEXT), len(tasks)))
    types = pc.coalesce(tasks.given_type, joined_type, tasks.types())
    marks = np.bincount(tasks.elements.owners[tasks.are_marks], minlength=len(tasks))
    drawn = (marks > 0) | pc.fill_null(pc.equal(types, "drawing"), fill_value=False).to_numpy(zero_copy_only=False)
    first = np.searchsorted(tasks.rows, tasks.rows, side="left")
    return ANNOTATIONS.frame(
        {
            **answered.columns(tasks.rows),
            "annotation_index": pa.array(np.arange(len(tasks)) - first, INT32),
            "task": tasks.keys,
            "combo_task": tasks.combo,
            "task_type": types,
            "task_label": pc.coalesce(tasks.labels, joined_label),
            **_answers(tasks, drawn, answered),
            "marks": pa.array(marks.astype(np.int32), mask=~drawn),
        }
    )


def _answers(tasks: Tasks, drawn: npt.NDArray[np.bool_], answered: Answered) -> dict[str, pa.Array]:
    """The answers of tasks: plain ones, then drop-downs and surveys as lists of what was chosen; drawings have none."""
    column = tasks.column
    values = typed_values(column, np.where(drawn, -1, tasks.values).astype(np.int32))
    elements = tasks.elements
    dropdown = (elements.fields["select_label"] >= 0) | (elements.fields["option"] >= 0)
    chosen = tasks.are_choices | (dropdown & ~tasks.are_marks)
    if chosen.any():
        picked = elements.where(chosen)
        texts = _chosen_texts(tasks, picked, answered)
        listed = np.zeros(len(tasks), np.bool_)
        listed[picked.owners] = True
        values["value_list"] = pc.if_else(
            pa.array(listed), list_array(picked.owners, texts, listed), values["value_list"]
        )
        surveyed = np.zeros(len(tasks), np.bool_)
        surveyed[elements.owners[tasks.are_choices]] = True
        values["value_json"] = pc.if_else(pa.array(surveyed), pa.scalar(None, TEXT), values["value_json"])
    return values | _single_choice(tasks, values)


def _chosen_texts(tasks: Tasks, picked: Elements, answered: Answered) -> pa.Array:
    """What was chosen, of surveys and drop-downs: the choice, or the option's label, or else its value."""
    column = tasks.column
    named = column.fields(picked.nodes, ("label", "value", "choice"))
    value = any_texts(column, named["value"])
    keys = tasks.keys.take(pa.array(picked.owners))
    _, joined = answered.labels.find(tasks.rows[picked.owners], keys, place("option", value))
    return pc.coalesce(any_texts(column, named["choice"]), any_texts(column, named["label"]), joined, value)


def _single_choice(tasks: Tasks, values: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """The answers of drop-downs that are one object: its label or text, and its index."""
    column = tasks.column
    named = column.fields(tasks.values, ("label", "value", "selection"))
    number = np.where(named["selection"] >= 0, named["selection"], named["value"]).astype(np.int32)
    text = pc.coalesce(column.texts(named["label"]), column.texts(named["value"]))
    return {
        "value_text": pc.coalesce(values["value_text"], text),
        "value_number": pc.coalesce(values["value_number"], pa.array(column.numbers(number), from_pandas=True)),
    }


def _survey_answers(tasks: Tasks, answered: Answered) -> pa.Table:
    whose, columns = survey_columns(tasks)
    rows, keys = tasks.rows[whose], tasks.keys.take(pa.array(whose))
    _, label = answered.labels.find(rows, keys, place("choice", columns["choice"]))
    return SURVEY_ANSWERS.frame({**answered.columns(rows), "task": keys, "choice_label": label, **columns})


def _marks(tasks: Tasks, marks: Marks, answered: Answered) -> pa.Table:
    rows, keys = tasks.rows[marks.owners], tasks.keys.take(pa.array(marks.owners))
    columns = mark_columns(marks)
    joined_type, joined_label = answered.labels.find(rows, keys, place("tool", columns["tool"]))
    given = marks.column.texts(marks.fields["toolType"])
    columns["tool_type"] = pc.coalesce(given, joined_type, columns["tool_type"])
    columns["tool_label"] = pc.coalesce(columns["tool_label"], joined_label)
    return MARKS.frame({**answered.columns(rows), "task": keys, **columns})


def _mark_details(tasks: Tasks, marks: Marks, answered: Answered) -> pa.Table:
    both = nested_details(tasks, marks), separate_details(tasks)
    order = np.argsort(np.concatenate([details.rows for details in both]), kind="stable")
    frame = pa.concat_tables([_detail_rows(details, answered) for details in both])
    return frame.take(pa.array(order))


def _detail_rows(details: Details, answered: Answered) -> pa.Table:
    return MARK_DETAILS.frame(
        {
            **answered.columns(details.rows),
            "task": details.keys,
            "mark_index": pa.array(details.mark_index, INT32),
            "tool": details.tool,
            "detail_index": pa.array(details.detail_index, INT32),
            **details.values,
            "labels": _detail_labels(details, answered),
        }
    )


def _detail_labels(details: Details, answered: Answered) -> pa.Array:
    """The labels of answers that are given as indices, one or a list of them; null where none is known."""
    numbers, lists = details.values["value_number"], details.values["value_list"]
    single = pc.and_(numbers.is_valid(), lists.is_null()).to_numpy(zero_copy_only=False)
    parents = pc.list_parent_indices(lists).to_numpy()
    alone = np.flatnonzero(single)
    whose = np.concatenate([alone, parents])
    order = np.argsort(whose, kind="stable")
    indices = pa.concat_arrays(
        [numbers.take(pa.array(alone)).cast(pa.int64(), safe=False).cast(TEXT), pc.list_flatten(lists)]
    )
    whose, indices = whose[order], indices.take(pa.array(order))
    at = pa.array(whose)
    places = place("detail answer", details.tool.take(at), pa.array(details.detail_index).take(at), indices)
    _, labels = answered.labels.find(details.rows[whose], details.keys.take(at), places)
    known = np.zeros(details.rows.size, np.bool_)
    known[whose[labels.is_valid().to_numpy(zero_copy_only=False)]] = True
    kept = known[whose]
    return list_array(whose[kept], labels.filter(pa.array(kept)), known)
