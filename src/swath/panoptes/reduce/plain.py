"""Reducing group after group: the path that every reducer has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath.panoptes.cells import values_of
from swath.panoptes.extract.distinct import UNREADABLE, columns_of
from swath.panoptes.flat import flatten, nest
from swath.panoptes.reduce.groups import Groups, data_names
from swath.panoptes.reduce.model import Group
from swath.panoptes.reduce.wrapper import PreparedReducer
from swath.panoptes.wide import PREFIX

Rows = npt.NDArray[np.int64]


@dataclass
class Reductions:
    """The reductions of a bucket as columns: ``owners`` is the number of each row's group.

    ``failed`` are the groups that could not be reduced, with the reasons.
    """

    owners: Rows
    columns: Mapping[str, pa.Array]
    failed: list[tuple[int, str]] = field(default_factory=list)


def reduce_plainly(reducer: PreparedReducer, groups: Groups) -> Reductions:
    """Reduce each group by itself."""
    extracts = list(_extracts(groups.rows))
    users, times = groups.rows["user_id"].to_pylist(), groups.rows["created_at"].to_pylist()
    owners: list[int] = []
    flat: list[dict[str, Any]] = []
    failed = []
    for number in range(groups.count):
        at = slice(groups.offsets[number], groups.offsets[number + 1])
        try:
            reduced = reducer.reduce(Group(extracts[at], users[at], times[at]))
        except UNREADABLE as error:
            failed.append((number, f"no {error}" if isinstance(error, KeyError) else str(error)))
            continue
        owners += [number] * len(reduced)
        flat += [flatten(each) for each in reduced]
    return Reductions(np.array(owners, np.int64), columns_of(flat), failed)


def _extracts(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """The extract of each row, nested as its names say; what is null is absent."""
    names = data_names(rows)
    bare = [name.removeprefix(PREFIX) for name in names]
    columns = [values_of(rows[name]) for name in names]
    nested = any("." in name for name in bare)
    for number in range(rows.num_rows):
        flat = {n: c[number] for n, c in zip(bare, columns, strict=True) if c[number] is not None}
        yield nest(flat) if nested else flat
