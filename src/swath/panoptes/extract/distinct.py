"""Extracts by the text of the annotations: classifications that say the same in the same words are read once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from swath import compute as pc
from swath.panoptes.cells import column_of
from swath.panoptes.extract.annotations import classification_of
from swath.panoptes.extract.model import Extract
from swath.panoptes.extract.run import PreparedExtractor
from swath.panoptes.flat import flatten

Rows = npt.NDArray[np.int64]
UNREADABLE = (ValueError, KeyError, TypeError, IndexError, AttributeError, ZeroDivisionError, OverflowError)
"""What an extractor raises for a classification that it cannot read."""


@dataclass(frozen=True)
class Coded:
    """Texts of which many are equal: the number of each row's text, shape (rows,), among ``texts``."""

    codes: Rows
    texts: list[str]

    @classmethod
    def of(cls, texts: pa.Array) -> Coded:
        """Take a column of texts."""
        if texts.null_count == 0 and len(texts) and pc.all(pc.equal(texts, texts[0])).as_py():
            return cls(np.zeros(len(texts), np.int64), [texts[0].as_py()])
        encoded = texts.dictionary_encode()
        return cls(encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist())

    def take(self, rows: Rows) -> Coded:
        """The texts of some rows."""
        return Coded(self.codes[rows], self.texts)


@dataclass
class Extracts:
    """The extracts of some classifications as columns.

    ``owners`` is the position of each extract's classification, ``ordinals`` its number among that one's extracts,
    ``columns`` the values by flat name. ``failed`` are the positions that could not be read, with the reasons.
    """

    owners: Rows
    ordinals: Rows
    columns: dict[str, pa.Array]
    failed: list[tuple[Rows, str]] = field(default_factory=list)


def extract_texts(extractor: PreparedExtractor, annotations: Coded, metadata: Coded) -> Extracts:
    """Extract from the JSON texts of each classification's annotations and metadata."""
    pairs, codes = _distinct(annotations.codes * len(metadata.texts) + metadata.codes)
    extracts, reasons = [], {}
    for code, pair in enumerate(pairs.tolist()):
        annotation, about = divmod(pair, len(metadata.texts))
        try:
            extracts.append(_extract(extractor, annotations.texts[annotation], metadata.texts[about]))
        except UNREADABLE as error:
            extracts.append([])
            reasons[code] = _reason(error)
    failed = [(np.flatnonzero(codes == code), reason) for code, reason in reasons.items()]
    return expanded(extracts, codes, failed)


def _distinct(numbers: Rows) -> tuple[Rows, Rows]:
    """The distinct numbers in order of appearance, and the place of each number among them."""
    distinct, first, places = np.unique(numbers, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return distinct[order], rank[places]


def _extract(extractor: PreparedExtractor, annotations: str, metadata: str) -> list[Extract]:
    found: list[Extract] = extractor.extract(classification_of(json.loads(annotations), json.loads(metadata)))
    return found


def _reason(error: Exception) -> str:
    return f"no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def expanded(extracts: Sequence[Sequence[Extract]], codes: Rows, failed: list[tuple[Rows, str]]) -> Extracts:
    """Give each row the extracts of its code."""
    counts = np.array([len(each) for each in extracts], np.int64)
    starts = np.cumsum(counts) - counts
    owners = np.repeat(np.arange(codes.size), counts[codes])
    first = np.cumsum(counts[codes]) - counts[codes]
    ordinals = np.arange(owners.size) - np.repeat(first, counts[codes])
    places = pa.array(starts[codes[owners]] + ordinals)
    columns = columns_of(flatten(extract) for each in extracts for extract in each)
    return Extracts(owners, ordinals, {name: column.take(places) for name, column in columns.items()}, failed)


def columns_of(rows: Iterable[dict[str, Any]]) -> dict[str, pa.Array]:
    """Turn flat rows into columns, in order of first appearance; None where a row lacks the name."""
    values: dict[str, list[Any]] = {}
    number = 0
    for number, row in enumerate(rows, 1):
        for name, value in row.items():
            listed = values.setdefault(name, [])
            listed.extend([None] * (number - 1 - len(listed)))
            listed.append(value)
    return {name: column_of(listed + [None] * (number - len(listed))) for name, listed in values.items()}
