"""Extractors made ready for use: their keywords read, and applied to one classification after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from swath.errors import UsageError
from swath.panoptes.extract.annotations import each_annotation, of_task
from swath.panoptes.extract.model import Classification, Extract, ExtractError, Extracting
from swath.panoptes.extract.pluck import plucked
from swath.panoptes.extract.registry import extractor_for
from swath.panoptes.keywords import Keyword, check_names, values

_COMMON = (
    Keyword("task", "all", "key of the task, or all"),
    Keyword("recursive", False, "extract each annotation of the task by itself", bool),
    Keyword("recursive_subject_ids", False, "number the subject of recursive extracts, _0, _1, ...", bool),
    Keyword("pluck", None, "names and dotted paths of values that go along"),
    Keyword("no_version", False, "accepted", bool),
)


@dataclass(frozen=True)
class PreparedExtractor:
    """An extractor that is ready: of one task, or of all."""

    task: str
    function: Extracting
    recursive: bool = False
    pluck: Mapping[str, str] = field(default_factory=dict)

    def extract(self, classification: Classification) -> list[Extract]:
        """The extracts of a classification; raises what ``Extracting`` raises."""
        chosen = of_task(classification, self.task)
        extracts = [self._one(each) for each in _singly(chosen)] if self.recursive else self.function(chosen)
        along = plucked(chosen, self.pluck) if self.pluck else {}
        if not isinstance(extracts, list):
            return [{**extracts, **along}]
        if along:
            raise ExtractError("nothing can go along with a list of extracts")
        return extracts

    def _one(self, classification: Classification) -> Extract:
        extract = self.function(classification)
        if isinstance(extract, list):
            raise ExtractError("a recursive extractor gives one extract an annotation")
        return extract


def _singly(classification: Classification) -> Iterable[Classification]:
    for annotation in each_annotation(classification):
        yield replace(classification, annotations={annotation["task"]: [annotation]})


def prepare(key: str, keywords: Mapping[str, Any], *, compat: bool = False) -> PreparedExtractor:
    """Make an extractor ready, by its key in the configuration and its keywords.

    With ``compat`` it does as panoptes_aggregation 5.3.1 where that departs from its documentation. Raises UsageError
    for an extractor or keyword that there is none of, or a value that cannot be meant.
    """
    extractor = extractor_for(key)
    own = {name: value for name, value in keywords.items() if name not in {common.name for common in _COMMON}}
    common = values(_COMMON, keywords, key)
    if compat:
        known = {keyword.name for keyword in extractor.keywords}
        own = {name: value for name, value in own.items() if name in known}
    check_names((*extractor.keywords, *_COMMON), own, key)
    make = extractor.make_compat if compat and extractor.make_compat else extractor.make
    paths = common["pluck"] or {}
    if not isinstance(paths, Mapping):
        raise UsageError(f"{key}: pluck is {paths!r}", "write names and dotted paths, such as {x: metadata.source}")
    function = make(**values(extractor.keywords, own, key))
    return PreparedExtractor(str(common["task"]), function, common["recursive"], paths)
