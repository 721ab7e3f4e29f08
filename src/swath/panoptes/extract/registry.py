"""All extractors by name: Swath's own, and those that other packages bring as ``swath.extractors``."""

from __future__ import annotations

import difflib
from functools import cache
from importlib.metadata import entry_points

from swath.errors import UsageError
from swath.panoptes.extract import drawn, galaxy, nature, shakespeare, simple, survey
from swath.panoptes.extract.dropdown import extract_complete_dropdown, extract_dropdown
from swath.panoptes.extract.lines import extract_fitted_poly_line_text, extract_line_text, extract_poly_line_text
from swath.panoptes.extract.marks import extract_points
from swath.panoptes.extract.model import Extractor
from swath.panoptes.extract.question import extract_question
from swath.panoptes.extract.reading import bound, one_of, path, plain, text
from swath.panoptes.keywords import Keyword

_PATH = Keyword("path", None, "JSONPath within the classification, such as $.metadata.list", path, required=True)
_SPLIT = Keyword("split_str", ",", "what separates the items of the text", text)
_DOTS = Keyword("dot_freq", "line", "line: two dots a line; word: a dot before each word", one_of("line", "word"))

_OWN = (
    Extractor("question_extractor", "answers of a question, counted by name", plain(extract_question)),
    Extractor("shortcut_extractor", "answers of a shortcut, counted by name", plain(extract_question)),
    Extractor("survey_extractor", "choices of a survey, a row each, with their answers", plain(survey.extract_survey)),
    Extractor(
        "survey_whitelist_extractor",
        "choices of a survey, each with whether it is in a list that the classification carries",
        bound(survey.extract_survey_whitelist),
        (_PATH, _SPLIT),
    ),
    Extractor(
        "dropdown_extractor",
        "options of drop-downs, a list with an item for each",
        plain(extract_dropdown),
        make_compat=plain(extract_complete_dropdown),
    ),
    Extractor("slider_extractor", "value of a slider", plain(simple.extract_slider)),
    Extractor("text_extractor", "text that was written", plain(simple.extract_text)),
    Extractor("point_extractor", "points by tool, all frames together", bound(extract_points), (drawn.TOOLS,)),
    *drawn.EXTRACTORS,
    Extractor("line_text_extractor", "lines of text drawn by their two ends", bound(extract_line_text), (drawn.TOOLS,)),
    Extractor(
        "poly_line_text_extractor",
        "lines of text drawn dot by dot",
        bound(extract_poly_line_text),
        (_DOTS, drawn.TOOLS),
        bound(extract_fitted_poly_line_text),
    ),
    Extractor("sw_extractor", "lines of text of Shakespeare's World", plain(shakespeare.extract_lines)),
    Extractor("sw_graphic_extractor", "graphics of Shakespeare's World", plain(shakespeare.extract_graphics)),
    Extractor("sw_variant_extractor", "variants of Shakespeare's World", plain(shakespeare.extract_variants)),
    Extractor(
        "nfn_extractor",
        "decade, place and badges of Notes from Nature; needs the subject",
        bound(nature.extract_specimen),
        (
            Keyword("year", None, "task that asks for the year", text),
            Keyword("country", None, "task that asks for the country, or metadata", text),
            Keyword("state", None, "task that asks for the state, or metadata", text),
            Keyword("workflow", None, "kind of workflow, copied", text),
        ),
    ),
    Extractor("i2a_extractor", "redshift of a galaxy; needs the subject", plain(galaxy.extract_galaxy)),
    Extractor("all_tasks_empty_extractor", "whether nothing was answered", plain(simple.extract_all_empty)),
    Extractor("pluck_and_split_extractor", "items of a text elsewhere", bound(simple.extract_plucked), (_PATH, _SPLIT)),
)


@cache
def extractors() -> dict[str, Extractor]:
    """All extractors by name."""
    found = {extractor.name: extractor for extractor in _OWN}
    for point in entry_points(group="swath.extractors"):
        found[point.name] = point.load()
    return found


def is_own(extractor: Extractor) -> bool:
    """Whether an extractor is Swath's own."""
    return extractor in _OWN


def extractor_for(key: str) -> Extractor:
    """The extractor of a configuration's key; any key with ``shape_extractor`` in it is of shapes.

    Raises UsageError, with the closest name, where there is none.
    """
    known = extractors()
    name = "shape_extractor" if "shape_extractor" in key else key
    if name in known:
        return known[name]
    close = difflib.get_close_matches(key, known, 1, 0.5)
    raise UsageError(
        f"there is no extractor {key!r}", f"is it {close[0]!r}?" if close else "swath panoptes extractors lists them"
    )
