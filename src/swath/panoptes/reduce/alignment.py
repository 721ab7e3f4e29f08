"""Aligning what several volunteers read of one text, word by word, and the reading that most agree on."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from swath.errors import MissingExtraError

_TOKEN = re.compile(r"[^\s$]+|[$]")
"""Words are what blanks separate; a dollar sign is a word."""


def align(witnesses: Sequence[str]) -> list[list[str]]:
    """Align texts: columns of one word of each text, '' where a text has none there, shape (columns, witnesses).

    The alignment is CollateX's with near matches. It depends on the order of the texts.
    """
    return [list(column) for column in _aligned(tuple(witnesses))]


@lru_cache(maxsize=4096)
def _aligned(witnesses: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    tokens = [_TOKEN.findall(text) for text in witnesses]
    if all(each == tokens[0] for each in tokens):
        return tuple((token,) * len(witnesses) for token in (tokens[0] if tokens else ()))
    return tuple(tuple(column) for column in _collated(tokens))


def _collated(tokens: Sequence[Sequence[str]]) -> list[list[str]]:
    """Align words with CollateX."""
    try:
        from collatex import Collation, collate  # noqa: PLC0415  (optional extra)
    except ImportError as error:
        raise MissingExtraError("aligning texts needs collatex", "pip install 'swath[text]'") from error
    listed = [{"id": str(number), "tokens": [{"t": t, "n": t} for t in each]} for number, each in enumerate(tokens)]
    table = collate(Collation.create_from_dict({"witnesses": listed}), near_match=True, segmentation=False)
    names = [witness["id"] for witness in listed]
    return [[_word(column.tokens_per_witness.get(name)) for name in names] for column in table.columns]


def _word(found: Any) -> str:
    return "" if not found else "".join(token.token_data["t"] for token in found)


def consensus(columns: Sequence[Sequence[str]]) -> tuple[float, str]:
    """The mean number of texts that agree on a word, and the words that most have; of several, the first.

    Columns without a word do not count. No column gives 0 and an empty text.
    """
    counted = [Counter(word for word in column if word) for column in columns]
    best = [counts.most_common(1)[0] for counts in counted if counts]
    if not best:
        return 0.0, ""
    return sum(number for _, number in best) / len(best), " ".join(word for word, _ in best)
