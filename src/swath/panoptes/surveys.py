"""The choices of surveys and the answers about them, one row each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.kernels import json as kernel
from swath.panoptes.tasks import Tasks, place_in_list
from swath.panoptes.values import scalar_texts
from swath.tables import INT32

Rows = npt.NDArray[np.int64]


def survey_columns(tasks: Tasks) -> tuple[Rows, dict[str, pa.Array]]:
    """Take surveys apart: whose task each row is (positions of tasks), and the columns of ``survey_answers``.

    A question with several answers gives several rows, one left open gives a row without an answer, and a choice
    without questions a row without a question.
    """
    column = tasks.column
    chosen = tasks.are_choices
    places = place_in_list(tasks.elements.owners)[chosen]
    choices = tasks.elements.where(chosen)
    answers = column.fields(choices.nodes, ("answers",))["answers"]
    owners, questions = column.members(answers)
    values = (questions + 1).astype(np.int32)
    several = column.are(values, kernel.ARRAY)
    lists, items = column.elements(values[several])
    at = np.flatnonzero(several)[lists]
    empty = several.copy()
    empty[at] = False
    single = np.flatnonzero(~several | empty)
    bare = np.setdiff1d(np.arange(choices.nodes.size), owners)
    whose = np.concatenate([owners[single], owners[at], bare])
    question = np.concatenate([questions[single], questions[at], np.full(bare.size, -1)]).astype(np.int32)
    answer = np.concatenate([values[single], items, np.full(bare.size, -1)]).astype(np.int32)
    order = np.lexsort((answer, question, whose))
    whose, question, answer = whose[order], question[order], answer[order]
    return choices.owners[whose], {
        "choice_index": pa.array(places[whose], INT32),
        "choice": scalar_texts(column, choices.fields["choice"][whose]),
        "question": column.texts(question),
        "answer": scalar_texts(column, answer),
    }
