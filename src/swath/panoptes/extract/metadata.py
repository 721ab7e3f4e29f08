"""What extractors read of a classification's metadata: all of it, or no more than the classifier's version."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.kernels.csv import PLAIN, QUOTED, gather_fields
from swath.kernels.json import GOOD
from swath.kernels.json_member import find_member
from swath.panoptes.chunks import Cells
from swath.panoptes.decode import REASONS
from swath.panoptes.extract.annotations import classifier_version, is_second_classifier
from swath.panoptes.extract.model import Classification
from swath.panoptes.text import TextColumn
from swath.tables import TEXT

CLASSIFIER_VERSION = "classifier_version"
_NAME = np.frombuffer(CLASSIFIER_VERSION.encode(), np.uint8)
_NOTHING = pa.scalar("{}", pa.string())


@dataclass(frozen=True)
class Metadata:
    """The metadata of some classifications as JSON: ``whole``, if asked for, and the classifier's version as told."""

    whole: pa.Array | None
    versions: pa.Array

    @classmethod
    def of(cls, cells: Cells, *, whole: bool) -> Metadata:
        """Read the metadata; rows where they are no JSON are rejected."""
        found = None if whole else _versions(cells)
        if found is not None:
            return cls(None, found)
        column = cells.json("metadata")
        versions = column.raw(column.fields(column.roots, [CLASSIFIER_VERSION])[CLASSIFIER_VERSION]).cast(pa.string())
        return cls(pc.fill_null(column.raw(column.roots).cast(pa.string()), _NOTHING) if whole else None, versions)

    @property
    def tells_version(self) -> npt.NDArray[np.bool_]:
        """Which rows come from a classifier that tells its version."""
        told: npt.NDArray[np.bool_] = self.versions.is_valid().to_numpy(zero_copy_only=False)
        return told

    def second(self) -> tuple[npt.NDArray[np.bool_], pa.Array]:
        """Which rows are of the second classifier or a later one, and its version, which goes into their extracts."""
        encoded = self.versions.dictionary_encode()
        told = [Classification({}, {CLASSIFIER_VERSION: json.loads(text)}) for text in encoded.dictionary.to_pylist()]
        second = [is_second_classifier(each) for each in told] + [False]
        names = [classifier_version(each) if late else None for each, late in zip(told, second, strict=False)] + [None]
        codes = encoded.indices.fill_null(len(told))
        return np.array(second, np.bool_)[codes.to_numpy()], pa.array(names, TEXT).take(codes)

    def texts(self, *, whole: bool) -> pa.Array:
        """The JSON of what an extractor may read, shape (rows,)."""
        if whole and self.whole is not None:
            return self.whole
        return pc.fill_null(pc.binary_join_element_wise(f'{{"{CLASSIFIER_VERSION}":', self.versions, "}", ""), _NOTHING)


def _versions(cells: Cells) -> pa.Array | None:
    """Find the versions without reading all else; None where a key is written with escapes."""
    fields = cells.fields("metadata")
    width = 2 if fields.all_doubled() else 1
    if width == 1:
        texts = fields.texts()
        data, starts, stops = texts.data, texts.offsets[:-1], texts.offsets[1:]
    else:
        data, starts, stops = fields.data, fields.starts, fields.stops
    begins, ends, errors, odd = find_member(data, starts, stops, width, _NAME)
    if odd.any():
        return None
    bad = np.flatnonzero(errors != GOOD)
    cells.rejects.add(cells.rows[bad], "bad metadata", [REASONS[int(code)] for code in errors[bad]])
    told = ends > begins
    if not told.any():
        return pa.nulls(told.size, pa.string())
    styles = np.full(told.size, PLAIN if width == 1 else QUOTED, np.uint8)
    return TextColumn(*gather_fields(data, begins, ends, styles)).arrow(told).cast(pa.string())
