"""Texts that pandas reads as missing, and with it the programs that read exports with pandas."""

from __future__ import annotations

import pyarrow as pa

from swath import compute as pc

PANDAS_MISSING = (
    "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
    "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null",
)  # fmt: skip


def is_missing(texts: pa.Array) -> pa.Array:
    """Which texts pandas reads as missing."""
    return pc.is_in(texts, pa.array(PANDAS_MISSING, texts.type))


def unless_missing(texts: pa.Array) -> pa.Array:
    """The texts, null where pandas reads them as missing."""
    return pc.if_else(is_missing(texts), pa.scalar(None, texts.type), texts)
