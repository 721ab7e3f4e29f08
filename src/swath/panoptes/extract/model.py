"""What an extractor is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from swath.errors import SwathError
from swath.panoptes.keywords import Keyword

Annotation = Mapping[str, Any]
Extract = dict[str, Any]


class ExtractError(SwathError, ValueError):
    """A classification that an extractor cannot read; its row goes to quarantine, the others are kept."""


@dataclass(frozen=True)
class Classification:
    """The JSON of one classification.

    ``annotations`` are by task key, in order of appearance, those of sub-tasks (``T0.0.1``) under their own key.
    ``others`` is what an export has not and Caesar sends: ``subject``, ``created_at``, ``gold_standard``.
    """

    annotations: Mapping[str, Sequence[Annotation]]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)


ExtractFunction = Callable[..., "Extract | list[Extract]"]


@dataclass(frozen=True)
class Extractor:
    """An extractor: its name, one line of meaning, keywords, and the function behind it.

    ``function(classification, **keywords)`` gives one extract, or a list of them where a classification has several.
    It raises ExtractError, KeyError, TypeError, ValueError, IndexError or AttributeError for what it cannot read.
    """

    name: str
    meaning: str
    function: ExtractFunction
    keywords: tuple[Keyword, ...] = ()
