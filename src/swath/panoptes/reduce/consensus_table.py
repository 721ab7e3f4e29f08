"""Consensus as rows: the answer that most gave, beside the counts of a reduction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.cells import values_of
from swath.panoptes.reduce.plain import Reductions
from swath.panoptes.reduce.tables import CONSENSUS
from swath.tables import TEXT

Rows = npt.NDArray[np.int64]
Counts = npt.NDArray[np.float64]
Labels = Mapping[str, Mapping[str, str]]
"""By task, the text of each answer as volunteers saw it, by the answer's name."""

COUNTED = ("question_reducer", "shortcut_reducer", "survey_reducer", "dropdown_reducer")
_ANSWERS = "answers_"


def consensus_rows(reducer: str, reductions: Reductions, keys: Mapping[str, pa.Array], labels: Labels) -> pa.Table:
    """Make a row of each vote in a bucket's reductions; ``keys`` are the columns that say whose a reduction is."""
    columns = dict(reductions.columns)
    make = {"survey_reducer": _survey, "dropdown_reducer": _dropdown}.get(reducer, _question)
    frames = list(make(columns, reductions.owners, keys))
    if not frames:
        return CONSENSUS.schema.empty_table()
    table = pa.concat_tables(frames)
    return table.set_column(table.column_names.index("label"), "label", _labels(table, labels))


def _labels(table: pa.Table, labels: Labels) -> pa.Array:
    """The text of each answer, null where it is not known."""
    pairs = zip(table["task"].to_pylist(), table["answer"].to_pylist(), strict=True)
    return pa.array([labels.get(task, {}).get(answer) for task, answer in pairs], TEXT)


def _question(columns: Mapping[str, pa.Array], owners: Rows, keys: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    names = sorted(name for name, column in columns.items() if pa.types.is_integer(column.type))
    if names:
        yield _frame(_matrix(columns, names), names, None, keys, np.arange(owners.size))


def _survey(columns: Mapping[str, pa.Array], owners: Rows, keys: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    """The choice of each task, and for each choice the answer to each of its questions."""
    if "choice" not in columns:
        return
    choices = columns["choice"].dictionary_encode()
    names = choices.dictionary.to_pylist()
    first, group = np.unique(owners, return_index=True)[1], np.unique(owners, return_inverse=True)[1]
    counts = np.zeros((first.size, len(names)))
    counts[group, choices.indices.to_numpy()] = columns["choice_count"].to_numpy()
    yield _frame(counts, names, None, keys, first)
    questions = dict.fromkeys(name.partition(".")[0] for name in columns if name.startswith(_ANSWERS))
    for question in questions:
        listed = sorted(name for name in columns if name.startswith(f"{question}."))
        if listed:
            answers = [name.removeprefix(f"{question}.") for name in listed]
            name, colon = pa.scalar(question.removeprefix(_ANSWERS), TEXT), pa.scalar(": ", TEXT)
            asked = pc.binary_join_element_wise(columns["choice"], name, colon)
            yield _frame(_matrix(columns, listed), answers, asked, keys, np.arange(owners.size))


def _dropdown(columns: Mapping[str, pa.Array], owners: Rows, keys: Mapping[str, pa.Array]) -> Iterator[pa.Table]:
    """The option of each drop-down, numbered from 0."""
    if "value" not in columns:
        return
    listed = [votes or [] for votes in values_of(columns["value"])]
    for place in range(max(map(len, listed), default=0)):
        votes = [each[place] if place < len(each) else {} for each in listed]
        names = sorted({name for each in votes for name in each})
        counts = np.array([[each.get(name, 0) for name in names] for each in votes], np.float64)
        asked = pa.array([str(place)] * owners.size, TEXT)
        yield _frame(counts.reshape(len(votes), len(names)), names, asked, keys, np.arange(owners.size))


def _matrix(columns: Mapping[str, pa.Array], names: Sequence[str]) -> Counts:
    """The votes for each name in each row, 0 where there is none, shape (rows, names)."""
    return np.stack([pc.fill_null(columns[name].cast(pa.float64()), 0).to_numpy() for name in names], axis=1)


def _frame(
    counts: Counts, names: Sequence[str], asked: pa.Array | None, keys: Mapping[str, pa.Array], rows: Rows
) -> pa.Table:
    """The consensus of votes, shape (rows, names); rows without a vote are left out."""
    total = counts.sum(axis=1)
    voted = np.flatnonzero(total > 0)
    counts, total, places = counts[voted], total[voted], pa.array(rows[voted])
    best = counts.argmax(axis=1) if counts.size else np.empty(0, np.int64)
    votes = counts[np.arange(voted.size), best]
    return CONSENSUS.frame(
        {
            **{name: column.take(places) for name, column in keys.items()},
            "question": pa.nulls(voted.size, TEXT) if asked is None else asked.take(pa.array(voted)),
            "answer": pa.array(list(names), TEXT).take(pa.array(best)),
            "votes": votes.astype(np.int64),
            "share": votes / total,
            "total": total.astype(np.int64),
            "agreement": agreement(counts),
        }
    )


def agreement(counts: Counts) -> Counts:
    """1 less the entropy of votes, shape (rows, answers), over that of an even vote among the answers that were given.

    1 where all agree, 0 where the votes are even.
    """
    shares = counts / counts.sum(axis=1, keepdims=True)
    logs = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    given = (counts > 0).sum(axis=1)
    even = np.log(given, out=np.ones(given.size), where=given > 1)
    entropy: Counts = -(shares * logs).sum(axis=1)
    return np.where(given > 1, 1 - entropy / even, 1.0)
