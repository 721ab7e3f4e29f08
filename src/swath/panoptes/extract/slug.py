"""Answers as names: lower case ASCII, all else than letters and digits a hyphen."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from swath.panoptes.extract.model import ExtractError


def slug(answer: Any) -> str:
    """The name of an answer; None, truth values and integers stand as Python writes them.

    Raises ExtractError for any other value.
    """
    if isinstance(answer, str):
        return _slug(answer)
    if answer is None or isinstance(answer, bool | int):
        return str(answer)
    raise ExtractError(f"an answer is {answer!r}, which is no text and no whole number")


@lru_cache(maxsize=65536)
def _slug(text: str) -> str:
    from slugify import slugify  # noqa: PLC0415  (start-up counts)

    return str(slugify(text, separator="-"))
