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

    @property
    def gold_standard(self) -> bool | None:
        """Whether the classification is of the gold standard, as told; exports do not tell an extractor: False."""
        told: bool | None = self.others.get("gold_standard", False)
        return told

    def as_json(self) -> dict[str, Any]:
        """The classification as one JSON object: the annotations are a list, those of one task together."""
        listed = [annotation for annotations in self.annotations.values() for annotation in annotations]
        return {**self.others, "annotations": listed, "metadata": self.metadata}


Extracting = Callable[[Classification], "Extract | list[Extract]"]
"""Gives the extract of a classification, or a list of them where it has several.

Raises ExtractError, KeyError, TypeError, ValueError, IndexError or AttributeError for what cannot be read.
"""


@dataclass(frozen=True)
class Extractor:
    """An extractor: its name, one line of meaning, its keywords beyond those that all have, and what makes it.

    ``make(**keywords)`` gives the function that extracts; all keywords are given, read and checked.
    ``make_compat`` does the same as panoptes_aggregation 5.3.1, where that departs from its documentation.
    """

    name: str
    meaning: str
    make: Callable[..., Extracting]
    keywords: tuple[Keyword, ...] = ()
    make_compat: Callable[..., Extracting] | None = None
