"""The classifications themselves: who, when, what with, on which subject."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import JsonColumn
from swath.panoptes.values import list_array, scalar_texts, text_column, text_numbers, times
from swath.tables import INT32, TEXT

Rows = npt.NDArray[np.int64]

_METADATA = (
    "started_at", "finished_at", "session", "user_language", "utc_offset", "user_agent", "source", "classifier_version",
    "live_project", "viewport", "subject_dimensions", "subject_selection_state",
)  # fmt: skip


def versions(cells: Cells) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Read the workflow versions: the text, its major and its minor part; what is none is rejected."""
    distinct, groups = cells.distinct_texts("workflow_version")
    texts = distinct.arrow()
    parts = pc.extract_regex(texts, r"^(?P<major>[0-9]{1,9})\.?(?P<minor>[0-9]{0,9})$")
    wrong = parts.is_null().to_numpy(zero_copy_only=False)[groups]
    cells.reject([(np.flatnonzero(wrong), "workflow_version is not a version", "such as 52.76 is expected")])
    minor = pc.struct_field(parts, "minor")
    minor = pc.if_else(pc.equal(minor, ""), pa.scalar("0", minor.type), minor)
    rows = pa.array(groups)
    return texts.take(rows), pc.struct_field(parts, "major").cast(INT32).take(rows), minor.cast(INT32).take(rows)


def subjects(cells: Cells) -> tuple[Rows, pa.Array]:
    """Read the subjects of each classification: the first one, and the list of all; what is no number is rejected."""
    single, good = cells.fields("subject_ids").integers()
    if good.all():
        return single, list_array(np.arange(single.size), pa.array(single), np.ones(single.size, np.bool_))
    lists = pc.split_pattern(cells.texts("subject_ids").arrow(), ";")
    owners = pc.list_parent_indices(lists).to_numpy()
    ids, fine = text_column(pc.utf8_trim_whitespace(pc.list_flatten(lists))).integers()
    cells.reject([(np.unique(owners[~fine]), "subject_ids is not a number", "such as 123 or 123;456 is expected")])
    first = np.unique(owners, return_index=True)[1]
    return ids[first], list_array(owners, pa.array(ids), np.ones(single.size, np.bool_))


def user_ids(cells: Cells) -> pa.Array:
    """Read the ids of users, null for the anonymous; what is no number is rejected."""
    fields = cells.fields("user_id")
    ids, good = fields.integers()
    wrong = ~good & (fields.starts != fields.stops)
    cells.reject([(np.flatnonzero(wrong), "user_id is not a number", "a number or nothing is expected")])
    return pa.array(ids, mask=~good)


def created(cells: Cells) -> pa.Array:
    """Read when classifications were made; what is no time is rejected."""
    parsed = times(cells.texts("created_at"))
    wrong = np.flatnonzero(parsed.is_null().to_numpy(zero_copy_only=False))
    cells.reject([(wrong, "created_at is not a time", "such as 2024-02-23 16:17:42 UTC is expected")])
    return parsed


def user_columns(cells: Cells) -> dict[str, pa.Array]:
    """The columns that say who classified, and whether the classification is marked."""
    return {
        "user_name": text_or_null(cells, "user_name"),
        "user_id": user_ids(cells),
        "user_ip": text_or_null(cells, "user_ip"),
        "gold_standard": _flag(cells, "gold_standard"),
        "expert": _flag(cells, "expert"),
    }


def metadata_columns(metadata: JsonColumn) -> dict[str, pa.Array]:
    """The columns that the classification's metadata fill; null where it does not have them."""
    fields = metadata.fields(metadata.roots, _METADATA)
    started = times(text_column(metadata.texts(fields["started_at"])))
    finished = times(text_column(metadata.texts(fields["finished_at"])))
    spent = pc.subtract(finished.cast(pa.int64()), started.cast(pa.int64()))
    view = metadata.fields(fields["viewport"], ("width", "height"))
    state = metadata.fields(fields["subject_selection_state"], ("already_seen", "retired"))
    offset = metadata.texts(fields["utc_offset"])
    version = pc.coalesce(scalar_texts(metadata, fields["classifier_version"]), pa.scalar("1.0", TEXT))
    return {
        "started_at": started,
        "finished_at": finished,
        "seconds": pc.divide(spent.cast(pa.float64()), 1e6),
        "session": metadata.texts(fields["session"]),
        "language": metadata.texts(fields["user_language"]),
        "utc_offset": _first_number(text_numbers(offset), metadata.numbers(fields["utc_offset"])),
        "user_agent": metadata.texts(fields["user_agent"]),
        "viewport_width": pa.array(metadata.numbers(view["width"]), from_pandas=True),
        "viewport_height": pa.array(metadata.numbers(view["height"]), from_pandas=True),
        **_first_dimensions(metadata, fields["subject_dimensions"]),
        "source": metadata.texts(fields["source"]),
        "classifier_version": version,
        "live_project": metadata.booleans(fields["live_project"]),
        "already_seen": metadata.booleans(state["already_seen"]),
        "subject_retired": metadata.booleans(state["retired"]),
    }


def _first_dimensions(metadata: JsonColumn, dimensions: npt.NDArray[np.int32]) -> dict[str, pa.Array]:
    """The sizes of the subject's first image, as it is and as it was shown."""
    owners, nodes = metadata.elements(dimensions)
    first = np.full(dimensions.size, -1, np.int32)
    first[owners[::-1]] = nodes[::-1]
    sizes = metadata.fields(first, ("clientWidth", "clientHeight", "naturalWidth", "naturalHeight"))
    names = {
        "client_width": "clientWidth",
        "client_height": "clientHeight",
        "natural_width": "naturalWidth",
        "natural_height": "naturalHeight",
    }
    return {name: pa.array(metadata.numbers(sizes[field]), from_pandas=True) for name, field in names.items()}


def _first_number(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> pa.Array:
    return pa.array(np.where(np.isnan(one), other, one), from_pandas=True)


def text_or_null(cells: Cells, column: str) -> pa.Array:
    """Read a column of text, null where it is empty."""
    texts = cells.texts(column)
    return texts.arrow(~texts.empty)


def _flag(cells: Cells, column: str) -> pa.Array:
    """Read a column of true and false; null where it is empty."""
    texts = cells.texts(column)
    if texts.empty.all():
        return pa.nulls(len(texts), pa.bool_())
    lower = pc.utf8_lower(pc.utf8_trim_whitespace(texts.arrow()))
    true = pc.is_in(lower, pa.array(["true", "t", "1", "yes"], TEXT))
    false = pc.is_in(lower, pa.array(["false", "f", "0", "no"], TEXT))
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))
