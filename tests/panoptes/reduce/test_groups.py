"""Grouping extracts: order, repeated rows, and which of a user's repeats count."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from swath.panoptes.reduce.groups import Groups
from swath.tables import TEXT, TIME

NAMES = st.sampled_from(["ann", "bob", "not-logged-in-1", None])
ROWS = st.lists(
    st.tuples(
        st.integers(1, 4), NAMES, st.sampled_from(["T0", "T1"]), st.integers(0, 3), st.sampled_from(["12", "7", "x;y"])
    ),
    max_size=25,
)


def table(rows):
    ids, names, tasks, times, subjects = zip(*rows, strict=True) if rows else ([],) * 5
    return pa.table(
        {
            "classification_id": pa.array(map(str, ids), TEXT),
            "user_name": pa.array(names, TEXT),
            "user_id": pa.array([None] * len(rows), pa.int64()),
            "workflow_id": pa.array([1] * len(rows), pa.int64()),
            "task": pa.array(tasks, TEXT),
            "created_at": pa.array([1_000_000 * time for time in times], TIME),
            "subject": pa.array(subjects, TEXT),
            "data.yes": pa.array([1] * len(rows), pa.int64()),
        }
    )


def plainly(rows, repeats):
    """The groups as the description has them, one by one."""
    groups = {}
    for subject in sorted(
        {row[4] for row in rows}, key=lambda name: (not name.isdigit(), int(name) if name.isdigit() else 0, name)
    ):
        for task in ("T0", "T1"):
            members = []
            for row in rows:
                if row[4] == subject and row[2] == task and row not in members:
                    members.append(row)
            members.sort(key=lambda row: row[3])
            groups[subject, task] = kept(members, repeats)
    return groups


def kept(members, repeats):
    if repeats == "all":
        return members
    best = {}
    for row in members:
        best.setdefault(row[1], []).append(row[3])
    choose = min if repeats == "first" else max
    left = [row for row in members if row[1] is None or row[3] == choose(best[row[1]])]
    if len(left) < len(members):
        left.sort(key=lambda row: (row[1] is None, row[1] or ""))
    return left


@given(ROWS.filter(bool), st.sampled_from(["first", "last", "all"]))
def test_groups_are_as_described(rows, repeats):
    groups = Groups.of(table(rows), ("T0", "T1"), repeats)
    expected = plainly(rows, repeats)
    assert groups.subjects.to_pylist() == list(dict.fromkeys(subject for subject, _ in expected))
    found = groups.rows.to_pylist()
    for number, members in enumerate(expected.values()):
        part = found[groups.offsets[number] : groups.offsets[number + 1]]
        assert [(r["classification_id"], r["user_name"], r["created_at"].second) for r in part] == [
            (str(row[0]), row[1], row[3]) for row in members
        ]


def test_equal_rows_of_one_classification_count_once_and_those_of_two_twice():
    rows = [(1, "ann", "T0", 0, "7"), (1, "ann", "T0", 0, "7"), (2, "ann", "T0", 0, "7")]
    assert Groups.of(table(rows), ("T0",), "all").rows.num_rows == 2


@pytest.mark.parametrize(("repeats", "ids"), [("first", ["1", "3"]), ("last", ["2", "3"]), ("all", ["1", "2", "3"])])
def test_a_user_who_comes_again(repeats, ids):
    rows = [(1, "ann", "T0", 0, "7"), (2, "ann", "T0", 1, "7"), (3, "bob", "T0", 2, "7")]
    assert Groups.of(table(rows), ("T0",), repeats).rows["classification_id"].to_pylist() == ids
